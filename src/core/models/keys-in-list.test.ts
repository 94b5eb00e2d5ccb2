import assert from 'node:assert/strict';
import { readModelList } from './config.ts';
import { takeKeysOut } from './keys-in-list.ts';
import type { Json } from '../json.ts';

const model = { id: 'fast', provider: 'openai', model: 'm' };

describe('Keys in a model list', () => {
  for (const [where, entry, endpoint, key] of [
    ['beside the model', { ...model, apiKey: 'sk-abc' }, 'https://api.openai.com', 'sk-abc'],
    ['under another name', { ...model, baseUrl: 'https://models.example/v1', api_key: ' sk-abc ' }, 'https://models.example', 'sk-abc'],
    ['where the name of a variable belongs', { ...model, apiKeyEnv: 'sk-abc-def' }, 'https://api.openai.com', 'sk-abc-def'],
    ['in a header', { ...model, baseUrl: 'https://models.example/v1', headers: { Authorization: 'Bearer sk-abc', 'x-title': 'nb' } }, 'https://models.example', 'sk-abc'],
    ['in the address', { ...model, baseUrl: 'https://models.example/v1?api-key=sk-abc&v=1' }, 'https://models.example', 'sk-abc'],
    ['as a password', { ...model, baseUrl: 'https://me:sk-abc@models.example/v1' }, 'https://models.example', 'sk-abc'],
  ] as const satisfies readonly (readonly [string, Json, string, string])[]) {
    it(`are found ${where}, and the list is one without them`, () => {
      assert.ok(readModelList([entry]).problems.some((problem) => problem.code === 'key-in-file'));
      const { models, keys } = takeKeysOut([entry]);
      assert.deepEqual(keys, [{ endpoint, key }]);
      assert.ok(!JSON.stringify(models).includes('sk-abc'));
      const read = readModelList(models);
      assert.deepEqual([read.problems, read.models.map((one) => one.id)], [[], ['fast']]);
    });
  }

  it('leave everything else as it was', () => {
    const list: Json[] = [{ ...model, baseUrl: 'https://models.example/v1?v=1', headers: { 'x-title': 'nb' }, apiKeyEnv: 'MY_KEY', limits: { tokensPerMinute: 5 } }, 'nonsense', null];
    assert.deepEqual(takeKeysOut(list), { models: list, keys: [] });
  });
});
