import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** What undici tells about a connection that it needs (its docs: "Client: connect"). */
export interface ConnectOptions {
  readonly hostname: string;
  readonly host?: string | undefined;
  readonly protocol: string;
  readonly port: string;
  readonly servername?: string | null | undefined;
}

/** undici's own form of a connector: calls back once, with the open socket or with why there is none. */
export type Connect = (options: ConnectOptions, callback: (error: Error | null, socket: Socket | null) => void) => void;

/** The request that a connection is made for. */
export interface Asking {
  readonly signal: AbortSignal | undefined;
  /** Told when a connection is begun for it, and when that is open. */
  readonly onConnecting: ((connecting: boolean) => void) | undefined;
}

/** The most hosts whose TLS session is kept, so that the next connection is made with half the round trips. */
const mostSessions = 100;

/**
 * Opens connections as undici does, and gives one up when the request that it is for is aborted, or after `timeoutMs`. A failure
 * between connecting and the first encrypted byte says so: its error has `handshake: true`.
 */
export function connector({ timeoutMs, asking }: { readonly timeoutMs: number; readonly asking: () => Asking | undefined }): Connect {
  const sessions = new Map<string, Buffer>();
  return (options, callback) => {
    const secure = options.protocol === 'https:';
    const { signal, onConnecting } = asking() ?? {};
    const { socket, opened } = secure ? openTls(options, sessions) : openTcp(options);
    let connected = false;
    onConnecting?.(true);
    const finish = (error: Error | null): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.removeListener('error', fail);
      socket.removeListener(opened, open);
      if (error === null) {
        onConnecting?.(false);
        return callback(null, socket);
      }
      socket.on('error', () => {});
      socket.destroy();
      callback(error, null);
    };
    const open = (): void => finish(null);
    const fail = (error: Error): void => finish(secure && connected ? Object.assign(error, { handshake: true }) : error);
    const abort = (): void => finish(new DOMException('The request was aborted while it was connecting.', 'AbortError'));
    const timer = setTimeout(() => finish(Object.assign(new Error(`No connection to ${options.hostname} within ${timeoutMs} ms.`), { name: 'ConnectTimeoutError', code: 'UND_ERR_CONNECT_TIMEOUT' })), timeoutMs);
    socket.setNoDelay(true).setKeepAlive(true, 60_000);
    socket.once('connect', () => (connected = true));
    socket.once(opened, open);
    socket.once('error', fail);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  };
}

function openTcp({ hostname, port }: ConnectOptions): { readonly socket: Socket; readonly opened: 'connect' } {
  return { socket: connectTcp({ host: hostname, port: Number(port) || 80 }), opened: 'connect' };
}

function openTls({ hostname, port, servername }: ConnectOptions, sessions: Map<string, Buffer>): { readonly socket: TLSSocket; readonly opened: 'secureConnect' } {
  const name = servername ?? (isIP(hostname) === 0 ? hostname : '');
  const key = `${hostname}:${port} ${name}`;
  const session = sessions.get(key);
  const socket: TLSSocket = connectTls({ host: hostname, port: Number(port) || 443, servername: name, ALPNProtocols: ['http/1.1'], ...(session !== undefined && { session }) });
  socket.on('session', (next: Buffer) => {
    sessions.delete(key);
    sessions.set(key, next);
    if (sessions.size > mostSessions) sessions.delete(sessions.keys().next().value!);
  });
  return { socket, opened: 'secureConnect' };
}
