import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, basename, join, relative, isAbsolute } from 'node:path';
import { readFile, realpath, stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';

/** A file that cannot be written or read, told for people. `code` is the system's: ENOSPC, EACCES … */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The text of a file, a byte order mark included.
 * @throws FileError with the reason as a sentence's end: `there is no such file.`
 */
export function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readBytes(path));
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError('ENCODING', 'it is not UTF-8 text.');
  }
}

/** The bytes of a file. @throws FileError as {@link readText} */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new FileError(code, `${readProblems[code] ?? message}.`);
  }
}

const readProblems: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', ENOTDIR: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'it may not be read', EPERM: 'it may not be read' };

/** The largest file that a notebook may read. */
export const maxFileSize = 64 * 1024 * 1024;

/**
 * Writes a file so that a reader, and a crash, find the old one or the new one, never a part: to a temporary file beside it, then
 * renamed. Keeps permissions; of a symbolic link, what it points to is written.
 * @throws FileError; the old file is then as it was.
 */
export function writeFileAtomically(path: string, bytes: Uint8Array): void {
  const target = follow(path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    const file = openSync(temporary, 'wx');
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    const mode = modeOf(target);
    if (mode !== null) chmodSync(temporary, mode);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new FileError((error as NodeJS.ErrnoException).code ?? '', `${path} cannot be written: ${writeProblem(error)}. It is as it was.`);
  }
}

const writeProblems: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full', EDQUOT: 'the disk quota is used up', EACCES: 'permission is denied', EPERM: 'permission is denied', EROFS: 'the disk is read-only',
  ENOENT: 'its folder does not exist', ENOTDIR: 'its folder is a file', EISDIR: 'it is a folder', EFBIG: 'it is larger than a file may be here',
};

/** Why something could not be written, as the end of a sentence for people. */
export function writeProblem(error: unknown): string {
  return writeProblems[(error as NodeJS.ErrnoException).code ?? ''] ?? (error instanceof Error ? error.message : String(error));
}

function follow(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // A new file; or a link to nowhere, in whose place the file then stands.
    return path;
  }
}

function modeOf(path: string): number | null {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    return stats.mode & 0o7777;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * The bytes of a file inside of a folder, by real path, so that no link leads out.
 * @throws FileError
 */
export async function readInside(root: string, path: string): Promise<Uint8Array> {
  let file: string;
  try {
    file = await realpath(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new FileError(code, code === 'ENOENT' || code === 'ENOTDIR' ? 'there is no such file.' : `${(error as Error).message}.`);
  }
  const way = relative(await realpath(root), file);
  if (way === '..' || way.startsWith(`..${'/'}`) || way.startsWith('..\\') || isAbsolute(way)) throw new FileError('OUTSIDE', 'it lies outside of the workspace.');
  const stats = await stat(file);
  if (!stats.isFile()) throw new FileError('EISDIR', stats.isDirectory() ? 'it is a folder.' : 'it is no ordinary file.');
  if (stats.size > maxFileSize) throw new FileError('EFBIG', `it has ${Math.round(stats.size / 1e6)} MB; at most ${Math.round(maxFileSize / 1e6)} MB are read.`);
  try {
    return await readFile(file);
  } catch (error) {
    throw new FileError((error as NodeJS.ErrnoException).code ?? '', `${(error as Error).message}.`);
  }
}
