import { countText } from '../src/core/tokens/count.ts';
import { messageText } from '../src/core/prompt/message.ts';
import { ModelError, type Model, type ModelEvent, type ModelRequest } from '../src/core/models/model.ts';

/** What a scripted model does with a request: answers a text, fails, or gives events one by one. */
export type Answer = string | ModelError | ((request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent> | Iterable<ModelEvent>);

export interface ScriptedModel extends Model {
  /** Every request that was sent, in order. */
  readonly requests: readonly ModelRequest[];
}

/**
 * Stands in for a model where a test is about the engine and not about a provider: answers are a function of the last message's text,
 * each word a delta; usage is a count of words, so that sums are easy to check.
 */
export function scriptedModel(answer: (text: string, request: ModelRequest) => Answer, overrides: Partial<Model> = {}): ScriptedModel {
  const requests: ModelRequest[] = [];
  return {
    id: 'scripted', identity: 'scripted', source: 'live', config: {}, contextWindow: null, price: { input: 1, output: 2 },
    capabilities: { stream: true, jsonSchema: false, tools: true, system: true, media: false, usage: true, local: false, seed: true },
    concurrency: { key: 'scripted', limit: 16 },
    requests,
    describe: (request) => ({ url: 'scripted:', body: request.messages.map(messageText) }),
    async *stream(request, signal): AsyncGenerator<ModelEvent, void> {
      requests.push(request);
      const text = messageText(request.messages.at(-1)!);
      const given = answer(text, request);
      if (given instanceof ModelError) throw given;
      yield { type: 'response-start', status: 200 };
      if (typeof given === 'function') {
        yield* given(request, signal);
        return;
      }
      for (const word of given.split(/(?<= )/)) {
        await Promise.resolve();
        signal.throwIfAborted();
        yield { type: 'text-delta', text: word };
      }
      const inputTokens = request.messages.reduce((sum, message) => sum + words(messageText(message)), 0);
      yield { type: 'usage', usage: { inputTokens, outputTokens: words(given), cachedInputTokens: 0, reasoningTokens: null, kind: 'provider' } };
      yield { type: 'finish', reason: 'stop' };
    },
    countTokens: async (input) => (typeof input === 'string' ? countText(input, 'o200k') : { tokens: input.messages.reduce((sum, message) => sum + words(messageText(message)), 0), kind: 'estimate' }),
    ...overrides,
  };
}

export function words(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}
