import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { maskHeaders, type LoggedRequest } from './log.ts';
import { models } from './behaviours/models.ts';

/** One request, as a behaviour gets it. */
export interface ServerCall {
  readonly request: LoggedRequest;
  readonly response: ServerResponse;
  /** The key that the client sent, unmasked: for behaviours that echo it. Never logged. */
  readonly key: string;
  /** Aborts when the exchange is over, so that slow behaviours end with their client. */
  readonly gone: AbortSignal;
  /** Breaks the connection off with a TCP reset, or with a plain end: the log says that the server did it. */
  cut(how: 'reset' | 'end'): void;
}

/** What the server does with one request. It is over when the response has ended or the connection is cut. */
export type Behaviour = (call: ServerCall) => void | Promise<void>;

/** A behaviour for each request in order, the last one for all after it; or a choice by request. */
export type Script = readonly [Behaviour, ...Behaviour[]] | ((request: LoggedRequest) => Behaviour);

export interface FaultServer {
  /** What `baseUrl` is set to: `http://127.0.0.1:41234/v1`. */
  readonly baseUrl: string;
  /** The requests that asked a model, in the order of arrival. */
  readonly log: readonly LoggedRequest[];
  /** Other requests: lists of models, what a person's browser asks. */
  readonly otherLog: readonly LoggedRequest[];
  /** TCP connections so far. */
  readonly connections: number;
  /** Resolves when the log holds, or after `ms` throws with the log: no test waits for a fixed time. */
  until(what: string, holds: (log: readonly LoggedRequest[]) => boolean, ms?: number): Promise<void>;
  /** The next requests follow this script from its beginning. */
  follow(script: Script): void;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

export interface FaultServerOptions {
  /** PEM texts: the server speaks HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The name that clients use; it must lead to loopback. */
  readonly hostName?: string;
}

/**
 * An OpenAI-compatible server on loopback that does what its script says, request by request, and keeps its own log. What it counts,
 * sends and sees is the yardstick for what records say.
 */
export async function startFaultServer(script: Script, options: FaultServerOptions = {}): Promise<FaultServer> {
  const log: LoggedRequest[] = [];
  const otherLog: LoggedRequest[] = [];
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watch of watchers) watch();
  };
  let current = script;
  let asked = 0;
  const connectionNumbers = new WeakMap<Socket, number>();
  const rawSockets = new WeakMap<Socket, Socket>();
  let connections = 0;
  const failures: unknown[] = [];

  const choose = (request: LoggedRequest): Behaviour => {
    if (request.method === 'GET' && request.path === '/v1/models') return models;
    if (typeof current === 'function') return current(request);
    return current[Math.min(asked++, current.length - 1)]!;
  };
  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const arrivedAt = performance.now();
    const text = await readBody(message);
    const path = message.url ?? '';
    const asksModel = message.method === 'POST';
    const request: LoggedRequest = {
      number: (asksModel ? log : otherLog).length + 1, method: message.method ?? '', path, headers: maskHeaders(message.headers), body: parsed(text),
      connection: connectionNumbers.get(message.socket) ?? 0, arrivedAt, answeredAt: null, endedAt: null, end: null, usage: null,
    };
    (asksModel ? log : otherLog).push(request);
    const gone = new AbortController();
    const end = (how: 'complete' | 'client' | 'server'): void => {
      if (request.end !== null) return;
      request.end = how;
      request.endedAt = performance.now();
      gone.abort();
      changed();
    };
    response.once('finish', () => end('complete'));
    response.once('close', () => end('client'));
    noteFirstByte(response, () => (request.answeredAt ??= performance.now()));
    changed();
    const behaviour = choose(request);
    await behaviour({
      request, response, gone: gone.signal,
      key: (message.headers.authorization ?? '').replace(/^Bearer\s+/i, ''),
      cut(how) {
        end('server');
        if (how === 'reset') (rawSockets.get(message.socket) ?? message.socket).resetAndDestroy();
        else message.socket.destroy();
      },
    });
  };
  const onRequest = (message: IncomingMessage, response: ServerResponse): void => {
    message.on('error', () => {});
    response.on('error', () => {});
    handle(message, response).catch((error: unknown) => {
      // A behaviour that throws because its client went away is no failure; any other is a bug of the test.
      if (!message.socket.destroyed) failures.push(error);
      response.destroy();
      changed();
    });
  };
  const server: Server = options.tls === undefined ? createHttp(onRequest) : createHttps(options.tls, onRequest);
  // Bounds of the server's own would end what a test leaves hanging on purpose.
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.keepAliveTimeout = 60_000;
  server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    connections += 1;
    connectionNumbers.set(socket, connections);
    socket.on('error', () => {});
  });
  if (options.tls !== undefined) {
    // Only the TCP socket under a TLS connection can be reset; the two have the same port at the other end.
    const raw = new Map<number | undefined, Socket>();
    server.on('connection', (socket: Socket) => {
      raw.set(socket.remotePort, socket);
      socket.on('error', () => {});
    });
    server.on('secureConnection', (socket: Socket) => {
      const under = raw.get(socket.remotePort);
      if (under !== undefined) rawSockets.set(socket, under);
    });
  }
  await listen(server);
  const { port } = server.address() as AddressInfo;

  return {
    baseUrl: `${options.tls === undefined ? 'http' : 'https'}://${options.hostName ?? '127.0.0.1'}:${port}/v1`,
    log,
    otherLog,
    get connections() {
      return connections;
    },
    until(what, holds, ms = 5000) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          if (!holds(log)) return;
          finish();
          resolve();
        };
        const timer = setTimeout(() => {
          finish();
          reject(new Error(`The server did not see this within ${ms} ms: ${what}. Its log: ${JSON.stringify(log, null, 1).slice(0, 4000)}`));
        }, ms);
        const finish = (): void => {
          clearTimeout(timer);
          watchers.delete(look);
        };
        watchers.add(look);
        look();
      });
    },
    follow(next) {
      current = next;
      asked = 0;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      if (failures.length > 0) throw new AggregateError(failures, 'A behaviour of the fault server failed.');
    },
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
}

async function readBody(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Calls `note` when the head of the response is written: `writeHead` is what every answer goes through, `write` and `end` included. */
function noteFirstByte(response: ServerResponse, note: () => void): void {
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
  response.writeHead = (...given: unknown[]) => {
    note();
    return writeHead(...given);
  };
}
