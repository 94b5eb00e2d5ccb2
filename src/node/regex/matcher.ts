import { Worker } from 'node:worker_threads';
import type { RegexReply, RegexRequest } from './worker.ts';

/** Why a regular expression gave no answer. */
export class RegexError extends Error {
  override readonly name = 'RegexError';
  readonly code: 'invalid' | 'timeout' | 'crashed';

  constructor(code: RegexError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface Matcher {
  /**
   * Whether a JavaScript regular expression matches somewhere in `text`. Runs apart from the event loop, one after the other.
   * @throws RegexError `invalid` or `timeout`; the signal's reason when it aborts.
   */
  matches(pattern: string, flags: string, text: string, signal: AbortSignal): Promise<boolean>;
  /** Ends the thread. Nothing may be asked afterwards. */
  close(): Promise<void>;
}

export interface MatcherOptions {
  /** The most that one expression may take, in milliseconds; waiting and the start of the thread do not count. */
  readonly timeoutMs?: number;
  /** The worker's script; where it lies beside this one unless given. */
  readonly entry?: URL;
}

/** The memory of the thread, in MiB: enough for a text of many megabytes. */
const maxMemory = 256;

/**
 * Regular expressions in a worker thread that can be ended: a pattern that backtracks without end costs its time limit, never the process.
 * The thread starts with the first question, is used again, and does not keep the process alive while it waits.
 */
export function createMatcher({ timeoutMs = 1000, entry = defaultEntry() }: MatcherOptions = {}): Matcher {
  let worker: Worker | null = null;
  let last: Promise<unknown> = Promise.resolve();

  const drop = async (): Promise<void> => {
    const ended = worker;
    worker = null;
    await ended?.terminate();
  };

  const ask = async (request: RegexRequest, signal: AbortSignal): Promise<boolean> => {
    signal.throwIfAborted();
    const isNew = worker === null;
    const asked = worker ?? startWorker(entry);
    worker = asked;
    // One that ended by itself is not asked again.
    if (isNew) asked.once('exit', () => void (worker === asked && (worker = null)));
    try {
      const reply = await question({ worker: asked, isNew, request, timeoutMs, signal });
      if (reply === 'ready') throw new RegexError('crashed', 'The thread for regular expressions answered out of turn.');
      if ('invalid' in reply) throw new RegexError('invalid', reply.invalid);
      return reply.matches;
    } catch (error) {
      // Whatever it still does, nobody waits for it. A pattern that does not compile leaves the thread as it was.
      if (!(error instanceof RegexError && error.code === 'invalid')) await drop();
      throw error;
    }
  };

  return {
    matches: (pattern, flags, text, signal) => {
      const turn = last.then(() => ask({ pattern, flags, text }, signal));
      last = turn.catch(() => undefined);
      return orAborted(turn, signal);
    },
    close: async () => {
      await last;
      await drop();
    },
  };
}

/** `dist/regex-worker.js` beside the bundle, `worker.ts` beside the source. */
function defaultEntry(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith('.ts') ? './worker.ts' : './regex-worker.js', here);
}

function startWorker(entry: URL): Worker {
  // Neither the environment nor the flags of this process are the pattern's business.
  const worker = new Worker(entry, { env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: maxMemory } });
  worker.unref();
  // An error while nobody waits is no reason to end the process; whoever waits has a listener too.
  worker.on('error', () => undefined);
  return worker;
}

interface Question {
  readonly worker: Worker;
  readonly isNew: boolean;
  readonly request: RegexRequest;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

function question({ worker, isNew, request, timeoutMs, signal }: Question): Promise<RegexReply> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const post = (): void => {
      worker.postMessage(request);
      timer = setTimeout(() => settle(() => reject(timeout(request, timeoutMs))), timeoutMs);
    };
    const onMessage = (reply: RegexReply): void => (reply === 'ready' ? post() : settle(() => resolve(reply)));
    const onError = (error: Error): void => settle(() => reject(new RegexError('crashed', `The regular expression could not be run: ${error.message}`)));
    const onExit = (): void => settle(() => reject(new RegexError('crashed', 'The thread for regular expressions ended before it answered.')));
    const onAbort = (): void => settle(() => reject(signal.reason as Error));
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      signal.removeEventListener('abort', onAbort);
      worker.unref();
      end();
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    signal.addEventListener('abort', onAbort, { once: true });
    // Who waits for an answer keeps the process alive until it is there.
    worker.ref();
    if (!isNew) post();
  });
}

function timeout({ pattern, text }: RegexRequest, timeoutMs: number): RegexError {
  const shown = pattern.length > 60 ? `${pattern.slice(0, 59)}…` : pattern;
  return new RegexError('timeout', `The regular expression ${shown} took more than ${timeoutMs} ms on a text of ${text.length} characters and was stopped. Patterns with repetitions inside of repetitions, such as (a+)+, can take for ever: make it simpler.`);
}

/** A question that waits for its turn ends with its signal too. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
