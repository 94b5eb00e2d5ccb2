import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Resolves when the client has closed the connection before the answer was complete. */
  readonly closed: Promise<void>;
}

export interface Loopback {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

/** An HTTP server on a free port of this machine that keeps its own log; `answer` writes the answer to each request. */
export async function serve(answer: (response: http.ServerResponse, request: SeenRequest, socket: Socket) => void): Promise<Loopback> {
  const requests: SeenRequest[] = [];
  const server = http.createServer((incoming, response) => {
    const parts: Buffer[] = [];
    const closed = new Promise<void>((resolve) => response.on('close', () => void (response.writableFinished || resolve())));
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body: Buffer.concat(parts).toString('utf8'), closed };
      requests.push(request);
      answer(response, request, incoming.socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
