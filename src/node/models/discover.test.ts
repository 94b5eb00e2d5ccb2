import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { discoverServers } from './discover.ts';
import { localServers } from '../../core/models/local-servers.ts';
import { serve, type Loopback } from '../../../test/loopback.ts';

const json = (value: unknown, status = 200) => (response: ServerResponse): void => void response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
const page = (status: number) => (response: ServerResponse): void => void response.writeHead(status, { 'content-type': 'text/html' }).end('<html><title>Jenkins</title></html>');

describe('Looking for servers on this machine', () => {
  const servers: Loopback[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  /** A place where this server listens. */
  async function place(answer: (response: ServerResponse) => void, title = 'Some server') {
    const server = await serve(answer);
    servers.push(server);
    return { prefix: title.toLowerCase(), title, port: Number(new URL(server.origin).port) };
  }

  const found: readonly (readonly [name: string, answer: (response: ServerResponse) => void, models: readonly string[], why: RegExp | null, server?: string])[] = [
    ['with models', json({ object: 'list', data: [{ id: 'a', object: 'model' }, { id: 'b:latest' }] }), ['a', 'b:latest'], null],
    ['that says who it is', json({ object: 'list', data: [{ id: 'x.gguf', owned_by: 'llamacpp' }] }), ['x.gguf'], null, 'llama.cpp'],
    ['that does not say it is a list', json({ data: [{ id: 'a' }] }), ['a'], null],
    ['without models', json({ object: 'list', data: [] }), [], /no model yet/],
    ['without models, as Ollama says it', json({ object: 'list', data: null }), [], /no model yet/],
    ['with a key', json({ error: { message: 'Unauthorized' } }, 401), [], /asks for a key.*apiKeyEnv/],
    ['that is loading', json({ error: { message: 'Loading model', type: 'unavailable_error' } }, 503), [], /still loading/],
  ];
  for (const [name, answer, models, why, server = 'Some server'] of found) {
    it(`finds one ${name}`, async () => {
      const where = await place(answer);
      const [one, ...others] = await discoverServers({ fetch, places: [where], timeoutMs: 2000 });
      assert.deepEqual([one?.server, one?.prefix, one?.baseUrl, one?.models, one?.ready, others], [server, where.prefix, `http://127.0.0.1:${where.port}/v1`, models, why === null, []]);
      if (why === null) assert.equal(one?.why, null);
      else assert.match(one?.why ?? '', why);
      assert.deepEqual(servers[0]!.requests.map((request) => [request.method, request.path, request.headers.authorization]), [['GET', '/v1/models', undefined]], 'one question, without a key');
    });
  }

  const foreign: readonly (readonly [name: string, answer: (response: ServerResponse) => void])[] = [
    ['a page', page(200)],
    ['a page that asks for a password', page(401)],
    ['a page that is down', page(503)],
    ['not found', json({ detail: 'Not Found' }, 404)],
    ['other JSON', json({ name: 'api', version: 1 })],
    ['JSON with other data', json({ data: [{ name: 'x' }] })],
    ['JSON with no data', json({ data: [] })],
    ['a list', json([])],
    ['broken JSON', (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":')],
    ['a redirect', (response) => void response.writeHead(302, { location: '/v1/elsewhere', 'content-type': 'application/json' }).end('{}')],
    ['a list without end', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => void (!response.destroyed && response.write(' '.repeat(65_536), more));
      more();
    }],
    ['a closed connection', (response) => void response.destroy()],
  ];
  for (const [name, answer] of foreign) {
    it(`passes over ${name}`, async () => assert.deepEqual(await discoverServers({ fetch, places: [await place(answer)], timeoutMs: 5000 }), []));
  }

  it('passes over what is not there', async () => {
    const where = await place(() => {});
    await servers[0]!.close();
    assert.deepEqual(await discoverServers({ fetch, places: [where], timeoutMs: 2000 }), []);
  });

  it('does not wait for a slow one, nor for one that never ends its list, and keeps the others', async () => {
    const slow = await place(() => {}, 'Slow');
    const drip = await place((response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"object":"list","data":['), 'Drip');
    const quick = await place(json({ object: 'list', data: [{ id: 'a' }] }), 'Quick');
    assert.deepEqual((await discoverServers({ fetch, places: [slow, drip, quick], timeoutMs: 300 })).map((server) => server.server), ['Quick']);
    await Promise.all([servers[0]!.requests[0]!.closed, servers[1]!.requests[0]!.closed]);
  });

  it('asks all at once: each is asked before any has answered', async () => {
    const waiting: (() => void)[] = [];
    const answer = json({ object: 'list', data: [{ id: 'a' }] });
    const together = (response: ServerResponse): void => {
      waiting.push(() => answer(response));
      if (waiting.length === 3) for (const go of waiting) go();
    };
    const places = [await place(together, 'A'), await place(together, 'B'), await place(together, 'C')];
    assert.deepEqual((await discoverServers({ fetch, places, timeoutMs: 5000 })).map((server) => server.server), ['A', 'B', 'C']);
  });

  it('ends when cancelled, with the signal’s reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const where = await place(() => controller.abort(reason));
    await assert.rejects(discoverServers({ fetch, places: [where], timeoutMs: 10_000, signal: controller.signal }), (error) => error === reason);
    await servers[0]!.requests[0]!.closed;
    await assert.rejects(discoverServers({ fetch, places: [where], signal: controller.signal }), (error) => error === reason);
    assert.equal(servers[0]!.requests.length, 1, 'nothing is asked any more');
  });

  it('looks at the usual places', async () => {
    const asked: string[] = [];
    await discoverServers({ fetch: async (input) => {
      asked.push(input instanceof Request ? input.url : input.toString());
      throw new TypeError('refused');
    } });
    assert.deepEqual(asked, localServers.map(({ port }) => `http://127.0.0.1:${port}/v1/models`));
    assert.ok(asked.includes('http://127.0.0.1:11434/v1/models'));
  });
});
