import { type FileHandle, mkdir, open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { type Hub, request } from './hub.ts';
import { DownloadError } from './download-error.ts';
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname } from 'node:path';
import { holdLock } from './download-lock.ts';

export interface Progress {
  /** Bytes on disk, those of an earlier try included. */
  readonly received: number;
  readonly total: number | null;
}

export interface Download {
  readonly hub: Hub;
  readonly url: string;
  /** Where the whole, verified file appears. Beside it lie `.part` and what belongs to it. */
  readonly to: string;
  readonly size: number | null;
  /** Lower-case hex; null: what the hub names in `x-linked-etag`. */
  readonly sha256: string | null;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Tries in a row that bring nothing before it is given up. */
  readonly tries: number;
  /** Waits between tries. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Downloads a large file: continues what an earlier try left, asks again when the connection dies, verifies the SHA-256, and only
 * then gives the file its name. A cancelled or failed download keeps what it got, unless that is known to be wrong.
 *
 * @throws DownloadError; the signal's reason when it aborts.
 */
export async function download(task: Download): Promise<void> {
  const { to, signal } = task;
  await onDisk(() => mkdir(dirname(to), { recursive: true }));
  const unlock = await holdLock(`${to}.lock`);
  try {
    let fruitless = 0;
    for (;;) {
      signal.throwIfAborted();
      const before = await partSize(to);
      try {
        await oneTry(task);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof DownloadError) || !error.passing) throw error;
        fruitless = (await partSize(to)) > before ? 0 : fruitless + 1;
        if (fruitless >= task.tries) throw error;
        await task.sleep(Math.min(30_000, 1000 * 2 ** fruitless), signal);
      }
    }
  } finally {
    await unlock();
  }
}

/** What must be the same for a part to be continued. */
interface PartInfo {
  readonly url: string;
  /** The server's own validator for `If-Range`; null when it gave none that is strong. */
  readonly etag: string | null;
  readonly sha256: string | null;
}

async function oneTry(task: Download): Promise<void> {
  const { hub, url, to, signal } = task;
  const info = await readPartInfo(to);
  const known = info !== null && info.url === url && (task.sha256 === null || info.sha256 === null || info.sha256 === task.sha256);
  const start = known ? await partSize(to) : 0;
  const headers = start === 0 ? {} : { range: `bytes=${start}-`, ...(info?.etag != null && { 'if-range': info.etag }) };
  const { response, linkedSha256, linkedSize } = await request(hub, { url, headers }, signal);
  const expected = agreed(task, { linkedSha256, linkedSize });
  if (response.status === 416) return afterWholePart(task, expected, { response, start });
  const continued = response.status === 206 && start > 0;
  if (response.status === 206) checkRange(response, start);
  const from = continued ? start : 0;
  const length = Number(response.headers.get('content-length') ?? NaN);
  const total = expected.size ?? (Number.isSafeInteger(length) ? from + length : null);
  await checkSpace(to, total === null ? null : total - from);
  const etag = response.headers.get('etag');
  await onDisk(() => writeFile(`${to}.part.json`, JSON.stringify({ url, etag: etag === null || etag.startsWith('W/') ? null : etag, sha256: expected.sha256 } satisfies PartInfo)));
  const hash = createHash('sha256');
  if (continued) await addFile(hash, `${to}.part`);
  await receive(task, { response, from, total, hash });
  await finish(task, { ...expected, size: total }, { hash, continued });
}

interface Expected {
  readonly sha256: string;
  readonly size: number | null;
}

/** What the file must be, as we and the hub say. */
function agreed({ sha256, size, url }: Download, { linkedSha256, linkedSize }: { readonly linkedSha256: string | null; readonly linkedSize: number | null }): Expected {
  const wanted = sha256 ?? linkedSha256;
  if (wanted === null) throw new DownloadError('no-checksum', `The hub names no checksum for ${url}: nothing was downloaded.`, { hint: 'Download the file with a browser, check it, and use its path.' });
  if ((linkedSha256 !== null && linkedSha256 !== wanted) || (size !== null && linkedSize !== null && size !== linkedSize)) {
    throw new DownloadError('checksum', `The hub's file is not the one that was expected (${linkedSha256 ?? `${linkedSize} bytes`} instead of ${linkedSha256 === null ? `${size} bytes` : wanted}): nothing was downloaded.`, {
      hint: 'The file on the hub has changed. Update this program, or name the file yourself with hf:user/name/file.gguf.',
    });
  }
  return { sha256: wanted, size: size ?? linkedSize };
}

/** 416: nothing follows what we have. It is the whole file, or else no beginning of it. */
async function afterWholePart(task: Download, expected: Expected, { response, start }: { readonly response: Response; readonly start: number }): Promise<void> {
  await response.body?.cancel();
  if (expected.size === null || expected.size === start) {
    const hash = createHash('sha256');
    await addFile(hash, `${task.to}.part`);
    return finish(task, expected, { hash, continued: true });
  }
  await discard(task.to);
  throw new DownloadError('cut', 'What an earlier try left is longer than the file: it was thrown away.', { hint: 'Run it again.', passing: true });
}

function checkRange(response: Response, start: number): void {
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  if (range === null || Number(range[1]) !== start) {
    throw new DownloadError('bad-response', 'The server sent another part of the file than the one asked for.', { hint: 'Try again later.' });
  }
}

interface Receiving {
  readonly response: Response;
  readonly from: number;
  readonly total: number | null;
  readonly hash: Hash;
}

async function receive({ to, hub, signal, onProgress }: Download, { response, from, total, hash }: Receiving): Promise<void> {
  const file = await onDisk(() => open(`${to}.part`, from === 0 ? 'w' : 'a'));
  try {
    let received = from;
    let shown = -Infinity;
    const show = (): void => {
      shown = received;
      onProgress?.({ received, total });
    };
    show();
    for await (const piece of pieces(response, { idleMs: hub.idleMs, signal })) {
      if (total !== null && received + piece.byteLength > total) throw await tooLong(to, total);
      await onDisk(() => writeAll(file, piece));
      hash.update(piece);
      received += piece.byteLength;
      if (received - shown >= (total ?? 0) / 400) show();
    }
    if (total !== null && received < total) {
      throw new DownloadError('cut', `The connection ended after ${received} of ${total} bytes.`, { hint: 'Run it again: what came so far is kept.', passing: true });
    }
    await onDisk(() => file.sync());
    if (received !== shown) show();
  } finally {
    await file.close();
  }
}

async function tooLong(to: string, total: number): Promise<DownloadError> {
  await discard(to);
  return new DownloadError('size', `The server sent more than the ${total} bytes that the file has: it was thrown away.`, { hint: 'Try again later, or from another network.' });
}

/** The body's pieces; fails when none comes for a while. */
async function* pieces(response: Response, { idleMs, signal }: { readonly idleMs: number; readonly signal: AbortSignal }): AsyncGenerator<Uint8Array, void> {
  if (response.body === null) return;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const abort = (): void => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener('abort', abort, { once: true });
  let stalled = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for (;;) {
      timer = setTimeout(() => {
        stalled = true;
        void reader.cancel().catch(() => {});
      }, idleMs);
      const { done, value } = await reader.read();
      clearTimeout(timer);
      signal.throwIfAborted();
      if (stalled) throw new DownloadError('stalled', `Nothing came for ${idleMs / 1000} s.`, { hint: 'Run it again: what came so far is kept.', passing: true });
      if (done) return;
      yield value;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DownloadError) throw error;
    throw new DownloadError('cut', `The connection was cut: ${(error as Error).message}.`, { hint: 'Run it again: what came so far is kept.', passing: true, cause: error });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    reader.cancel().catch(() => {});
  }
}

async function finish({ to }: Download, { sha256, size }: Expected, { hash, continued }: { readonly hash: Hash; readonly continued: boolean }): Promise<void> {
  const found = hash.digest('hex');
  if (found !== sha256) {
    await discard(to);
    throw new DownloadError('checksum', `The file is not what it should be: its SHA-256 is ${found}, not ${sha256}${size === null ? '' : ` (${size} bytes)`}. It was thrown away.`, {
      hint: 'Run it again. If it happens again, something between here and the hub changes the file.',
      // What an earlier try left may be to blame: from the beginning it may go well.
      passing: continued,
    });
  }
  await onDisk(() => rename(`${to}.part`, to));
  await rm(`${to}.part.json`, { force: true });
}

async function discard(to: string): Promise<void> {
  await rm(`${to}.part`, { force: true });
  await rm(`${to}.part.json`, { force: true });
}

async function partSize(to: string): Promise<number> {
  return stat(`${to}.part`).then(({ size }) => size, () => 0);
}

async function readPartInfo(to: string): Promise<PartInfo | null> {
  try {
    return JSON.parse(await readFile(`${to}.part.json`, 'utf8')) as PartInfo;
  } catch {
    return null;
  }
}

async function addFile(hash: Hash, path: string): Promise<void> {
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
}

/** So much is left free, so that the machine goes on working. */
const margin = 64 * 1024 * 1024;

async function checkSpace(to: string, needed: number | null): Promise<void> {
  if (needed === null) return;
  const disk = await statfs(dirname(to)).catch(() => null);
  if (disk === null) return;
  const free = disk.bavail * disk.bsize;
  if (needed + margin <= free) return;
  throw new DownloadError('disk-space', `${Math.ceil(needed / 1e6)} MB are needed in ${dirname(to)}, and ${Math.floor(free / 1e6)} MB are free.`, { hint: 'Make room, or set PROMPTNB_CACHE to a folder on a larger disk.' });
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.byteLength; ) at += (await file.write(piece, at)).bytesWritten;
}

/** Runs something that writes; its failures become {@link DownloadError}. */
async function onDisk<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new DownloadError(full ? 'disk-space' : 'disk', full ? 'The disk is full.' : `The file cannot be written: ${(error as Error).message}.`, { hint: full ? 'Make room and run it again: what came so far is kept.' : 'Set PROMPTNB_CACHE to a folder that can be written.', cause: error });
  }
}
