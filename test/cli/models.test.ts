import assert from 'node:assert/strict';
import { answer } from '../servers/behaviours/good.ts';
import { cleanUp, workplace, type Workplace } from './promptnb.ts';
import { createServer } from 'node:http';
import { listedModels } from '../../src/node/local/models.ts';
import { startFaultServer, type FaultServer } from '../servers/fault-server.ts';

interface Row {
  readonly id: string;
  readonly provider: string;
  readonly ready: boolean;
  readonly why: string | null;
  readonly contextWindow: number | null;
  readonly price: object | null;
}

describe('promptnb models', () => {
  let place: Workplace;
  let server: FaultServer;
  beforeEach(async () => {
    place = workplace();
    server = await startFaultServer([answer('x')]);
  });
  afterEach(async () => {
    await server.close();
    cleanUp();
  });
  const rows = async (env: Readonly<Record<string, string | undefined>> = {}): Promise<readonly Row[]> => {
    const { status, stdout, stderr } = await place.run(['models', '--format', 'json'], { env });
    assert.deepEqual([status, stderr], [0, '']);
    return (JSON.parse(stdout) as { models: Row[] }).models;
  };

  it('tells of each configured model whether it can be used, or why not; unknown is null', async () => {
    place.write('promptnb.config.yaml', `models:
  - { id: known, provider: openai, model: gpt-4.1-mini }
  - { id: own, provider: openai, model: nobody-knows, baseUrl: "https://nobody.invalid/v1", apiKeyEnv: TEST_KEY, contextWindow: 1000, price: { input: 1, output: 2 } }
  - { id: silent, provider: openai, model: x, baseUrl: "http://127.0.0.1:9/v1" }
  - { id: editor, provider: lm, model: vendor/name }
  - { id: recorded, provider: replay, model: gone.jsonl }
`);
    const models = await rows({ OPENAI_API_KEY: undefined });
    assert.deepEqual(models.slice(0, 5), [
      { id: 'known', provider: 'openai', ready: false, why: models[0]!.why, contextWindow: 1_047_576, price: { input: 0.4, cachedInput: 0.1, output: 1.6 } },
      { id: 'own', provider: 'openai', ready: true, why: null, contextWindow: 1000, price: { input: 1, output: 2 } },
      { id: 'silent', provider: 'openai', ready: false, why: 'Nothing answers at 127.0.0.1:9.', contextWindow: null, price: null },
      { id: 'editor', provider: 'lm', ready: false, why: models[3]!.why, contextWindow: null, price: null },
      { id: 'recorded', provider: 'replay', ready: false, why: models[4]!.why, contextWindow: null, price: { input: 0, output: 0 } },
    ]);
    assert.match(models[0]!.why!, /OPENAI_API_KEY is not set/);
    assert.match(models[3]!.why!, /only inside VS Code/);
    assert.match(models[4]!.why!, /there is no such file/);
    assert.equal((await rows({ OPENAI_API_KEY: 'k-12345678' }))[0]!.ready, true);
    assert.equal(server.log.length, 0);
  });

  it('ends with the embedded models, and says what of them is missing', async () => {
    const models = await rows();
    const embedded = models.filter((model) => model.provider === 'local');
    assert.deepEqual(embedded.map((model) => [model.id, model.contextWindow, model.price]), listedModels.map((model) => [`local:${model.id}`, model.contextWindow, { input: 0, output: 0 }]));
    for (const model of embedded) {
      assert.equal(model.ready, false);
      assert.match(model.why!, /MB|llama/i);
    }
    assert.deepEqual(models.slice(-embedded.length), embedded);
  });

  it('finds servers on their usual ports', async function () {
    const ollama = createServer((request, response) => {
      response.writeHead(request.url === '/v1/models' ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'test-model:latest', object: 'model' }] }));
    });
    const listening = await new Promise<boolean>((resolve) => {
      ollama.once('error', () => resolve(false));
      ollama.listen(11434, '127.0.0.1', () => resolve(true));
    });
    if (!listening) return this.skip();
    try {
      const found = (await rows()).find((model) => model.id === 'ollama:test-model:latest');
      assert.deepEqual(found, { id: 'ollama:test-model:latest', provider: 'openai', ready: true, why: null, contextWindow: null, price: { input: 0, output: 0 } });
    } finally {
      ollama.closeAllConnections();
      await new Promise((resolve) => ollama.close(resolve));
    }
  });

  it('prints a table for people, with the configuration’s place and the default', async () => {
    place.config(server.baseUrl);
    const { status, stdout } = await place.run(['models']);
    assert.equal(status, 0);
    assert.match(stdout, /^Configuration: .*promptnb\.config\.yaml\n\nConfigured\n✓ fast +\$1 in, \$2 out per million tokens · the default\n/);
    assert.match(stdout, /\nEmbedded\n– local:smollm2-135m +8,192 tokens · free\n +\S/);
    assert.match(stdout, /\nBy name\n– openai:NAME +OPENAI_API_KEY is not set\n$/);
     
    assert.doesNotMatch(stdout, /\x1b/);
  });

  it('ends with 2 where the configuration cannot be used', async () => {
    place.write('promptnb.config.yaml', 'models: {}\n');
    const { status, stdout } = await place.run(['models']);
    assert.deepEqual([status, stdout], [2, '']);
  });
});
