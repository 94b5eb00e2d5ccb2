import assert from 'node:assert/strict';
import { listModels, type ServerFound } from './listing.ts';
import { openModel } from './resolve.ts';
import { plainHost } from '../../../test/model-requests.ts';
import { providers } from './index.ts';
import type { ModelConfig } from './model.ts';
import type { ModelList } from './config.ts';

const list: ModelList = {
  models: [
    { id: 'fast', provider: 'openai', model: 'gpt-4.1-mini', apiKeyEnv: 'MY_KEY' },
    { id: 'other', provider: 'openai', model: 'gpt-99' },
    { id: 'broken', provider: 'openai', model: 'm', baseUrl: 'nowhere' },
    { id: 'editor', provider: 'lm', model: 'copilot/gpt-4o', contextWindow: 5 },
    { id: 'recorded', provider: 'replay', model: 'answers.jsonl' },
    { id: 'llama', provider: 'openai', model: 'llama3.2', baseUrl: 'http://localhost:11434/v1', price: { input: 1, output: 1 } },
  ],
  problems: [],
};
const ollama: ServerFound = { prefix: 'ollama', server: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1', models: ['llama3.2', 'qwen3:0.6b'], why: null };
const loading: ServerFound = { prefix: 'llamacpp', server: 'llama.cpp', baseUrl: 'http://127.0.0.1:8080/v1', models: [], why: 'It is still loading its model.' };
const embedded: ModelConfig = { id: 'local:tiny', provider: 'local', model: 'tiny', contextWindow: 8192, price: { input: 0, output: 0 } };
const host = plainHost({ secrets: { MY_KEY: 'k' }, files: { 'answers.jsonl': '' }, fetch: async () => Response.json({ object: 'list', data: [{ id: 'llama3.2:latest' }] }) });

describe('The list that `promptnb models` prints', () => {
  it('has the configured models, those found and the embedded one, each with why it cannot be used', async () => {
    const rows = await listModels({ list, providers, host, found: [ollama, loading], embedded: [embedded] });
    assert.deepEqual(rows.map(({ id, provider, ready, contextWindow, price }) => [id, provider, ready, contextWindow, price]), [
      ['fast', 'openai', true, 1_047_576, { input: 0.4, cachedInput: 0.1, output: 1.6 }],
      ['other', 'openai', false, null, null],
      ['broken', 'openai', false, null, null],
      ['editor', 'lm', false, 5, null],
      ['recorded', 'replay', true, null, { input: 0, output: 0 }],
      ['llama', 'openai', true, null, { input: 1, output: 1 }],
      ['ollama:qwen3:0.6b', 'openai', true, null, { input: 0, output: 0 }],
      ['llamacpp:', 'openai', false, null, null],
      ['local:tiny', 'local', false, 8192, { input: 0, output: 0 }],
    ]);
    const why = Object.fromEntries(rows.map((row) => [row.id, row.why]));
    assert.match(why.other!, /OPENAI_API_KEY is not set/);
    assert.match(why.broken!, /base URL of broken is no address/);
    assert.match(why.editor!, /only inside VS Code/);
    assert.match(why['llamacpp:']!, /llama\.cpp at http:\/\/127\.0\.0\.1:8080\/v1: It is still loading/);
    assert.match(why['local:tiny']!, /not to be had here/);
    for (const row of rows) assert.deepEqual(Object.keys(row).sort(), ['contextWindow', 'id', 'price', 'provider', 'ready', 'why']);
    for (const row of rows) assert.equal(row.ready, row.why === null, row.id);
  });

  it('names models so that they can be asked by these names', async () => {
    const rows = await listModels({ list, providers, host, found: [ollama], embedded: [] });
    for (const row of rows.filter((one) => one.ready)) assert.equal((await openModel(row.id, list, { providers, host })).id, row.id);
  });

  it('has an embedded model once when the list has it, too', async () => {
    const rows = await listModels({ list: { models: [{ ...embedded, contextWindow: 5 }], problems: [] }, providers, host, found: [], embedded: [embedded] });
    assert.deepEqual(rows.map((row) => [row.id, row.contextWindow]), [['local:tiny', 5]]);
  });

  it('is empty where there is nothing', async () => {
    assert.deepEqual(await listModels({ list: { models: [], problems: [] }, providers, host, found: [], embedded: [] }), []);
  });

  it('does not hide a bug', async () => {
    const bad = { ...providers[0]!, ready: async () => Promise.reject(new TypeError('a bug')) };
    await assert.rejects(listModels({ list, providers: [bad], host, found: [], embedded: [] }), TypeError);
  });
});
