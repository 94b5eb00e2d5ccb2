import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';

/** What the hub does with one request for the file's bytes; the script's last entry is used for all that follow. */
export type Behaviour =
  | { readonly do: 'serve' }
  /** Sends so many bytes of what was asked for, and cuts the connection when {@link FakeHub.saw} says that they arrived. */
  | { readonly do: 'cut'; readonly after: number }
  /** Answers 200 with the whole file, whatever range was asked for. */
  | { readonly do: 'ignore-range' }
  /** Sends so many bytes and then nothing more. */
  | { readonly do: 'stall'; readonly after: number }
  /** One byte different from the real file. */
  | { readonly do: 'corrupt' }
  | { readonly do: 'too-long' }
  | { readonly do: 'wrong-range' }
  | { readonly do: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly do: 'redirect'; readonly to: string }
  /** Waits for {@link FakeHub.release}. */
  | { readonly do: 'hold'; readonly after: number };

export interface FakeHub {
  readonly url: string;
  /** Method, path and what matters of the headers of each request, in order. */
  readonly log: readonly { readonly path: string; readonly range: string | null; readonly ifRange: string | null; readonly authorization: string | null }[];
  /** The body's etag: another one means that the file has changed. */
  etag: string;
  script: Behaviour[];
  /** What `x-linked-etag` says; null: nothing. */
  linked: string | null;
  /** The answer of the API. */
  api: unknown;
  release(): void;
  /** Told by the client how many bytes of the file it has. */
  saw(bytes: number): void;
  close(): Promise<void>;
}

/** A server on loopback that plays the hub: API, `resolve` with its headers and redirect, and the file's bytes elsewhere. */
export async function fakeHub(content: Buffer): Promise<FakeHub> {
  const log: { path: string; range: string | null; ifRange: string | null; authorization: string | null }[] = [];
  const waiting: (() => void)[] = [];
  const cuts: Cut[] = [];
  const header = (request: IncomingMessage, name: string): string | null => (request.headers[name] as string | undefined) ?? null;
  const server = createServer((request, response) => {
    const path = request.url!;
    log.push({ path, range: header(request, 'range'), ifRange: header(request, 'if-range'), authorization: header(request, 'authorization') });
    if (path.startsWith('/api/')) return void response.setHeader('content-type', 'application/json').end(typeof hub.api === 'string' ? hub.api : JSON.stringify(hub.api));
    if (!path.startsWith('/cdn')) {
      if (hub.linked !== null) response.setHeader('x-linked-etag', `"${hub.linked}"`).setHeader('x-linked-size', content.length);
      return void response.writeHead(302, { location: `/cdn${path}` }).end();
    }
    const behaviour = hub.script.length > 1 ? hub.script.shift()! : (hub.script[0] ?? { do: 'serve' });
    serve(behaviour, { content, request, response, hub, waiting, cuts });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hub: FakeHub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    etag: '"v1"',
    script: [],
    linked: createHash('sha256').update(content).digest('hex'),
    api: {},
    release: () => waiting.splice(0).forEach((go) => go()),
    saw(bytes) {
      for (const cut of cuts.splice(0)) {
        if (bytes >= cut.at) cut.now();
        else cuts.push(cut);
      }
    },
    close: () => closed(server),
  };
  return hub;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

interface Cut {
  readonly at: number;
  readonly now: () => void;
}

interface Serving {
  readonly content: Buffer;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly hub: FakeHub;
  readonly waiting: (() => void)[];
  readonly cuts: Cut[];
}

function serve(behaviour: Behaviour, { content, request, response, hub, waiting, cuts }: Serving): void {
  if (behaviour.do === 'status') return void response.writeHead(behaviour.status, behaviour.headers).end('no');
  if (behaviour.do === 'redirect') return void response.writeHead(302, { location: behaviour.to }).end();
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const ifRange = request.headers['if-range'];
  const start = range !== null && behaviour.do !== 'ignore-range' && (ifRange === undefined || ifRange === hub.etag) ? Number(range[1]) : null;
  response.setHeader('etag', hub.etag);
  if (start !== null && start >= content.length) return void response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
  let body = Buffer.from(content.subarray(start ?? 0));
  if (behaviour.do === 'corrupt') body[body.length - 1]! ^= 1;
  if (behaviour.do === 'too-long') body = Buffer.concat([body, Buffer.alloc(100)]);
  else response.setHeader('content-length', body.length);
  if (start !== null) {
    const said = behaviour.do === 'wrong-range' ? 0 : start;
    response.writeHead(206, { 'content-range': `bytes ${said}-${content.length - 1}/${content.length}` });
  } else response.writeHead(200);
  if (behaviour.do === 'cut') {
    const now = (): void => void request.socket.destroy();
    if (behaviour.after === 0) return now();
    cuts.push({ at: (start ?? 0) + behaviour.after, now });
    return void response.write(body.subarray(0, behaviour.after));
  }
  if (behaviour.do === 'stall') return void response.write(body.subarray(0, behaviour.after));
  if (behaviour.do === 'hold') {
    response.write(body.subarray(0, behaviour.after));
    waiting.push(() => response.end(body.subarray(behaviour.after)));
    return;
  }
  response.end(body);
}
