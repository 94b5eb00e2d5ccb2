import { countText } from '../../core/tokens/count.ts';
import { parentPort } from 'node:worker_threads';
import type { CountKind } from '../../core/models/model.ts';

/** Texts to count, as a model's tokenizer or an encoding counts. */
export interface CountRequest {
  readonly id: number;
  readonly texts: readonly string[];
  readonly tokenizer: string;
}

export interface CountReply {
  readonly id: number;
  /** Tokens of each text. */
  readonly counts: readonly number[];
  readonly kind: CountKind;
}

/** What is longer is counted by its beginning, in proportion: a count while somebody types must not take long. */
const longest = 20_000;

parentPort?.on('message', (request: CountRequest) => void answer(request));

async function answer({ id, texts, tokenizer }: CountRequest): Promise<void> {
  const counts: number[] = [];
  let kind: CountKind = 'exact';
  for (const text of texts) {
    const whole = text.length <= longest;
    const counted = await countText(whole ? text : text.slice(0, longest), tokenizer);
    counts.push(whole ? counted.tokens : Math.round((counted.tokens * text.length) / longest));
    if (!whole || counted.kind === 'estimate') kind = 'estimate';
  }
  parentPort?.postMessage({ id, counts, kind } satisfies CountReply);
}
