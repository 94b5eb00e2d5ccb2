import { CommandError } from './exit.ts';
import { decodeNotebook, NotUtf8Error } from '../core/notebook/bytes.ts';
import { readFileSync } from 'node:fs';
import { readNotebook } from '../core/notebook/read.ts';
import { readProgram, type Program } from '../core/engine/program.ts';
import { resolve } from 'node:path';

/** A notebook from disk, read as a program. */
export interface OpenNotebook {
  /** As the person wrote it. */
  readonly path: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly program: Program;
}

/** @throws CommandError when it cannot be read. */
export function openNotebook(path: string): OpenNotebook {
  const file = resolve(path);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' || code === 'ENOTDIR' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : code === 'EACCES' ? 'it may not be read' : message;
    throw new CommandError(`${path} cannot be opened: ${why}.`);
  }
  try {
    const text = decodeNotebook(bytes);
    return { path, file, bytes, text, program: readProgram(readNotebook(text)) };
  } catch (error) {
    if (error instanceof NotUtf8Error) throw new CommandError(`${path} cannot be opened: ${error.message}`);
    throw error;
  }
}
