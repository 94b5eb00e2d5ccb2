import type { EndReason, Generate, PromptPart, SampledToken, ToParent } from './protocol.ts';
import { type Answer, type Child, type ChildOptions, startChild } from './child-process.ts';
import { ModelError } from '../../core/models/model.ts';
import { inTurn, type Turn } from './in-turn.ts';

/** One model in a process of its own, started when it is first needed and ended when it was idle for a while. */
export interface LocalClient {
  /** Answers are computed one at a time, in the order asked, also among clients that share their turn. Cancelling rejects at once with the signal's reason. */
  generate(request: Generate, signal: AbortSignal): AsyncGenerator<GenerateEvent, void>;
  /** Tokens of a prompt. Does not wait for answers that are being computed. */
  count(prompt: readonly PromptPart[]): Promise<number>;
  /** The child's process id while there is one. */
  readonly pid: number | undefined;
  /** Ends the child, if any, and resolves when it is gone. Requests under way fail; a later one starts a new child. */
  close(): Promise<void>;
}

export type GenerateEvent =
  | { readonly type: 'started'; readonly inputTokens: number }
  | { readonly type: 'delta'; readonly text: string; readonly tokens?: readonly SampledToken[] }
  | { readonly type: 'ended'; readonly reason: EndReason; readonly inputTokens: number; readonly outputTokens: number };

export interface ClientOptions extends ChildOptions {
  /** Milliseconds without a request after which the child is ended. */
  readonly idleMs: number;
  /** Milliseconds that a cancelled child may still be busy before it is killed. */
  readonly graceMs: number;
  /**
   * Shared by clients that must not compute at once: each takes all cores, and two that do so side by side take many times as long as
   * one after the other, since llama.cpp's threads wait for each other without letting go of their core.
   */
  readonly turn?: Turn;
}

export function createClient(options: ClientOptions): LocalClient {
  const turn = options.turn ?? inTurn();
  let child: Child | undefined;
  let idle: ReturnType<typeof setTimeout> | undefined;
  let users = 0;

  /** The child, held until the returned function is called; the idle clock runs when nobody holds it. */
  const use = (): { readonly it: Child; readonly release: () => void } => {
    clearTimeout(idle);
    if (child === undefined || child.gone) child = startChild(options);
    const it = child;
    it.hold(true);
    users += 1;
    return {
      it,
      release() {
        users -= 1;
        if (users > 0) return;
        child?.hold(false);
        idle = setTimeout(() => void child?.end(), options.idleMs);
        idle.unref();
      },
    };
  };

  return {
    get pid() {
      return child === undefined || child.gone ? undefined : child.pid;
    },
    async count(prompt) {
      for (let attempt = 1; ; attempt++) {
        const { it, release } = use();
        try {
          return await countWith(it, prompt, options);
        } catch (error) {
          // A child that was ended under a count (a cancelled answer did not stop in time) is no failure of the count.
          if (attempt > 1 || !it.gone) throw error;
        } finally {
          release();
        }
      }
    },
    async *generate(request, signal) {
      const leave = await turn(signal);
      const { it, release } = use();
      const answers = askToGenerate(it, { request, signal, options });
      let settled = false;
      void answers.settled.then(() => {
        settled = true;
        release();
        leave();
      });
      try {
        yield* answers.events();
      } finally {
        // Whoever asked has been answered; the next in turn waits until the child is free, or gone.
        if (!settled) {
          answers.cancel();
          const timer = setTimeout(() => void it.end(), options.graceMs);
          void answers.settled.then(() => clearTimeout(timer));
        }
      }
    },
    async close() {
      clearTimeout(idle);
      await child?.end();
    },
  };
}

async function countWith(child: Child, prompt: readonly PromptPart[], options: ClientOptions): Promise<number> {
  await child.loaded;
  return new Promise<number>((resolve, reject) => {
    child.ask({ type: 'count', prompt }, (answer) => {
      if (answer.type === 'counted') resolve(answer.tokens);
      else reject(failure(answer, options));
    });
  });
}

interface Asked {
  readonly request: Generate;
  readonly signal: AbortSignal;
  readonly options: ClientOptions;
}

interface Answers {
  events(): AsyncGenerator<GenerateEvent, void>;
  cancel(): void;
  /** Resolves, always, when the child has nothing more to do for this request. */
  readonly settled: Promise<void>;
}

/** Waits for the model, then asks; what the child says is kept until it is read. */
function askToGenerate(child: Child, { request, signal, options }: Asked): Answers {
  const queue: Answer[] = [];
  let wake: (() => void) | undefined;
  let id: number | undefined;
  let cancelled = false;
  let settle!: () => void;
  const settled = new Promise<void>((resolve) => (settle = resolve));
  const push = (answer: Answer): void => {
    queue.push(answer);
    if (answer.type !== 'started' && answer.type !== 'delta') settle();
    wake?.();
  };
  child.loaded.then(
    () => {
      if (cancelled) settle();
      else id = child.ask({ type: 'generate', ...request }, push);
    },
    (error: ModelError) => push({ type: 'gone', error }),
  );
  const nextAnswer = async (): Promise<Answer> => {
    while (queue.length === 0) {
      await new Promise<void>((resolve, reject) => {
        const abort = (): void => reject(signal.reason as Error);
        wake = () => {
          signal.removeEventListener('abort', abort);
          resolve();
        };
        signal.addEventListener('abort', abort, { once: true });
        if (signal.aborted) abort();
      });
    }
    return queue.shift()!;
  };
  return {
    settled,
    cancel() {
      cancelled = true;
      if (id !== undefined) child.cancel(id);
    },
    async *events() {
      for (;;) {
        signal.throwIfAborted();
        const answer = await nextAnswer();
        if (answer.type === 'started') yield { type: 'started', inputTokens: answer.inputTokens };
        else if (answer.type === 'delta') yield { type: 'delta', text: answer.text, ...(answer.tokens !== undefined && { tokens: answer.tokens }) };
        else if (answer.type === 'ended' && answer.reason !== 'cancelled') {
          yield { type: 'ended', reason: answer.reason, inputTokens: answer.inputTokens, outputTokens: answer.outputTokens };
          return;
        } else throw failure(answer, options);
      }
    },
  };
}

/** The error that an answer which is none stands for. */
function failure(answer: Answer, { name, load }: ClientOptions): ModelError {
  if (answer.type === 'gone') return answer.error;
  if (answer.type !== 'failed') return new ModelError('bad-response', `The process of the local model ${name} gave an answer out of turn: ${answer.type}.`);
  return failed(answer, { name, contextWindow: load.contextWindow });
}

function failed(answer: ToParent & { readonly type: 'failed' }, { name, contextWindow }: { readonly name: string; readonly contextWindow: number }): ModelError {
  switch (answer.code) {
    case 'overflow':
      return new ModelError('context-overflow', `The prompt has ${answer.inputTokens ?? 'too many'} tokens; with the answer asked for it does not fit into the ${contextWindow} tokens of ${name}. Nothing was computed.`, {
        hint: 'Shorten the prompt, ask for a shorter answer (maxOutputTokens), or choose a model with a larger context window.',
        sent: false,
      });
    case 'grammar':
      return new ModelError('bad-request', `The schema of the output cannot be made into a grammar for ${name}: ${answer.message}`, { hint: 'Make the schema simpler.', sent: false });
    default:
      return new ModelError('server', `The local model ${name} failed: ${answer.message}`);
  }
}
