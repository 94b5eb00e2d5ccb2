import { Worker } from 'node:worker_threads';
import type { CountKind } from '../../core/models/model.ts';
import type { CountReply, CountRequest } from './worker.ts';

/** Counts tokens in a thread of its own, so that whoever types is never held up. */
export interface TokenCounts {
  /** Tokens of each text, as a model's tokenizer or an encoding counts; null when it cannot be said. */
  count(texts: readonly string[], tokenizer: string): Promise<{ readonly counts: readonly number[]; readonly kind: CountKind } | null>;
  close(): Promise<void>;
}

/** The thread starts with the first question, and does not keep the process alive. */
export function tokenCounts(entry: URL = defaultEntry()): TokenCounts {
  let worker: Worker | null = null;
  let next = 1;
  const waiting = new Map<number, (reply: CountReply | null) => void>();
  const drop = (): void => {
    worker = null;
    for (const resolve of waiting.values()) resolve(null);
    waiting.clear();
  };
  const running = (): Worker => {
    if (worker !== null) return worker;
    const started = new Worker(entry, { env: {}, execArgv: [] });
    started.unref();
    started.on('message', (reply: CountReply) => {
      waiting.get(reply.id)?.(reply);
      waiting.delete(reply.id);
    });
    started.on('error', drop);
    started.on('exit', () => {
      if (worker === started) drop();
    });
    return (worker = started);
  };
  return {
    count(texts, tokenizer) {
      const id = next++;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        running().postMessage({ id, texts, tokenizer } satisfies CountRequest);
      });
    },
    async close() {
      const ended = worker;
      drop();
      await ended?.terminate();
    },
  };
}

/** `dist/token-worker.js` beside the bundle, `worker.ts` beside the source. */
function defaultEntry(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith('.ts') ? './worker.ts' : './token-worker.js', here);
}
