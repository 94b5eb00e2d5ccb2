import assert from 'node:assert/strict';
import { chooseModel, modelConfigFor, openModel, type ModelChoice } from './resolve.ts';
import { localServers } from './local-servers.ts';
import { ModelError, type ModelConfig } from './model.ts';
import type { ModelList } from './config.ts';
import { plainHost } from '../../../test/model-requests.ts';
import { providers } from './index.ts';

const list: ModelList = { models: [{ id: 'fast', provider: 'openai', model: 'gpt-4.1-mini' }, { id: 'openai:listed', provider: 'replay', model: 'f.jsonl' }], problems: [] };
const none: ModelList = { models: [], problems: [] };

describe('Which model answers', () => {
  const order: readonly (keyof ModelChoice)[] = ['cell', 'picked', 'notebook', 'default', 'embedded'];

  it('the cell’s own, else the one picked, else the notebook’s, else the default, else the embedded one', () => {
    for (let first = 0; first < order.length; first++) {
      const choice = Object.fromEntries(order.slice(first).map((who) => [who, `${who}-model`])) as ModelChoice;
      assert.equal(chooseModel(choice), `${order[first]}-model`);
      assert.equal(chooseModel({ ...choice, ...(first > 0 && { [order[0]!]: '' }) }), `${order[first]}-model`, 'empty says nothing');
    }
  });

  it('none where nobody says', () => {
    assert.equal(chooseModel({}), undefined);
  });
});

describe('A model’s name', () => {
  const rows: readonly (readonly [name: string, expected: ModelConfig])[] = [
    ['fast', list.models[0]!],
    ['openai:listed', list.models[1]!],
    ['openai:gpt-4.1', { id: 'openai:gpt-4.1', provider: 'openai', model: 'gpt-4.1' }],
    ['openai:ft:gpt-4o:org', { id: 'openai:ft:gpt-4o:org', provider: 'openai', model: 'ft:gpt-4o:org' }],
    ['local:smollm2-135m', { id: 'local:smollm2-135m', provider: 'local', model: 'smollm2-135m' }],
    ['local:hf:user/name/file.gguf', { id: 'local:hf:user/name/file.gguf', provider: 'local', model: 'hf:user/name/file.gguf' }],
    ['local:C:\\models\\x.gguf', { id: 'local:C:\\models\\x.gguf', provider: 'local', model: 'C:\\models\\x.gguf' }],
    ['lm:copilot/gpt-4o', { id: 'lm:copilot/gpt-4o', provider: 'lm', model: 'copilot/gpt-4o' }],
    ['replay:data/answers.jsonl', { id: 'replay:data/answers.jsonl', provider: 'replay', model: 'data/answers.jsonl' }],
    ['ollama:llama3.2:1b', { id: 'ollama:llama3.2:1b', provider: 'openai', model: 'llama3.2:1b', baseUrl: 'http://127.0.0.1:11434/v1' }],
    ['lmstudio:qwen', { id: 'lmstudio:qwen', provider: 'openai', model: 'qwen', baseUrl: 'http://127.0.0.1:1234/v1' }],
  ];
  for (const [name, expected] of rows) it(name, () => assert.deepEqual(modelConfigFor(name, list), expected));

  const misses: readonly (readonly [name: string, list: ModelList, message: RegExp, hint: RegExp])[] = [
    ['fats', list, /no model `fats`/, /Did you mean `fast`\? The list has `fast`, `openai:listed`\./],
    ['gpt-4.1-mini', none, /no model/, /Did you mean `openai:gpt-4\.1-mini`\? Write `openai:NAME`/],
    ['opnai:gpt-4.1', none, /no model/, /Did you mean `openai:gpt-4\.1`\?/],
    ['olama:x', none, /no model/, /Did you mean `ollama:x`\?/],
    ['openai:', none, /names no model/, /openai:NAME/],
    ['local: ', none, /names no model/, /GGUF/],
    ['ollama:', none, /names no model/, /ollama:NAME/],
    ['constructor:x', none, /no model/, /promptnb\.config\.yaml/],
    ['', none, /no model/, /promptnb\.config\.yaml/],
  ];
  for (const [name, given, message, hint] of misses) {
    it(`${JSON.stringify(name)} is none`, () =>
      assert.throws(() => modelConfigFor(name, given), (error) => error instanceof ModelError && error.code === 'model-missing' && !error.sent && message.test(error.message) && hint.test(error.hint ?? '')));
  }

  it('opens by its provider, and one of the editor’s says where it is to be had', async () => {
    const host = plainHost({ files: { 'f.jsonl': '' } });
    assert.equal((await openModel('openai:listed', list, { providers, host })).source, 'replay');
    assert.equal((await openModel('fast', list, { providers, host })).id, 'fast');
    await assert.rejects(openModel('lm:copilot/gpt-4o', list, { providers, host }), (error) => error instanceof ModelError && error.code === 'unavailable' && /VS Code/.test(error.message) && /`openai:`/.test(error.hint ?? ''));
  });

  it('prefixes and ports of servers on this machine are each one’s own', () => {
    assert.equal(new Set(localServers.map((server) => server.prefix)).size, localServers.length);
    assert.equal(new Set(localServers.map((server) => server.port)).size, localServers.length);
  });
});
