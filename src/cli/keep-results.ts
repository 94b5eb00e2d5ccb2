import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { CommandError } from './exit.ts';
import { dirname, resolve } from 'node:path';
import { encodeNotebook } from '../core/notebook/bytes.ts';
import { FileError, writeFileAtomically } from '../node/files.ts';
import { safeForTerminal } from '../core/safety/terminal.ts';
import { writeBack } from '../core/engine/write-back.ts';
import { writeNotebook } from '../core/notebook/write.ts';
import type { CellResult } from '../core/engine/result.ts';
import type { OpenNotebook } from './open-notebook.ts';
import type { Terminal } from './terminal.ts';

/** Where the results go: into the notebook itself, into another file, or nowhere. */
export type ResultPlace = { readonly kind: 'nowhere' } | { readonly kind: 'notebook' } | { readonly kind: 'file'; readonly path: string };

/**
 * Reads `--write` and `--output`. `--output` that names the notebook itself is `--write`.
 * @throws CommandError when nothing could be written there: better told before a model is asked than after.
 */
export function resultPlace({ file, path: notebook }: OpenNotebook, { write = false, output }: { readonly write?: boolean; readonly output?: string | undefined }): ResultPlace {
  if (write && output !== undefined) throw new CommandError('`--write` and `--output` exclude each other: give one.');
  if (!write && output === undefined) return { kind: 'nowhere' };
  const itself = write || realPath(output!) === realPath(file);
  const target = itself ? file : resolve(output!);
  const shown = itself ? notebook : output!;
  const folder = dirname(realPath(target));
  const problem = isFolder(target) ? 'it is a folder' : !isFolder(folder) ? 'its folder does not exist' : !isWritable(folder) || (itself && !isWritable(target)) ? 'permission is denied' : null;
  if (problem !== null) throw new CommandError(`The results cannot be written to ${shown}: ${problem}.`);
  return itself ? { kind: 'notebook' } : { kind: 'file', path: output! };
}

export interface Results {
  readonly cells: readonly CellResult[];
  readonly place: ResultPlace;
  /** `outputs` of the configuration. */
  readonly outputs?: 'result' | 'none' | undefined;
}

/**
 * Writes the results where they were asked for. A notebook that somebody else has changed meanwhile is left as it is. Returns whether
 * they are where they should be.
 */
export function keepResults(opened: OpenNotebook, { cells, place, outputs = 'result' }: Results, terminal: Terminal): boolean {
  if (place.kind === 'nowhere') return true;
  const { program, file, path, bytes } = opened;
  const notebook = writeBack(program.notebook, cells, outputs);
  const told = (message: string): false => {
    terminal.err(`${safeForTerminal(message)} The results are in .promptnb/runs.\n`);
    return false;
  };
  try {
    if (place.kind === 'notebook') {
      if (!stands(file, bytes)) return told(`${path} was changed while it ran, so the results were not written over it. Run it again: what has not changed is answered from the cache.`);
      if (notebook === program.notebook) return true;
    }
    writeFileAtomically(place.kind === 'notebook' ? path : place.path, encodeNotebook(writeNotebook(notebook)));
    return true;
  } catch (error) {
    return told(error instanceof FileError ? error.message : `${path} cannot be written: ${(error as Error).message}`);
  }
}

/** Whether the file still is what was read. */
function stands(file: string, bytes: Uint8Array): boolean {
  try {
    return readFileSync(file).equals(bytes);
  } catch {
    return false;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
