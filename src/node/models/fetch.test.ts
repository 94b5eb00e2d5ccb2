import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { ExchangeInit } from '../../core/models/openai/exchange.ts';
import { nodeFetch } from './fetch.ts';
import { serve } from '../../../test/loopback.ts';

/** A TCP server that does this with each connection. */
async function listen(take: (socket: Socket) => void): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    take(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Codes of the error and its causes. */
function codesOf(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) if ('code' in at && typeof at.code === 'string') codes.push(at.code);
  return codes;
}

const quick = { connectTimeoutMs: 5000 } satisfies ExchangeInit;

describe('A fetch that makes its own connections', () => {
  it('fetches, again on the same connection, and passes on what it is given', async () => {
    const ports = new Set<number>();
    const server = await serve((response, request, socket) => {
      ports.add(socket.remotePort!);
      response.end(`${request.method} ${String(request.headers['x-a'])} ${request.body}`);
    });
    try {
      const fetch = nodeFetch();
      for (let time = 0; time < 3; time++) {
        assert.equal(await (await fetch(server.origin, { ...quick, method: 'POST', headers: { 'x-a': 'b' }, body: 'c' })).text(), 'POST b c');
        // The answer is there a moment before its connection counts as free.
        await new Promise(setImmediate);
      }
      assert.equal(ports.size, 1);
      assert.equal(await (await fetch(server.origin)).text(), 'GET undefined ', 'plain, without a bound of its own');
    } finally {
      await server.close();
    }
  });

  it('bounds connecting, and says that it was connecting', async () => {
    // A server that never answers the handshake.
    const server = await listen((socket) => void socket.resume());
    try {
      await assert.rejects(nodeFetch()(`https://127.0.0.1:${server.port}/`, { connectTimeoutMs: 60 } as RequestInit), (error) => codesOf(error).includes('UND_ERR_CONNECT_TIMEOUT'));
    } finally {
      await server.close();
    }
  });

  it('gives a connection up when the request is aborted, and leaves others alone', async () => {
    let connections = 0;
    let first: () => void = () => {};
    const firstGone = new Promise<void>((resolve) => (first = resolve));
    let both: () => void = () => {};
    const bothThere = new Promise<void>((resolve) => (both = resolve));
    let closed = 0;
    const server = await listen((socket) => {
      socket.resume();
      socket.on('close', () => void ((closed += 1) && first()));
      if ((connections += 1) === 2) both();
    });
    try {
      const fetch = nodeFetch();
      const controller = new AbortController();
      const other = new AbortController();
      const asked = fetch(`https://127.0.0.1:${server.port}/`, { ...quick, signal: controller.signal });
      const stays = fetch(`https://127.0.0.1:${server.port}/`, { ...quick, signal: other.signal });
      stays.catch(() => {});
      await bothThere;
      controller.abort();
      await assert.rejects(asked, { name: 'AbortError' });
      await firstGone;
      assert.equal(closed, 1, 'the other one is still connecting');
      other.abort();
      await assert.rejects(stays, { name: 'AbortError' });
    } finally {
      await server.close();
    }
  });

  it('says of a failure in the handshake that it was there', async () => {
    const server = await listen((socket) => socket.once('data', () => socket.resetAndDestroy()));
    try {
      await assert.rejects(nodeFetch()(`https://127.0.0.1:${server.port}/`, quick as RequestInit), (error) => error instanceof Error && error.cause instanceof Error && 'handshake' in error.cause && error.cause.handshake === true);
    } finally {
      await server.close();
    }
  });

  it('tells a refused connection and a name that is not there by their codes', async () => {
    const server = await listen(() => {});
    await server.close();
    await assert.rejects(nodeFetch()(`http://127.0.0.1:${server.port}/`, quick as RequestInit), (error) => codesOf(error).includes('ECONNREFUSED'));
    await assert.rejects(nodeFetch()('http://name.invalid/', quick as RequestInit), (error) => codesOf(error).some((code) => /^(?:ENOTFOUND|EAI_AGAIN)$/.test(code)));
  });

  it('keeps a proxy that the environment has set up', async () => {
    const place = Symbol.for('undici.globalDispatcher.1');
    const all = globalThis as Record<symbol, unknown>;
    const before = all[place];
    const made: unknown[] = [];
    class EnvHttpProxyAgent {
      constructor(options?: unknown) {
        made.push(options);
      }
      dispatch(): never {
        throw new Error('asked');
      }
    }
    all[place] = new EnvHttpProxyAgent();
    try {
      await assert.rejects(nodeFetch()('http://127.0.0.1:9/', quick as RequestInit));
      assert.deepEqual(made.slice(1), [{ connect: { timeout: 5000 }, headersTimeout: 0, bodyTimeout: 0 }]);
    } finally {
      all[place] = before;
    }
  });
});
