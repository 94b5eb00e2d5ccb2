import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface SocketServer {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  close(): Promise<void>;
}

/** A TCP server for what happens before there is HTTP: in a TLS handshake, or never. */
export async function startSocketServer(onSocket: (socket: Socket) => void): Promise<SocketServer> {
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    onSocket(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Reads the client's first bytes (its TLS hello) and goes away. */
export function cutInHandshake(how: 'reset' | 'end'): (socket: Socket) => void {
  return (socket) =>
    socket.once('data', () => {
      if (how === 'reset') socket.resetAndDestroy();
      else socket.destroy();
    });
}

/** Accepts, reads, and says nothing. */
export function sayNothing(socket: Socket): void {
  socket.resume();
}

/** A port of loopback at which nothing listens: it was free a moment ago. */
export async function refusedPort(): Promise<number> {
  const server = await startSocketServer((socket) => socket.destroy());
  await server.close();
  return server.port;
}

/** A name that no resolver can find and none is asked for: a label may have 63 letters (RFC 1035 2.3.4). */
export const unknownHost = `${'a'.repeat(64)}.invalid`;
