import assert from 'node:assert/strict';
import { batchSize, generate } from './generate.ts';
import type { Generate, SampledToken } from './protocol.ts';
import type { LlamaModel, LlamaSequence, SequenceOptions, Token } from './llama-api.ts';

const bytes = (text: string): readonly number[] => [...new TextEncoder().encode(text)];

interface Setting {
  /** The bytes that each token stands for, in the order in which they are drawn. */
  readonly draws: readonly (string | readonly number[])[];
  readonly prompt?: number;
  readonly contextWindow?: number;
  readonly settings?: Partial<Generate>;
  /** Before which draw it is cancelled. */
  readonly cancelAt?: number;
  /** While which batch of the prompt it is cancelled. */
  readonly cancelInBatch?: number;
}

/** Generates with a sequence that draws what it is told, and keeps what it was asked. */
async function run({ draws, prompt = 3, contextWindow = 100, settings = {}, cancelAt, cancelInBatch }: Setting) {
  const pieces = draws.map((draw) => (typeof draw === 'string' ? bytes(draw) : draw));
  const controller = new AbortController();
  const shown: string[] = [];
  const sampled: (readonly SampledToken[] | undefined)[] = [];
  const asked: { readonly batches: number[]; readonly options: SequenceOptions[]; cleared: number } = { batches: [], options: [], cleared: 0 };
  const model = { detokenize: (tokens: readonly Token[]) => new TextDecoder().decode(Uint8Array.from(tokens.flatMap((token) => pieces[token - 1000] ?? []))) } as unknown as LlamaModel;
  const sequence = {
    clearHistory: async () => void (asked.cleared += 1),
    evaluateWithoutGeneratingNewTokens: async (tokens: readonly Token[]) => {
      asked.batches.push(tokens.length);
      if (asked.batches.length === cancelInBatch) controller.abort();
    },
    async *evaluateWithMetadata(tokens: readonly Token[], { probabilities }: { readonly probabilities?: boolean }, options: SequenceOptions) {
      asked.batches.push(tokens.length);
      asked.options.push(options);
      for (let index = 0; index < pieces.length; index++) {
        if (index === cancelAt) controller.abort();
        yield { token: (1000 + index) as Token, ...(probabilities === true && { probabilities: new Map([[1000 + index, 0.5], [1000, 0.25], [1001, 0.125]] as [Token, number][]) }) };
      }
    },
  } as unknown as LlamaSequence;
  const end = await generate({
    model, sequence, contextWindow, signal: controller.signal, grammar: null,
    tokens: Array.from({ length: prompt }, (_, index) => index as Token),
    settings: { prompt: [], sampling: { temperature: 0, topK: 40, topP: 0.95, minP: 0.05, seed: 1, presencePenalty: 0, frequencyPenalty: 0 }, grammar: null, stop: [], maxTokens: null, logprobs: null, ...settings },
    emit: (text, tokens) => {
      shown.push(text);
      sampled.push(tokens);
    },
  });
  return { end, shown, sampled, asked };
}

describe('An answer of the model in the child', () => {
  it('comes piece by piece, and ends by itself', async () => {
    const { end, shown, asked } = await run({ draws: ['Hel', 'lo', '!'] });
    assert.deepEqual([shown, end, asked.cleared], [['Hel', 'lo', '!'], { reason: 'end-token', outputTokens: 3 }, 1]);
  });

  it('ends at the tokens asked for, or where the context is full', async () => {
    const draws = Array.from({ length: 50 }, () => 'a');
    assert.deepEqual((await run({ draws, settings: { maxTokens: 4 } })).end, { reason: 'max-tokens', outputTokens: 4 });
    assert.deepEqual((await run({ draws, contextWindow: 10 })).end, { reason: 'context-full', outputTokens: 7 });
    assert.deepEqual((await run({ draws, contextWindow: 10, settings: { maxTokens: 7 } })).end, { reason: 'max-tokens', outputTokens: 7 });
    assert.deepEqual((await run({ draws, contextWindow: 10, settings: { maxTokens: 9 } })).end, { reason: 'context-full', outputTokens: 7 });
  });

  it('shows a character when it is whole, and what never will be as U+FFFD', async () => {
    const [a, b, c, d] = bytes('😀') as [number, number, number, number];
    assert.deepEqual((await run({ draws: ['x', [a], [b, c], [d], 'y'] })).shown, ['x', '😀', 'y']);
    assert.deepEqual((await run({ draws: [[a, b]] })).shown, ['\uFFFD']);
    const { shown, end } = await run({ draws: Array.from({ length: 20 }, () => [0xff]) });
    assert.equal(shown.join(''), '\uFFFD'.repeat(20));
    assert.ok(shown.length > 1, 'it is not waited for without end');
    assert.equal(end.outputTokens, 20);
  });

  it('ends before a stop sequence, over tokens and within one, and counts the tokens that were drawn', async () => {
    assert.deepEqual(await run({ draws: ['a', 'E', 'N', 'Db', 'c'], settings: { stop: ['END'] } }).then(({ shown, end }) => [shown.join(''), end]), ['a', { reason: 'stop-sequence', outputTokens: 4 }]);
    assert.deepEqual(await run({ draws: ['a', 'EN'], settings: { stop: ['END'] } }).then(({ shown, end }) => [shown.join(''), end.reason]), ['aEN', 'end-token']);
    assert.deepEqual(await run({ draws: ['a', 'END'], settings: { stop: ['END'], maxTokens: 2 } }).then(({ shown, end }) => [shown.join(''), end.reason]), ['a', 'stop-sequence']);
  });

  it('is cancelled between tokens, with what it has', async () => {
    const { shown, end } = await run({ draws: ['a', 'b', 'c', 'd'], cancelAt: 2 });
    assert.deepEqual([shown.join(''), end], ['abc', { reason: 'cancelled', outputTokens: 3 }]);
  });

  it('reads a long prompt in batches, and is cancelled between them', async () => {
    const prompt = 2 * batchSize + 5;
    assert.deepEqual((await run({ draws: ['a'], prompt, contextWindow: 5000 })).asked.batches, [batchSize, batchSize, 5]);
    assert.deepEqual((await run({ draws: ['a'], prompt: batchSize, contextWindow: 5000 })).asked.batches, [batchSize]);
    const { end, asked } = await run({ draws: ['a'], prompt, contextWindow: 5000, cancelInBatch: 1 });
    assert.deepEqual([end, asked.batches], [{ reason: 'cancelled', outputTokens: 0 }, [batchSize]]);
  });

  it('tells each token’s probability, and as many others as asked for', async () => {
    const { sampled } = await run({ draws: ['a', 'b'], settings: { logprobs: 2 } });
    assert.deepEqual(sampled[1], [{ text: 'b', logprob: Math.log(0.125), bytes: [98], top: [{ text: 'b', logprob: Math.log(0.125) }, { text: 'a', logprob: Math.log(0.25) }] }]);
    const { sampled: none, shown } = await run({ draws: ['a', 'EN', 'D'], settings: { logprobs: 0, stop: ['END'] } });
    assert.deepEqual(none.map((tokens) => tokens?.map(({ text, top }) => [text, top.length])), [[['a', 0]], [['EN', 0]], [['D', 0]]], 'also of what is held back or cut off');
    assert.equal(shown.join(''), 'a');
    assert.deepEqual((await run({ draws: ['a'] })).sampled, [undefined]);
  });

  it('punishes repetition only where that is asked for', async () => {
    const sampling = { temperature: 0, topK: 40, topP: 0.95, minP: 0.05, seed: 1, presencePenalty: 0, frequencyPenalty: 0 };
    assert.equal((await run({ draws: ['a'], settings: { sampling } })).asked.options[0]!.repeatPenalty, undefined);
    const { asked } = await run({ draws: ['a', 'b'], settings: { sampling: { ...sampling, presencePenalty: 0.5 } } });
    const { repeatPenalty } = asked.options[0]!;
    assert.deepEqual([repeatPenalty?.presencePenalty, repeatPenalty?.frequencyPenalty, repeatPenalty?.penalty, repeatPenalty?.punishTokens()], [0.5, 0, 1, [1000, 1001]], 'of the answer’s own tokens');
  });
});
