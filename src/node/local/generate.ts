import type { EndReason, Generate, SampledToken } from './protocol.ts';
import type { GrammarState, LlamaModel, LlamaSequence, SequenceOptions, Token } from './llama-api.ts';
import { createStopFilter } from './stop.ts';

export interface Generation {
  readonly model: LlamaModel;
  readonly sequence: LlamaSequence;
  readonly tokens: readonly Token[];
  readonly settings: Generate;
  /** The state of the answer's grammar; new for each answer. */
  readonly grammar: GrammarState | null;
  /** Tokens that prompt and answer may have together. */
  readonly contextWindow: number;
  readonly signal: AbortSignal;
  emit(text: string, tokens?: readonly SampledToken[]): void;
}

/** Tokens of a prompt that are evaluated at once, and after which a cancel is seen. */
export const batchSize = 256;

/** A token may hold a part of a character; so many are waited for before what cannot be read is shown as U+FFFD. */
const maxPartial = 8;

/**
 * Generates one answer. The same tokens and settings give the same answer: the context is cleared first, since a prompt that is
 * evaluated in other batches than before gives slightly other numbers.
 */
export async function generate(generation: Generation): Promise<{ readonly reason: EndReason | 'cancelled'; readonly outputTokens: number }> {
  const { settings, model, sequence, signal } = generation;
  const room = generation.contextWindow - generation.tokens.length;
  const most = Math.min(settings.maxTokens ?? room, room);
  const stop = createStopFilter(settings.stop);
  const reader = createReader(model, generation.tokens);
  const drawn: Token[] = [];
  let sampled: SampledToken[] = [];
  let reason: EndReason | 'cancelled' = 'end-token';
  await sequence.clearHistory();
  const last = await readPrompt(generation);
  if (last === null) return { reason: 'cancelled', outputTokens: 0 };
  const wantsProbabilities = settings.logprobs !== null;
  const stream = sequence.evaluateWithMetadata(last, { probabilities: wantsProbabilities }, options(generation, drawn));
  const show = (text: string): void => {
    if (text === '' && sampled.length === 0) return;
    generation.emit(text, ...(wantsProbabilities ? [sampled] : []));
    sampled = [];
  };
  for await (const step of stream) {
    drawn.push(step.token);
    if (step.probabilities !== undefined) sampled.push(sampledToken(model, { token: step.token, probabilities: step.probabilities, count: settings.logprobs ?? 0 }));
    const { text, stopped } = stop.push(reader.push(step.token));
    show(text);
    if (stopped) reason = 'stop-sequence';
    else if (signal.aborted) reason = 'cancelled';
    else if (drawn.length >= most) reason = most < (settings.maxTokens ?? Infinity) ? 'context-full' : 'max-tokens';
    if (reason !== 'end-token') break;
  }
  if (reason !== 'stop-sequence') {
    const { text, stopped } = stop.push(reader.rest());
    show(stopped ? text : text + stop.rest());
    if (stopped && reason !== 'cancelled') reason = 'stop-sequence';
  }
  return { reason, outputTokens: drawn.length };
}

/** Evaluates the prompt but for its last batch, which it returns; null when cancelled between batches. */
async function readPrompt({ sequence, tokens, signal }: Generation): Promise<readonly Token[] | null> {
  let at = 0;
  for (; tokens.length - at > batchSize; at += batchSize) {
    if (signal.aborted) return null;
    await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(at, at + batchSize));
  }
  return signal.aborted ? null : tokens.slice(at);
}

function options({ settings, grammar }: Generation, drawn: readonly Token[]): SequenceOptions {
  const { presencePenalty, frequencyPenalty, ...sampling } = settings.sampling;
  return {
    ...sampling,
    ...(grammar !== null && { grammarEvaluationState: grammar }),
    ...((presencePenalty !== 0 || frequencyPenalty !== 0) && {
      repeatPenalty: { penalty: 1, presencePenalty, frequencyPenalty, punishTokens: () => [...drawn], maxPunishTokens: 8192 },
    }),
  };
}

/** Turns tokens into text, holding back the bytes of characters that are not whole yet. */
function createReader(model: LlamaModel, prompt: readonly Token[]): { push(token: Token): string; rest(): string } {
  let before = prompt.slice(-8);
  let pending: Token[] = [];
  const take = (): string => {
    const text = model.detokenize(pending, false, before);
    before = [...before, ...pending].slice(-8);
    pending = [];
    return text;
  };
  return {
    push(token) {
      pending.push(token);
      if (pending.length < maxPartial && model.detokenize(pending, false, before).endsWith('\uFFFD')) return '';
      return take();
    },
    rest: () => (pending.length === 0 ? '' : take()),
  };
}

function sampledToken(model: LlamaModel, draw: { readonly token: Token; readonly probabilities: ReadonlyMap<Token, number>; readonly count: number }): SampledToken {
  const text = (token: Token): string => model.detokenize([token], true);
  const top: { text: string; logprob: number }[] = [];
  // The map is sorted, the likeliest first.
  for (const [token, probability] of draw.probabilities) {
    if (top.length >= draw.count) break;
    top.push({ text: text(token), logprob: Math.log(probability) });
  }
  const own = text(draw.token);
  return { text: own, logprob: Math.log(draw.probabilities.get(draw.token) ?? 0), bytes: [...new TextEncoder().encode(own)], top };
}
