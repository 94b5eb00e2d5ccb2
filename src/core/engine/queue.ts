/**
 * Who may send to a server now. Each key (a server) starts at its limit; a 429 halves it, each later success adds a fraction until the
 * limit is reached again, so that many cells side by side find what the server bears. Requests and tokens per minute are held by a
 * sliding window.
 */
export interface Queue {
  /** Resolves when a request may go out; `onWait` is called once if it must wait. Call the result with how it went. */
  enter(signal: AbortSignal, onWait: (reason: 'queue' | 'rate-limit') => void): Promise<(went: Went) => void>;
}

export interface Went {
  readonly rateLimited: boolean;
  readonly tokens: number;
}

export interface QueueLimits {
  readonly concurrency: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

/** Queues by key, made on first use. */
export type Queues = (key: string, limits: QueueLimits) => Queue;

export function createQueues(now: () => number): Queues {
  const queues = new Map<string, Queue>();
  return (key, limits) => {
    let queue = queues.get(key);
    if (queue === undefined) queues.set(key, (queue = createQueue(limits, now)));
    return queue;
  };
}

const minute = 60_000;

function createQueue(limits: QueueLimits, now: () => number): Queue {
  let allowed = Math.max(1, limits.concurrency);
  let running = 0;
  const waiting: (() => void)[] = [];
  const sentAt: number[] = [];
  let spent: { at: number; tokens: number }[] = [];
  let timer: ReturnType<typeof setTimeout> | null = null;

  // A clock that is set back stands still here, so that nobody waits for longer than the window.
  let seen = now();
  let elapsed = 0;
  const clock = (): number => {
    const time = now();
    elapsed += Math.max(0, time - seen);
    seen = time;
    return elapsed;
  };

  /** Milliseconds until the window has room; 0 is now. */
  const windowWait = (): number => {
    const time = clock();
    while (sentAt.length > 0 && sentAt[0]! <= time - minute) sentAt.shift();
    if (spent.length > 0 && spent[0]!.at <= time - minute) spent = spent.filter((entry) => entry.at > time - minute);
    let wait = 0;
    if (limits.requestsPerMinute !== undefined && sentAt.length >= limits.requestsPerMinute) wait = sentAt[0]! + minute - time;
    if (limits.tokensPerMinute !== undefined && spent.reduce((sum, entry) => sum + entry.tokens, 0) >= limits.tokensPerMinute) {
      wait = Math.max(wait, spent[0]!.at + minute - time);
    }
    return wait;
  };

  const pump = (): void => {
    while (waiting.length > 0 && running < Math.floor(allowed)) {
      const wait = windowWait();
      if (wait > 0) {
        timer ??= setTimeout(() => {
          timer = null;
          pump();
        }, wait);
        return;
      }
      waiting.shift()!();
    }
  };

  const take = (): ((went: Went) => void) => {
    running += 1;
    if (limits.requestsPerMinute !== undefined) sentAt.push(clock());
    return (went) => {
      running -= 1;
      if (limits.tokensPerMinute !== undefined && went.tokens > 0) spent.push({ at: clock(), tokens: went.tokens });
      allowed = went.rateLimited ? Math.max(1, allowed / 2) : Math.min(limits.concurrency, allowed + 1 / Math.max(1, Math.floor(allowed)));
      pump();
    };
  };

  return {
    enter(signal, onWait) {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      const inWindow = windowWait() === 0;
      if (waiting.length === 0 && running < Math.floor(allowed) && inWindow) return Promise.resolve(take());
      onWait(inWindow ? 'queue' : 'rate-limit');
      // Whoever was told may have cancelled at once.
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      return new Promise((resolve, reject) => {
        const go = (): void => {
          signal.removeEventListener('abort', abort);
          resolve(take());
        };
        const abort = (): void => {
          const place = waiting.indexOf(go);
          if (place >= 0) waiting.splice(place, 1);
          if (waiting.length === 0 && timer !== null) {
            clearTimeout(timer);
            timer = null;
          }
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', abort, { once: true });
        waiting.push(go);
        pump();
      });
    },
  };
}
