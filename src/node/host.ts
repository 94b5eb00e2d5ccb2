import { createCompletionCache } from './completion-cache.ts';
import { hash, randomInt } from 'node:crypto';
import { createMatcher } from './regex/matcher.ts';
import { createRecordStore } from './records.ts';
import { nodeFetch } from './models/fetch.ts';
import { readInside } from './files.ts';
import { resolve } from 'node:path';
import { redactor } from '../core/safety/redact.ts';
import type { Confirmation, Host } from '../core/engine/host.ts';

export interface NodeHostOptions {
  /** The notebook's folder: records and completions are kept beside it, and paths count from it. */
  readonly folder: string;
  /** Files that a notebook names must lie in here. */
  readonly workspace: string;
  /** Where keys are kept: see {@link Host.secret}. Whatever it gives is taken out of records. */
  readonly secret: Host['secret'];
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
export function createNodeHost({ folder, workspace, secret, confirm, keep }: NodeHostOptions): NodeHost {
  const matcher = createMatcher();
  const secrets = new Set<string>();
  let redact = redactor([]);
  return {
    now: () => Date.now(),
    random: () => randomInt(2 ** 47) / 2 ** 47,
    sleep: (ms, signal) => sleep(ms, signal),
    fetch: nodeFetch(),
    hash: (text) => hash('sha256', text),
    async secret(name, endpoint) {
      const value = await secret(name, endpoint);
      // Whatever was handed out as a secret is taken out of records; addresses and names of accounts are none.
      if (value !== undefined && value !== '' && !/_(?:URL|ID)$/i.test(name ?? '') && !secrets.has(value)) {
        secrets.add(value);
        redact = redactor([...secrets]);
      }
      return value === '' ? undefined : value;
    },
    readFile: (path) => readInside(workspace, resolve(folder, path)),
    matches: (pattern, flags, text, signal) => matcher.matches(pattern, flags, text, signal),
    confirm,
    redact: (text) => redact.text(text),
    ...(keep && { cache: createCompletionCache(folder), records: createRecordStore(folder, { redact: (text) => redact.text(text) }) }),
    close: () => matcher.close(),
  };
}

/** Secrets in the variables of an environment. */
export function environmentSecret(environment: Readonly<Record<string, string | undefined>>): Host['secret'] {
  return async (name) => (name === null ? undefined : environment[name]);
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
