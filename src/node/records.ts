import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordStore, RecordWriter } from '../core/engine/host.ts';
import type { RunEvent } from '../core/trace/event.ts';
import { eventRedactor } from '../core/safety/redact-events.ts';
import { FileError, writeProblem } from './files.ts';
import { mergeDeltas } from '../core/trace/journal.ts';
import type { Redactor } from '../core/safety/redact.ts';
import { randomUUID } from 'node:crypto';

/** Events are written together, at most this much later: what a crash can lose of a stream. The first one is written at once. */
const flushAfterMs = 200;

export interface RecordOptions {
  /** Masks secrets in what is written, as far as they are known by then. */
  readonly redactor: Pick<Redactor, 'text' | 'stream'>;
}

/**
 * Records beside a notebook, in `.promptnb/runs/ID.jsonl`, git-ignored by a `.gitignore` written there. Writes are synchronous: a line
 * that was handed to the system outlives a crash of this process, and small writes cost less than handing them to another thread.
 */
export function createRecordStore(folder: string, options: RecordOptions): RecordStore {
  const runs = join(folder, '.promptnb', 'runs');
  let ready = false;
  const makeReady = (): void => {
    mkdirSync(runs, { recursive: true });
    ignoreInGit(join(folder, '.promptnb'));
    ready = true;
  };
  return {
    async create() {
      try {
        if (!ready) makeReady();
        const { id, file } = openNew(runs, makeReady);
        return createWriter(id, file, options);
      } catch (error) {
        throw recordProblem(error);
      }
    },
  };
}

/** Told for people, without a path of this machine. */
function recordProblem(error: unknown): FileError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return new FileError(code, `${ownProblems[code] ?? writeProblem(error)}.`);
}

const ownProblems: Readonly<Record<string, string>> = { EEXIST: 'its folder is a file', EMFILE: 'too many files are open', ENFILE: 'too many files are open', EIO: 'the disk reports an error' };

/** Records and completions are one person's: they stay out of git unless the person writes this file otherwise. */
export function ignoreInGit(folder: string): void {
  try {
    writeFileSync(join(folder, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Six hex digits while they are free, then longer. Opening with `wx` makes the id new even with two processes at work. */
function openNew(runs: string, makeFolder: () => void): { id: string; file: number } {
  for (let tries = 0; ; tries++) {
    // Much cheaper than random bytes by the handful: these are drawn ahead.
    const id = randomUUID().replaceAll('-', '').slice(0, 6 + 2 * Math.floor(tries / 3));
    try {
      return { id, file: openSync(join(runs, `${id}.jsonl`), 'wx') };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if ((code !== 'EEXIST' && code !== 'ENOENT') || tries > 30) throw error;
      // Somebody has cleaned up since.
      if (code === 'ENOENT') makeFolder();
    }
  }
}

function createWriter(id: string, file: number, { redactor }: RecordOptions): RecordWriter {
  const secrets = eventRedactor(redactor);
  let pending: RunEvent[] = [];
  let timer: NodeJS.Timeout | null = null;
  let failure: unknown = null;
  let begun = false;

  const write = (events: readonly RunEvent[]): void => {
    if (events.length === 0 || failure !== null) return;
    try {
      let text = '';
      for (const event of events) text += `${JSON.stringify(event)}\n`;
      writeAll(file, redactor.text(text));
    } catch (error) {
      failure = error;
    }
  };
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const events = pending.flatMap((event) => secrets.take(event));
    pending = [];
    write(events);
  };

  return {
    id,
    path: `.promptnb/runs/${id}.jsonl`,
    append(event) {
      const last = pending.at(-1);
      const merged = last === undefined ? null : mergeDeltas(last, event);
      if (merged === null) pending.push(event);
      else pending[pending.length - 1] = merged;
      if (!begun) {
        begun = true;
        return flush();
      }
      if (timer !== null) return;
      timer = setTimeout(flush, flushAfterMs);
      timer.unref();
    },
    async close() {
      flush();
      write(secrets.rest());
      try {
        closeSync(file);
      } catch (error) {
        failure ??= error;
      }
      if (failure !== null) throw recordProblem(failure);
    },
  };
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}
