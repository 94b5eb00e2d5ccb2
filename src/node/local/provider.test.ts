import assert from 'node:assert/strict';
import { defaultModelId, listedModels } from './models.ts';
import { ggufFile, ggufValue, wholeGguf } from '../../../test/local/gguf-file.ts';
import { join } from 'node:path';
import { localProvider, type LocalProvider } from './provider.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { ModelError, type ModelConfig } from '../../core/models/model.ts';
import { plainHost } from '../../../test/model-requests.ts';
import { tmpdir } from 'node:os';

/** What is known of local models before the engine is needed; `test/local` runs them. */
describe('The provider of local models', () => {
  const host = plainHost();
  let folder: string;
  let provider: LocalProvider;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pnb-'));
    provider = localProvider({ cache: join(folder, 'cache'), folder });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const entry = (model: string, more: Partial<ModelConfig> = {}): ModelConfig => ({ id: 'x', provider: 'local', model, ...more });
  const put = (path: string, bytes = ggufFile(wholeGguf)): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  };

  const facts: readonly (readonly [name: string, entry: ModelConfig, contextWindow: number | null, price?: object])[] = [
    ['a listed model, here or not', entry('qwen2.5-0.5b'), 32_768],
    ['one of the list’s own window', entry('qwen2.5-0.5b', { contextWindow: 1000 }), 1000],
    ['a file, by its head', entry('tiny.gguf'), 2048],
    ['a file that was trained on less than is asked for', entry('tiny.gguf', { contextWindow: 100_000 }), 2048],
    ['a file that says nothing of its window', entry('silent.gguf'), 8192],
    ['a price that somebody gives', entry('tiny.gguf', { price: { input: 1, output: 2 } }), 2048, { input: 1, output: 2 }],
    ['a file that is not there', entry('none.gguf'), null],
    ['a file that cannot be read', entry('bad.gguf'), null],
    ['a name that means nothing', entry('nobody'), null],
  ];
  for (const [name, of, contextWindow, price = { input: 0, output: 0 }] of facts) {
    it(`knows without opening it: ${name}`, async () => {
      put('tiny.gguf');
      put('silent.gguf', ggufFile({ ...wholeGguf, 'llama.context_length': ggufValue.bool(true) }));
      put('bad.gguf', Buffer.from('hello'));
      assert.deepEqual(await provider.facts!(of, host), { contextWindow, price });
    });
  }

  it('says what is missing: first the engine, with how to get it', async () => {
    put('tiny.gguf');
    for (const model of ['tiny.gguf', defaultModelId]) assert.match((await provider.ready!(entry(model), host)).why ?? '', /^The engine for local models .* is not installed\.$|^There is no engine/);
    await assert.rejects(provider.open(entry('tiny.gguf'), host), (error) => error instanceof ModelError && error.code === 'unavailable' && !error.sent && error.hint !== undefined);
    assert.equal(await provider.embedded(), null);
  });

  it('names in its description a model that it has', () => assert.ok(provider.doc.includes(`local:${defaultModelId}`) && listedModels.some(({ id }) => id === defaultModelId)));

  it('runs nothing until it is asked', async () => {
    assert.deepEqual(provider.pids, []);
    await provider.close();
  });
});
