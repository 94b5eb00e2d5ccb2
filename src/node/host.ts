import { createCompletionCache } from './completion-cache.ts';
import { hash, randomInt } from 'node:crypto';
import { createMatcher } from './regex/matcher.ts';
import { createRecordStore } from './records.ts';
import { nodeFetch } from './models/fetch.ts';
import { readInside } from './files.ts';
import { resolve } from 'node:path';
import type { Confirmation, Host } from '../core/engine/host.ts';
import type { Secrets } from './secrets.ts';

export interface NodeHostOptions {
  /** The notebook's folder: records and completions are kept beside it, and paths count from it. */
  readonly folder: string;
  /** Files that a notebook names must lie in here. */
  readonly workspace: string;
  /** Keys. Whatever they give is taken out of records. */
  readonly secrets: Secrets;
  /** Answers a question that needs a person. */
  readonly confirm: (question: Confirmation) => Promise<boolean>;
  /** Whether records and completions are kept. */
  readonly keep: boolean;
}

export interface NodeHost extends Host {
  /** The text without the secrets that were handed out. */
  redact(text: string): string;
  /** Ends the thread that matches regular expressions. */
  close(): Promise<void>;
}

/** Node's answers to core's questions. */
export function createNodeHost({ folder, workspace, secrets, confirm, keep }: NodeHostOptions): NodeHost {
  const matcher = createMatcher();
  return {
    now: () => Date.now(),
    random: () => randomInt(2 ** 47) / 2 ** 47,
    sleep: (ms, signal) => sleep(ms, signal),
    fetch: nodeFetch(),
    hash: (text) => hash('sha256', text),
    secret: secrets.secret,
    readFile: (path) => readInside(workspace, resolve(folder, path)),
    matches: (pattern, flags, text, signal) => matcher.matches(pattern, flags, text, signal),
    confirm,
    redact: secrets.redact,
    ...(keep && { cache: createCompletionCache(folder, { redact: secrets.redact }), records: createRecordStore(folder, { redactor: { text: secrets.redact, stream: secrets.stream } }) }),
    close: () => matcher.close(),
  };
}

/** Longer than a timer can hold is waited in pieces. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const longest = 2 ** 31 - 1;
  for (let left = ms; left > 0; left -= longest) await pause(Math.min(left, longest), signal);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      done();
    }, ms);
    signal.addEventListener('abort', abort, { once: true });
  });
}
