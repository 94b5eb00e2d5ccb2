import type { LimitError, Reservation } from './meter.ts';
import type { Model } from '../models/model.ts';

/** What has come of an answer, as far as its length is measured. */
export interface Written {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[];
  /** Pieces in which it came. */
  readonly deltas: number;
}

/** The most tokens that limits leave to an answer, where they leave it less than it asks for. */
export interface AnswerBound {
  readonly cap: number;
  /** Whether the server is told. It is not told more than it may take as a longest answer, which nobody knows of it. */
  readonly told: boolean;
  readonly error: LimitError;
  /** Looks at an answer as it comes. @throws LimitError where it goes on beyond the bound, since the server was not told or does not care. */
  hold(answer: Written): Promise<void> | undefined;
}

/** A longest answer of this many tokens is taken by about every model, larger ones are refused by some. */
const mostTold = 4096;
/** Some servers cut one token into pieces; and another model's tokens are not ours. */
const slack = 8;
const slackFactor = 1.25;

export interface Bounding {
  readonly model: Model;
  /** What the request itself asks for at most. */
  readonly asked: number | undefined;
  /** A server has refused the longest answer that it was told. */
  readonly refused: boolean;
}

/** The bound of an answer by what the meter has left it; null where that is no less than what is asked for. */
export function answerBound({ maxOutputTokens: cap, cut: error }: Pick<Reservation, 'maxOutputTokens' | 'cut'>, { model, asked, refused }: Bounding): AnswerBound | null {
  if (cap === null || error === null) return null;
  const told = !refused && (asked !== undefined || cap <= mostTold);
  /** Counting is not done before an answer has so many characters: no text has more tokens than these. */
  let due = model.capabilities.tokenDeltas === true ? Infinity : cap;
  const count = async (answer: Written): Promise<void> => {
    const text = textOf(answer);
    const counted = await model.countTokens(text).catch(() => null);
    if (counted === null) return void (due = Infinity);
    if (counted.tokens > (counted.kind === 'exact' ? cap : cap * slackFactor + slack)) throw error;
    due = text.length + Math.max(32, cap - counted.tokens);
  };
  return {
    cap, told, error,
    hold(answer) {
      // Each piece is a token at least.
      if (answer.deltas > cap + slack) throw error;
      return answer.text.length + answer.reasoning.length + answer.refusal.length >= due ? count(answer) : undefined;
    },
  };
}

/** Everything that was written, as one text. */
export function textOf({ text, reasoning, refusal, toolCalls }: Omit<Written, 'deltas'>): string {
  return reasoning + text + refusal + toolCalls.map((call) => call.name + call.arguments).join('');
}
