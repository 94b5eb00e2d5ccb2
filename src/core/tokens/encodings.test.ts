import assert from 'node:assert/strict';
import { encodingNamed, encodingNames, encodingOfModel, type EncodingName } from './encodings.ts';

describe('An encoding', () => {
  const names: readonly (readonly [name: string, encoding: EncodingName | undefined])[] = [
    ['o200k', 'o200k'], ['o200k_base', 'o200k'], ['o200k_harmony', 'o200k_harmony'], ['cl100k', 'cl100k'], ['cl100k_base', 'cl100k'], ['p50k_base', 'p50k'], ['r50k', 'r50k'], ['gpt2', 'gpt2'],
    ['O200K', undefined], ['constructor', undefined], ['', undefined], ['bert', undefined],
  ];
  for (const [name, encoding] of names) it(`is called ${JSON.stringify(name)}: ${encoding}`, () => assert.equal(encodingNamed(name), encoding));
  it('has names that are all known', () => assert.ok(encodingNames.every((name) => encodingNamed(name) !== undefined)));

  const models: readonly (readonly [encoding: EncodingName | undefined, ...names: readonly string[]])[] = [
    ['o200k', 'gpt-4o', 'gpt-4o-mini-2024-07-18', 'chatgpt-4o-latest', 'gpt-4.1', 'gpt-4.1-nano', 'gpt-4.5-preview', 'gpt-5', 'gpt-5-mini', 'gpt-5.6-luna', 'o1', 'o1-mini', 'o3-pro', 'o4-mini', 'openai/gpt-4.1', 'ft:gpt-4o:org::id', 'ft:gpt-4o-mini-2024-07-18:org', 'openai/gpt-4o:free', 'codex-mini-latest'],
    ['o200k_harmony', 'gpt-oss-20b', 'openai/gpt-oss-120b'],
    ['cl100k', 'gpt-4', 'gpt-4-0613', 'gpt-4-turbo', 'gpt-3.5-turbo', 'gpt-3.5-turbo-0125', 'ft:gpt-3.5-turbo:org', 'gpt-35-turbo', 'text-embedding-3-small', 'text-embedding-ada-002', 'davinci-002', 'babbage-002', 'ft:gpt-4:org'],
    ['p50k', 'text-davinci-003', 'code-davinci-002'],
    ['r50k', 'davinci', 'text-davinci-001', 'curie', 'ada'],
    ['gpt2', 'gpt2', 'gpt-2'],
    // A name that merely begins alike is another model.
    [undefined, 'gpt-4.7', 'gpt-50', 'gpt-6', 'o10', 'o3x', 'adalm', 'gpt-oss-', 'llama3.2', 'claude-opus-5', 'mistralai/gpt-4o', '', 'openai/'],
  ];
  for (const [encoding, ...all] of models) {
    for (const model of all) it(`of ${JSON.stringify(model)} is ${encoding ?? 'not known'}`, () => assert.equal(encodingOfModel(model), encoding));
  }
});
