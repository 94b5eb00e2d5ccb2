import type { Price, Usage } from '../models/model.ts';
import type { Cost, LimitName } from '../trace/event.ts';
import { ratesOf } from '../trace/usage.ts';

/** Hard limits of a run, of a cell or of all cells together. Absent means without limit. Cost in US dollars, time in seconds. */
export interface Limits {
  readonly calls?: number;
  readonly steps?: number;
  readonly tokens?: number;
  readonly cost?: number;
  readonly seconds?: number;
}

/** Both limits at once: of each kind the lower one. */
export function addLimits(a: Limits, b: Limits): Limits {
  const both: { -readonly [K in keyof Limits]: number } = { ...a };
  for (const [name, max] of Object.entries(b) as [keyof Limits, number | undefined][]) {
    if (max !== undefined) both[name] = Math.min(both[name] ?? Infinity, max);
  }
  return both;
}

/** Thrown when the next call or step would pass a limit: nothing was sent for it. */
export class LimitError extends Error {
  override readonly name = 'LimitError';
  readonly limit: LimitName;
  readonly max: number;
  readonly used: number;
  readonly hint: string;

  constructor(limit: LimitName, max: number, used: number, details: { message: string; hint: string }) {
    super(details.message);
    this.limit = limit;
    this.max = max;
    this.used = used;
    this.hint = details.hint;
  }
}

/** What a call may need at most. Counting is asked for only where a limit makes it necessary. */
export interface CallNeed {
  inputTokens(): Promise<number>;
  /** The output tokens that the request allows; null when it names none. */
  readonly maxOutputTokens: number | null;
  /** The most tokens of prompt and answer together that the model holds; null is unknown. */
  readonly contextWindow: number | null;
  readonly price: Price | null;
  readonly model: string;
}

/** A place for one call. `settle` it exactly once with what the call used. */
export interface Reservation {
  /** The most output tokens that the request and the limits leave for this call; null when they do not bound it. */
  readonly maxOutputTokens: number | null;
  /** What is said where an answer is cut there: names the limit. Null when none bounds it, or the request asks for no more. */
  readonly cut: LimitError | null;
  settle(sent: boolean, usage: Usage | null, cost: Cost): void;
}

export interface Meter {
  /**
   * Reserves a call's worst case in this meter and in those around it. Waits while calls that run side by side hold what it needs.
   * @throws LimitError when a limit leaves no room even with nothing else running.
   */
  reserve(need: CallNeed, signal: AbortSignal): Promise<Reservation>;
  /** Counts a step: a model call and the tool calls it asked for. @throws LimitError */
  step(): void;
  /** Aborts when this meter's own time is over; its reason is a LimitError. */
  readonly deadline: AbortSignal | null;
  /** Stops the clock. */
  close(): void;
}

/**
 * A meter with limits, inside another. `seconds` runs from its making. `scope` says in messages whose limit it is: `cell poem`.
 */
export function createMeter(limits: Limits, scope: string, outer?: Meter): Meter {
  const used = { calls: 0, steps: 0, tokens: 0, cost: 0 };
  const held = { calls: 0, tokens: 0, cost: 0 };
  let waiting: (() => void)[] = [];
  const clock = limits.seconds === undefined ? null : startClock(limits.seconds, scope);
  const counts = limits.tokens !== undefined || limits.cost !== undefined;

  const stop = (name: LimitName, max: number, value: number): LimitError =>
    new LimitError(name, max, value, {
      message: `The limit of ${max} ${limitUnit(name, max)} of ${scope} is reached: ${formatUsed(name, value)} used, and the next ${name === 'steps' ? 'step' : 'call'} would pass it.`,
      hint: `What was made is kept. Raise ${raised[name]} of ${scope}, or let it do less.`,
    });

  const cutAt = (name: 'tokens' | 'cost', cap: number): LimitError => {
    const max = limits[name]!;
    return new LimitError(name, max, max, {
      message: `The answer was cut at ${cap} ${limitUnit('tokens', cap)}, all that the limit of ${max} ${limitUnit(name, max)} of ${scope} left for it.`,
      hint: `What was made is kept. Raise ${raised[name]} of ${scope}, or ask for a shorter answer.`,
    });
  };

  /** Tries to take a place; null: wait for a call that runs side by side to settle. */
  const tryReserve = (input: number, need: CallNeed): { cap: number | null; by: 'tokens' | 'cost' | null; tokens: number; cost: number } | null => {
    const wait = (name: LimitName, max: number, value: number): null => {
      if (held.calls > 0) return null;
      throw stop(name, max, value);
    };
    if (limits.calls !== undefined && used.calls + held.calls + 1 > limits.calls) return wait('calls', limits.calls, used.calls);
    // The longest answer that there can be, as far as that is known: what is reserved for it.
    let most: number | null = need.maxOutputTokens ?? (need.contextWindow === null ? null : Math.max(1, need.contextWindow - input));
    let by: 'tokens' | 'cost' | null = null;
    if (limits.tokens !== undefined) {
      const room = limits.tokens - used.tokens - held.tokens - input;
      if (room < 1) return wait('tokens', limits.tokens, used.tokens);
      // With others under way, wait for them rather than be cut shorter than asked.
      if (held.calls > 0 && (most === null || room < most)) return null;
      if (most === null || room < most) [most, by] = [room, 'tokens'];
    }
    const price = need.price === null ? null : ratesOf(need.price, input);
    if (limits.cost !== undefined && price !== null && price.input + price.output > 0) {
      const room = limits.cost - used.cost - held.cost - (input * price.input) / 1e6;
      // Sums of dollars are a little off: the last token that just fits is one.
      const outputs = price.output === 0 ? (room < 0 ? 0 : Infinity) : Math.floor((room * 1e6) / price.output + 1e-6);
      if (outputs < 1) return wait('cost', limits.cost, used.cost);
      if (held.calls > 0 && (most === null || outputs < most)) return null;
      if (outputs !== Infinity && (most === null || outputs < most)) [most, by] = [outputs, 'cost'];
    }
    const tokens = limits.tokens === undefined ? 0 : input + (most ?? 0);
    const cost = limits.cost === undefined || price === null ? 0 : (input * price.input + (most ?? 0) * price.output) / 1e6;
    return { cap: by === null ? need.maxOutputTokens : most, by, tokens, cost };
  };

  return {
    deadline: clock?.signal ?? null,
    step() {
      if (limits.steps !== undefined && used.steps + 1 > limits.steps) throw stop('steps', limits.steps, used.steps);
      // After this meter's own word: a step that is not taken counts nowhere.
      outer?.step();
      used.steps += 1;
    },
    async reserve(need, signal) {
      if (limits.cost !== undefined && need.price === null) {
        throw new LimitError('cost', limits.cost, used.cost, {
          message: `A cost limit is set for ${scope}, but the price of ${need.model} is unknown, so it could not be kept.`,
          hint: 'Give the price in the model list: `price: { input: 0.4, output: 1.6 }` (US dollars per million tokens), or limit tokens instead.',
        });
      }
      const input = counts ? await need.inputTokens() : 0;
      let own = tryReserve(input, need);
      while (own === null) {
        await settled(waiting, signal);
        own = tryReserve(input, need);
      }
      const place = own;
      held.calls += 1;
      held.tokens += place.tokens;
      held.cost += place.cost;
      const free = (): void => {
        held.calls -= 1;
        held.tokens -= place.tokens;
        held.cost -= place.cost;
        const woken = waiting;
        waiting = [];
        for (const wake of woken) wake();
      };
      let around: Reservation | undefined;
      try {
        around = await outer?.reserve({ ...need, inputTokens: counts ? async () => input : need.inputTokens, maxOutputTokens: place.cap }, signal);
      } catch (error) {
        free();
        throw error;
      }
      return {
        maxOutputTokens: around?.maxOutputTokens ?? place.cap,
        cut: around?.cut ?? (place.by === null ? null : cutAt(place.by, place.cap!)),
        settle(sent, usage, cost) {
          if (sent) used.calls += 1;
          // Of a call that was cut the prompt may not be told: it was what was counted before.
          if (usage !== null) used.tokens += (usage.inputTokens ?? input) + (usage.outputTokens ?? 0);
          used.cost += cost.usd ?? 0;
          free();
          around?.settle(sent, usage, cost);
        },
      };
    },
    close() {
      clock?.stop();
    },
  };
}

function settled(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    waiting.push(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}

/** The longest that a timer can wait, in milliseconds: some 25 days. What is longer is no limit. */
const longestTimer = 2 ** 31 - 1;

function startClock(seconds: number, scope: string): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const over = (): void =>
    controller.abort(
      new LimitError('seconds', seconds, seconds, {
        message: `The limit of ${seconds} ${limitUnit('seconds', seconds)} of ${scope} is reached.`,
        hint: `What was made is kept. Raise ${raised.seconds} of ${scope}, or let it do less.`,
      }),
    );
  // No time at all is over before anything can be sent.
  if (seconds <= 0) over();
  if (seconds <= 0 || seconds * 1000 > longestTimer) return { signal: controller.signal, stop: () => undefined };
  const timer = setTimeout(over, seconds * 1000);
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}

function limitUnit(name: LimitName, max: number): string {
  const unit = { calls: 'calls', steps: 'steps', tokens: 'tokens', cost: 'US dollars', seconds: 'seconds' }[name];
  return max === 1 ? unit.replace(/s$/, '').replace('dollars', 'dollar') : unit;
}

/** Where each limit is given. */
const raised: Readonly<Record<LimitName, string>> = {
  calls: '`limits.calls`', steps: '`limits.steps`', tokens: '`limits.tokens`, `budget` or `--max-tokens`', cost: '`limits.cost`, `budget` or `--max-cost`', seconds: '`limits.seconds`',
};

function formatUsed(name: LimitName, value: number): string {
  return name === 'cost' ? `$${value.toFixed(5)}` : String(value);
}
