import { DownloadError } from './download-error.ts';
import type { HubFile } from './models.ts';
import { pickQuantization } from './names.ts';

/** How the hub is asked. */
export interface Hub {
  /** `https://huggingface.co`, or a mirror (`HF_ENDPOINT`). */
  readonly endpoint: string;
  readonly fetch: typeof fetch;
  /** For models whose terms must be accepted first. Sent to the endpoint only, never to where it redirects. */
  readonly token?: string;
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly idleMs: number;
}

export const hubEndpoint = 'https://huggingface.co';

/** What the hub says of a file. */
export interface HubFileInfo {
  readonly file: HubFile;
  readonly size: number | null;
  /** Lower-case hex. */
  readonly sha256: string | null;
  readonly license: string | null;
}

/** Where a file's bytes are. */
export function fileUrl({ endpoint }: Pick<Hub, 'endpoint'>, { repository, revision, file }: HubFile): string {
  return `${endpoint.replace(/\/+$/, '')}/${repository}/resolve/${encodeURIComponent(revision)}/${file.split('/').map(encodeURIComponent).join('/')}`;
}

export interface Wanted {
  readonly repository: string;
  readonly revision: string;
  /** A file's path, or the name of a quantization such as `Q4_K_M`. */
  readonly file?: string;
  readonly quantization?: string;
}

/**
 * Asks the hub's API which file that is, how large, with which checksum and licence.
 *
 * @throws DownloadError
 */
export async function lookUp(hub: Hub, wanted: Wanted, signal: AbortSignal): Promise<HubFileInfo> {
  const { repository, revision } = wanted;
  const url = `${hub.endpoint.replace(/\/+$/, '')}/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const { response } = await request(hub, { url, headers: { accept: 'application/json' } }, signal);
  const info = await readJson(response, signal);
  const siblings = Array.isArray(info['siblings']) ? (info['siblings'] as Record<string, unknown>[]) : [];
  const names = siblings.map((sibling) => String(sibling['rfilename']));
  const file = wanted.quantization === undefined ? names.find((name) => name === wanted.file) : pickQuantization(names, wanted.quantization);
  if (file === undefined) {
    const models = names.filter((name) => /\.gguf$/i.test(name));
    throw new DownloadError('not-found', `${repository} holds no ${wanted.quantization === undefined ? `file ${wanted.file}` : `single GGUF file of quantization ${wanted.quantization}`}.`, {
      hint: models.length === 0 ? 'It holds no GGUF file at all: look for a repository whose name ends in -GGUF.' : `It holds: ${models.slice(0, 20).join(', ')}.`,
    });
  }
  const sibling = siblings[names.indexOf(file)]!;
  const lfs = (sibling['lfs'] ?? {}) as Record<string, unknown>;
  const card = (info['cardData'] ?? {}) as Record<string, unknown>;
  const sha = lfs['sha256'];
  const size = lfs['size'] ?? sibling['size'];
  return {
    file: { repository, revision, file },
    size: typeof size === 'number' ? size : null,
    sha256: typeof sha === 'string' && /^[0-9a-f]{64}$/i.test(sha) ? sha.toLowerCase() : null,
    license: typeof card['license'] === 'string' ? card['license'] : null,
  };
}

export interface HubRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A response and what was learnt on the way to it. */
export interface HubResponse {
  readonly response: Response;
  /** The checksum and size that the hub itself names for a large file (`x-linked-etag`, `x-linked-size`); null where it named none. */
  readonly linkedSha256: string | null;
  readonly linkedSize: number | null;
}

/**
 * One GET, redirects followed by hand: to https only (or loopback from loopback), the token never past the endpoint.
 *
 * @throws DownloadError for anything but 200, 206 and 416; the signal's reason when it aborts.
 */
export async function request(hub: Hub, { url, headers = {} }: HubRequest, signal: AbortSignal): Promise<HubResponse> {
  let at = new URL(url);
  const origin = at.origin;
  let linkedSha256: string | null = null;
  let linkedSize: number | null = null;
  for (let hops = 0; hops < 6; hops++) {
    const authorization = hub.token !== undefined && at.origin === origin ? { authorization: `Bearer ${hub.token}` } : {};
    const response = await connect(hub, { url: at, headers: { ...headers, ...authorization } }, signal);
    const etag = /^"?([0-9a-f]{64})"?$/i.exec(response.headers.get('x-linked-etag') ?? '');
    const size = Number(response.headers.get('x-linked-size') ?? NaN);
    if (etag !== null && at.origin === origin) linkedSha256 = etag[1]!.toLowerCase();
    if (Number.isSafeInteger(size) && at.origin === origin) linkedSize = size;
    if (response.status < 300 || response.status > 399) {
      if (![200, 206, 416].includes(response.status)) throw await refusal(response, { url: at, token: hub.token !== undefined });
      return { response, linkedSha256, linkedSize };
    }
    await response.body?.cancel();
    at = redirectTarget(response, at);
  }
  throw new DownloadError('redirect', `${origin} redirects without end.`, { hint: 'Try again later, or download the file with a browser and use its path.' });
}

function redirectTarget(response: Response, from: URL): URL {
  const location = response.headers.get('location');
  const to = location === null || !URL.canParse(location, from.href) ? null : new URL(location, from);
  if (to === null) throw new DownloadError('redirect', `${from.origin} redirects to nowhere.`, { hint: 'Try again later.' });
  const safe = to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:' && isLoopback(from) && isLoopback(to));
  if (!safe) throw new DownloadError('redirect', `${from.origin} redirects to ${to.origin}, which is not https: refused.`, { hint: 'Something between here and the hub may be at work. Try another network.' });
  return to;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

async function connect(hub: Hub, { url, headers }: { readonly url: URL; readonly headers: Readonly<Record<string, string>> }, signal: AbortSignal): Promise<Response> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), hub.idleMs);
  try {
    return await hub.fetch(url.href, { headers: { 'accept-encoding': 'identity', ...headers }, redirect: 'manual', signal: AbortSignal.any([signal, stalled.signal]) });
  } catch (error) {
    signal.throwIfAborted();
    const hint = 'Check the network and run it again: what came so far is kept. Or download the file on another machine and use its path.';
    if (stalled.signal.aborted) throw new DownloadError('stalled', `${url.origin} did not answer within ${hub.idleMs / 1000} s.`, { hint, passing: true });
    const cause = (error as Error).cause as { readonly code?: string; readonly message?: string } | undefined;
    if (cause?.code === 'UND_ERR_SOCKET' || cause?.code === 'ECONNRESET') throw new DownloadError('cut', `${url.origin} closed the connection without an answer.`, { hint, passing: true, cause: error });
    throw new DownloadError('offline', `${url.origin} cannot be reached: ${cause?.code ?? cause?.message ?? (error as Error).message}.`, { hint, passing: true, cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** What a status means, with the hub's own `x-error-code` where it says one. */
async function refusal(response: Response, { url, token }: { readonly url: URL; readonly token: boolean }): Promise<DownloadError> {
  await response.body?.cancel();
  const { status } = response;
  const code = response.headers.get('x-error-code');
  const where = `${url.origin}${url.pathname}`;
  if (status === 404 || /NotFound$/.test(code ?? '')) return new DownloadError('not-found', `${where} is not there (${code ?? status}).`, { hint: 'Check the names of user, repository and file.' });
  if (status === 401 || status === 403) {
    return new DownloadError('gated', `${where} may not be read${token ? ' with this token' : ''} (${code ?? status}): the model is private, or its terms must be accepted first.`, {
      hint: 'Accept the terms on the model’s page, make a token, and set HF_TOKEN; or choose another model.',
    });
  }
  if (status === 429) return new DownloadError('rate-limit', `${url.origin} asks to wait (429).`, { hint: 'Try again in a few minutes: what came so far is kept.', passing: true });
  return new DownloadError(status >= 500 ? 'server' : 'bad-response', `${where} answered with status ${status}.`, { hint: 'Try again later: what came so far is kept.', passing: status >= 500 });
}

const maxJson = 8 * 1024 * 1024;

async function readJson(response: Response, signal: AbortSignal): Promise<Record<string, unknown>> {
  const bad = (why: string, cause?: unknown): DownloadError => new DownloadError('bad-response', `The hub's answer cannot be read: ${why}.`, { hint: 'Try again later, or name the file: hf:user/name/file.gguf.', cause });
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      length += piece.byteLength;
      if (length > maxJson) throw bad('it is too long');
      pieces.push(piece);
    }
    const value: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'));
    if (typeof value !== 'object' || value === null) throw bad('it is no object');
    return value as Record<string, unknown>;
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof DownloadError ? error : bad((error as Error).message, error);
  }
}
