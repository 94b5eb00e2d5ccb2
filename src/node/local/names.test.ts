import assert from 'node:assert/strict';
import { findWeights, pickQuantization, readLocalName, weightsPath, type LocalName } from './names.ts';
import { join } from 'node:path';
import { listedModels } from './models.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';

const read = (name: string): LocalName => readLocalName(name, { folder: '/notebooks', home: '/home/ann' });
const hub = (repository: string, file: string, revision = 'main'): LocalName => ({ kind: 'hub', file: { repository, revision, file } });

describe('A name after `local:`', () => {
  const [first] = listedModels;
  const rows: readonly (readonly [name: string, expected: LocalName])[] = [
    ['smollm2-135m', { kind: 'listed', model: first! }],
    ['SmolLM2-135M', { kind: 'listed', model: first! }],
    ['tiny.gguf', { kind: 'path', path: '/notebooks/tiny.gguf' }],
    ['./models/tiny.GGUF', { kind: 'path', path: '/notebooks/models/tiny.GGUF' }],
    ['../weights', { kind: 'path', path: '/weights' }],
    ['/data/tiny', { kind: 'path', path: '/data/tiny' }],
    ['~/models/tiny.gguf', { kind: 'path', path: join('/home/ann', 'models/tiny.gguf') }],
    ['hf:ann/tiny/tiny.Q4_0.gguf', hub('ann/tiny', 'tiny.Q4_0.gguf')],
    ['hf:ann/tiny-GGUF/sub/tiny 1 (new).gguf', hub('ann/tiny-GGUF', 'sub/tiny 1 (new).gguf')],
    ['hf:ann/tiny@v2/tiny.gguf', hub('ann/tiny', 'tiny.gguf', 'v2')],
    ['hf:ann/tiny:Q4_K_M', { kind: 'quantization', repository: 'ann/tiny', revision: 'main', quantization: 'Q4_K_M' }],
    ['hf:ann/tiny@v2:UD-Q4_K_XL', { kind: 'quantization', repository: 'ann/tiny', revision: 'v2', quantization: 'UD-Q4_K_XL' }],
  ];
  for (const [name, expected] of rows) it(`${name} is ${expected.kind === 'path' ? 'a path' : expected.kind}`, () => assert.deepEqual(read(name), expected));

  const unknown: readonly (readonly [name: string, why: RegExp])[] = [
    ['smolm2-135m', /no local model called "smolm2-135m"; did you mean "smollm2-135m"\?/],
    ['gpt-4.1', /no local model called "gpt-4\.1"$/],
    ['', /no local model called ""/],
    ['hf:', /not of the form hf:user\/name/],
    ['hf:ann', /not of the form/],
    ['hf:ann/tiny', /not of the form/],
    ['hf:ann/tiny/model.safetensors', /does not name a \.gguf file/],
    ['hf:ann/../tiny/x.gguf', /not of the form/],
    ['hf:ann/tiny/../../x.gguf', /not of the form/],
    ['hf:../tiny/x.gguf', /not of the form/],
    ['hf:ann/tiny@../x.gguf', /not of the form/],
    ['hf:ann/tiny/a\\b.gguf', /does not name a \.gguf file/],
    ['hf:ann/tiny/a?b.gguf', /does not name a \.gguf file/],
    ['https://huggingface.co/ann/tiny/resolve/main/x.gguf', /is an address: write hf:user\/name\/file\.gguf/],
  ];
  for (const [name, why] of unknown) {
    it(`${JSON.stringify(name)} means nothing, and says why`, () => {
      const found = read(name);
      assert.ok(found.kind === 'unknown' && why.test(found.why), JSON.stringify(found));
    });
  }
});

describe('The file of a quantization', () => {
  const rows: readonly (readonly [name: string, files: readonly string[], quantization: string, expected: string | undefined])[] = [
    ['whatever the case', ['m-q4_k_m.gguf', 'm-q8_0.gguf'], 'Q4_K_M', 'm-q4_k_m.gguf'],
    ['after a dot', ['m.Q4_0.gguf'], 'q4_0', 'm.Q4_0.gguf'],
    ['in a folder', ['Q4_0/m-Q4_0.gguf'], 'Q4_0', 'Q4_0/m-Q4_0.gguf'],
    ['the whole name of it', ['m-IQ4_0.gguf', 'm-UD-Q4_0.gguf', 'm-Q4_0.gguf'], 'Q4_0', 'm-Q4_0.gguf'],
    ['no part of a split model', ['m-Q4_0-00001-of-00002.gguf'], 'Q4_0', undefined],
    ['no other file', ['m-Q4_0.gguf.sha256', 'Q4_0.txt'], 'Q4_0', undefined],
    ['a word that means something to a pattern', ['mxQ4.gguf', 'm-Q.*.gguf'], 'Q.*', 'm-Q.*.gguf'],
  ];
  for (const [name, files, quantization, expected] of rows) it(name, () => assert.equal(pickQuantization(files, quantization), expected));
});

describe('Weights on this machine', () => {
  let cache: string;
  beforeEach(() => (cache = mkdtempSync(join(tmpdir(), 'pnb-'))));
  afterEach(() => rmSync(cache, { recursive: true, force: true }));
  const put = (path: string, bytes = 3): string => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, 'x'.repeat(bytes));
    return path;
  };

  it('are found where they are kept, by revision', async () => {
    const path = put(weightsPath(cache, { repository: 'ann/tiny', revision: 'main', file: 'tiny.Q4_0.gguf' }));
    assert.equal(path, join(cache, 'models', 'ann', 'tiny', 'tiny.Q4_0.gguf'));
    assert.deepEqual(await Promise.all([hub('ann/tiny', 'tiny.Q4_0.gguf'), read('hf:ann/tiny:q4_0'), hub('ann/tiny', 'tiny.Q4_0.gguf', 'v2'), hub('ann/tiny', 'other.gguf')].map((name) => findWeights(name, cache))), [path, path, null, null]);
  });

  it('of a listed model lie there, too, whether it is called by its name or by its place', async () => {
    const [model] = listedModels;
    assert.equal(weightsPath(cache, model!.source), weightsPath(cache, { ...model!.source, revision: 'main' }));
  });

  it('of a listed model are those of its size', async () => {
    put(weightsPath(cache, listedModels[0]!.source));
    assert.equal(await findWeights({ kind: 'listed', model: listedModels[0]! }, cache), null);
    assert.equal(await findWeights({ kind: 'listed', model: { ...listedModels[0]!, size: 3 } }, cache), weightsPath(cache, listedModels[0]!.source));
  });

  it('are a file, not a folder', async () => {
    const path = put(join(cache, 'a', 'tiny.gguf'));
    assert.deepEqual([await findWeights({ kind: 'path', path }, cache), await findWeights({ kind: 'path', path: join(cache, 'a') }, cache), await findWeights({ kind: 'unknown', why: '' }, cache)], [path, null, null]);
  });
});

describe('The list of good models', () => {
  it('has five to ten, the smallest first, each with size, licence and checksum', () => {
    assert.ok(listedModels.length >= 5 && listedModels.length <= 10);
    assert.deepEqual(listedModels.map(({ size }) => size), listedModels.map(({ size }) => size).toSorted((a, b) => a - b));
    for (const model of listedModels) {
      assert.match(model.sha256 ?? '', /^[0-9a-f]{64}$/, model.id);
      assert.ok(model.size > 50e6 && model.size < 3e9 && model.license !== '' && model.about !== '' && /\.gguf$/i.test(model.source.file), model.id);
    }
    for (const field of ['id', 'sha256', 'title'] as const) assert.equal(new Set(listedModels.map((model) => model[field])).size, listedModels.length, field);
  });
});
