import { ModelError, type ModelErrorCode, type ModelErrorDetails } from '../model.ts';

interface Cause {
  readonly code: string | undefined;
  readonly error: object;
}

const dns = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']);
const unreachable = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL', 'EACCES', 'EPERM']);
const certificate =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|CRL_|OUT_OF_MEM|ERROR_IN_)|^EPROTO$/;

/**
 * A failed `fetch` (undici's causes, Node's system errors) as a {@link ModelError}. `address` is the host and port that was asked.
 * What is told apart: nothing found, refused, certificate, too slow to connect, and a connection that broke.
 */
export function networkError(error: unknown, address: string): ModelError {
  const causes = causesOf(error);
  const make = (code: ModelErrorCode, message: string, details: ModelErrorDetails): ModelError => new ModelError(code, message, { cause: error, ...details });
  const codes = causes.map((cause) => cause.code).filter((code) => code !== undefined);
  const named = (set: ReadonlySet<string>): string | undefined => codes.find((code) => set.has(code));
  if (named(dns) !== undefined) {
    return make('dns', `The name of ${address} cannot be found (${named(dns)}).`, { sent: false, retryable: true, hint: 'Check `baseUrl` and the network connection.' });
  }
  if (codes.includes('ECONNREFUSED')) {
    return make('refused', `Nothing answers at ${address}: the connection was refused.`, { sent: false, retryable: true, hint: 'Is the server running? `promptnb models` shows what is found on this machine.' });
  }
  const bad = codes.find((code) => certificate.test(code));
  if (bad !== undefined) {
    return make('tls', `No secure connection to ${address}: ${bad}.`, { sent: false, hint: 'Check the server\'s certificate, or `baseUrl` (http or https). NODE_EXTRA_CA_CERTS names a file with your own authority.' });
  }
  if (causes.some(cutInHandshake)) {
    return make('tls', `${address} closed the connection before it was secure.`, { sent: false, retryable: true, hint: 'Check `baseUrl` (http or https) and the proxy; the server may be restarting.' });
  }
  if (codes.includes('UND_ERR_CONNECT_TIMEOUT') || codes.includes('ETIMEDOUT')) {
    return make('connect-timeout', `No connection to ${address} in time.`, { sent: false, retryable: true, hint: 'Check `baseUrl`, the network and the proxy, or raise `timeouts.connectMs`.' });
  }
  if (named(unreachable) !== undefined) {
    return make('connection', `${address} cannot be reached (${named(unreachable)}).`, { sent: false, retryable: true, hint: 'Check the network connection.' });
  }
  if (codes.includes('UND_ERR_HEADERS_TIMEOUT')) {
    return make('first-token-timeout', `${address} did not begin to answer in time.`, { retryable: true, hint: 'Try again, or raise `timeouts.firstTokenMs`.' });
  }
  const code = codes[0];
  return make('connection', `The connection to ${address} broke before an answer came${code === undefined ? '' : ` (${code})`}.`, { retryable: true, hint: 'Try again; if it stays, check the server and the network.' });
}

/** A body that broke off after headers had come, as a {@link ModelError}: the answer is cut, what came of it is kept. */
export function bodyError(error: unknown, address: string): ModelError {
  const codes = causesOf(error).map((cause) => cause.code).filter((code) => code !== undefined);
  if (codes.includes('UND_ERR_BODY_TIMEOUT')) {
    return new ModelError('idle-timeout', `${address} stopped in the middle of its answer.`, { cause: error, retryable: true, hint: 'The text so far is kept. Try again.' });
  }
  const code = codes[0];
  return new ModelError('cut', `The connection to ${address} broke in the middle of the answer${code === undefined ? '' : ` (${code})`}.`, { cause: error, retryable: true, hint: 'The text so far is kept. Try again.' });
}

/**
 * A `fetch` that makes its connections itself says so (`handshake`). Node's TLS reports a server that hangs up in the handshake as
 * ECONNRESET with the host on it and without a system call; a reset of an open connection has the system call.
 */
function cutInHandshake({ code, error }: Cause): boolean {
  if ('handshake' in error && error.handshake === true) return true;
  return code === 'ECONNRESET' && 'host' in error && 'port' in error && !('syscall' in error);
}

/** The error, its causes, and what an AggregateError holds (one per address tried), outermost first. */
function causesOf(error: unknown): readonly Cause[] {
  const found: Cause[] = [];
  const queue: unknown[] = [error];
  while (queue.length > 0 && found.length < 16) {
    const next = queue.shift();
    if (typeof next !== 'object' || next === null) continue;
    found.push({ code: 'code' in next && typeof next.code === 'string' ? next.code : undefined, error: next });
    if ('cause' in next) queue.push(next.cause);
    if ('errors' in next && Array.isArray(next.errors)) queue.push(...(next.errors as unknown[]));
  }
  return found;
}

/** Ports that `fetch` never connects to (WHATWG Fetch, "bad port"); it says so without a code. */
const blockedPorts = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123,
  135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995,
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** An error for an address that `fetch` will not connect to, before it is tried. */
export function blockedPort(url: URL): ModelError | undefined {
  if (url.port === '' || !blockedPorts.has(Number(url.port))) return undefined;
  return new ModelError('refused', `Nothing is asked at ${url.host}: port ${url.port} is one that HTTP clients do not connect to.`, { sent: false, hint: 'Check the port in `baseUrl`.' });
}
