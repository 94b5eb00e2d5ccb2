import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordStore, RecordWriter } from '../core/engine/host.ts';
import type { RunEvent } from '../core/trace/event.ts';
import { mergeDeltas } from '../core/trace/journal.ts';
import { randomUUID } from 'node:crypto';

/** Events are written together, at most this much later: what a crash can lose of a stream. */
const flushAfterMs = 200;

/** The first ones, so that a crash finds that a run has begun. A run that is over sooner is written in one piece. */
const firstFlushAfterMs = 20;

export interface RecordOptions {
  /** Masks secrets in what is written. */
  readonly redact: (text: string) => string;
}

/**
 * Records beside a notebook, in `.promptnb/runs/ID.jsonl`, git-ignored by a `.gitignore` written there. Writes are synchronous: a line
 * that was handed to the system outlives a crash of this process, and small writes cost less than handing them to another thread.
 */
export function createRecordStore(folder: string, options: RecordOptions): RecordStore {
  const runs = join(folder, '.promptnb', 'runs');
  let ready = false;
  return {
    async create() {
      if (!ready) {
        mkdirSync(runs, { recursive: true });
        ignoreInGit(join(folder, '.promptnb'));
        ready = true;
      }
      const { id, file } = openNew(runs);
      return createWriter(id, file, options);
    },
  };
}

/** Records and completions are one person's: they stay out of git unless the person writes this file otherwise. */
export function ignoreInGit(folder: string): void {
  try {
    writeFileSync(join(folder, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Six hex digits while they are free, then longer. Opening with `wx` makes the id new even with two processes at work. */
function openNew(runs: string): { id: string; file: number } {
  for (let tries = 0; ; tries++) {
    // Much cheaper than random bytes by the handful: these are drawn ahead.
    const id = randomUUID().replaceAll('-', '').slice(0, 6 + 2 * Math.floor(tries / 3));
    try {
      return { id, file: openSync(join(runs, `${id}.jsonl`), 'wx') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries > 30) throw error;
    }
  }
}

function createWriter(id: string, file: number, { redact }: RecordOptions): RecordWriter {
  let pending: RunEvent[] = [];
  let timer: NodeJS.Timeout | null = null;
  let failure: Error | null = null;
  let wait = firstFlushAfterMs;

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (pending.length === 0 || failure !== null) return;
    let text = '';
    for (const event of pending) text += `${JSON.stringify(event)}\n`;
    pending = [];
    try {
      writeAll(file, redact(text));
    } catch (error) {
      failure = error as Error;
    }
  };

  return {
    id,
    path: `.promptnb/runs/${id}.jsonl`,
    append(event) {
      const last = pending.at(-1);
      const merged = last === undefined ? null : mergeDeltas(last, event);
      if (merged === null) pending.push(event);
      else pending[pending.length - 1] = merged;
      if (timer !== null) return;
      timer = setTimeout(flush, wait);
      timer.unref();
      wait = flushAfterMs;
    },
    async close() {
      flush();
      closeSync(file);
      if (failure !== null) throw failure;
    },
  };
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}
