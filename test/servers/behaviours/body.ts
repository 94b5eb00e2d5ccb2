import { createGzip, gzipSync } from 'node:zlib';
import { once } from 'node:events';
import type { Behaviour, ServerCall } from '../fault-server.ts';
import { completion, type Answer } from './good.ts';
import type { SentUsage } from '../log.ts';
import { status, type ResponseHeaders } from './status.ts';

/** 200 with a page: a login, a captive portal, the wrong address. */
export const htmlPage: Behaviour = status(200, '<!DOCTYPE html><html><head><title>Sign in to the guest network</title></head><body><script>alert(1)</script><p>Welcome</p></body></html>', { 'content-type': 'text/html; charset=utf-8' });

/** 200 whose body is an error. */
export const errorIn200: Behaviour = status(200, { error: { message: 'The model is loading, try again in a minute', type: 'server_error', code: null } });

/** A bare string, as some gateways send. */
export const errorTextIn200: Behaviour = status(200, { error: 'backend exploded' });

export function emptyBody(contentType: string): Behaviour {
  return status(200, '', { 'content-type': contentType });
}

export const noContent: Behaviour = ({ response }) => {
  response.writeHead(204);
  response.end();
};

export const noChoices: Behaviour = (call) => json({ ...completion({ text: '', usage: 'missing' }, call), choices: [] })(call);

/** Nothing, and it was paid for. */
export const noChoicesButUsage: Behaviour = (call) => {
  const body = completion({ text: 'lost' }, call);
  call.request.usage = body.usage as SentUsage;
  return json({ ...body, choices: [] })(call);
};

export const choicesMissing: Behaviour = status(200, { object: 'chat.completion', id: 'x' });

/** A completion whose JSON ends early, though its length says it is whole. */
export function cutJson(content: Answer, keep: number): Behaviour {
  return (call) => status(200, JSON.stringify(completion(content, call)).slice(0, keep), { 'content-type': 'application/json' })(call);
}

/** A completion that says how long it is and breaks off before. */
export function shortBody(content: Answer, keep: number): Behaviour {
  return async (call) => {
    const { response } = call;
    const text = JSON.stringify(completion(content, call));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) });
    await new Promise<void>((resolve) => response.write(text.slice(0, keep), () => resolve()));
    call.cut('end');
  };
}

export const notJson: Behaviour = status(200, '{"choices": [{"message": {"content": "x"}}],,}', { 'content-type': 'application/json' });

export const plainText: Behaviour = status(200, 'OK', { 'content-type': 'text/plain' });

export function json(body: object, headers: ResponseHeaders = {}): Behaviour {
  return status(200, body, headers);
}

/** A body that is `gigabytes` long when it is decoded, and a thousandth of that on the wire; `prefix` comes before it. */
export function gzipBomb(gigabytes: number, contentType: string, prefix: string): Behaviour {
  return async (call) => {
    const { response } = call;
    response.writeHead(200, { 'content-type': contentType, 'content-encoding': 'gzip' });
    response.write(gzipSync(prefix));
    // Members of gzip may follow each other (RFC 1952 2.2), so that one block is packed once.
    const block = gzipSync(Buffer.alloc(1 << 20, 0x61));
    for (let sent = 0; sent < gigabytes * 1024 && !call.gone.aborted; sent++) await written(call, block);
    response.end();
  };
}

/** gzip as a server's middleware does it: one stream, flushed after each piece. */
export function gzipStream(...pieces: readonly string[]): Behaviour {
  return async ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
    const gzip = createGzip();
    gzip.pipe(response);
    for (const piece of pieces) {
      gzip.write(piece);
      await new Promise<void>((resolve) => gzip.flush(() => resolve()));
    }
    gzip.end();
    await once(response, 'finish');
  };
}

/** Says gzip and sends something else. */
export const falseGzip: Behaviour = status(200, '{"choices":[]}', { 'content-type': 'application/json', 'content-encoding': 'gzip' });

/** An error page without end. */
export function endlessError(code: number): Behaviour {
  return async (call) => {
    call.response.writeHead(code, { 'content-type': 'text/html' });
    while (!call.gone.aborted) await written(call, Buffer.alloc(1 << 16, 0x62));
  };
}

async function written(call: ServerCall, bytes: Buffer): Promise<void> {
  if (call.response.write(bytes)) await new Promise(setImmediate);
  else await once(call.response, 'drain', { signal: call.gone }).catch(() => {});
}
