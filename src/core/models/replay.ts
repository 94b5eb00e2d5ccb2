import { countRequest, countText } from '../tokens/count.ts';
import { finishEvent, newAnswer, readChunk, usageEvent } from './openai/chunks.ts';
import { newAnswerBook, type RecordedAnswer } from './answer-book.ts';
import { lackable, readRecorded, recordedRequest, type Lack, type RecordedCompletion } from './recorded.ts';
import { ModelError, type Model, type ModelConfig, type ModelEvent, type Provider } from './model.ts';
import { nearestFinder, type NearestFinder } from './replay-miss.ts';

/** Answers from a file of recorded completions only. */
export const replay: Provider = {
  name: 'replay',
  doc: 'Recorded completions: answers only what was recorded, so that a notebook runs without a network.',
  async open(config, host) {
    let bytes: Uint8Array;
    try {
      bytes = await host.readFile(config.model);
    } catch (error) {
      throw new ModelError('model-missing', `The recorded completions cannot be read: ${error instanceof Error ? error.message : String(error)}`, { sent: false, hint: 'Check the path after `replay:`. `promptnb run --record FILE` makes such a file.' });
    }
    return replayModel(config, new TextDecoder().decode(bytes));
  },
  async ready(config, host) {
    try {
      await host.readFile(config.model);
      return { ready: true, why: null };
    } catch (error) {
      return { ready: false, why: `The recorded completions cannot be read: ${error instanceof Error ? error.message : String(error)}` };
    }
  },
  async facts(config) {
    return { contextWindow: config.contextWindow ?? null, price: config.price ?? { input: 0, output: 0 } };
  },
};

/**
 * A model that answers from `text`, the content of a file of recorded completions. The same request asked again gets the next
 * recorded answer, in the file's order; a record with k choices answers k requests, one by one. Each opened model begins anew.
 */
export function replayModel(config: ModelConfig, text: string): Model {
  const { completions, problems } = readRecorded(text);
  const book = newAnswerBook(completions);
  const lacks = Object.fromEntries(lackable.filter((name) => lackedBy(completions, name)).map((name) => [name, false]));
  let nearest: NearestFinder | undefined;
  let told = problems.length === 0;
  const tokenizer = config.tokenizer === undefined || config.tokenizer === 'server' ? (modelOf(completions) ?? config.model) : config.tokenizer;
  return {
    id: config.id,
    identity: `replay ${config.model}`,
    capabilities: { stream: true, jsonSchema: true, tools: true, system: true, media: true, usage: true, local: true, seed: true, ...lacks, ...overrides(config) },
    contextWindow: config.contextWindow ?? null,
    price: config.price ?? { input: 0, output: 0 },
    // Answers are handed out in the order of asking, which parallel requests keep among equals.
    concurrency: { key: `replay ${config.model}`, limit: config.limits?.concurrency ?? 64 },
    source: 'replay',
    config: config.config ?? {},
    describe: (request) => ({ url: `replay:${config.model}`, body: recordedRequest(request, config.model) }),
    async *stream(request, signal): AsyncGenerator<ModelEvent, void> {
      signal.throwIfAborted();
      const asked = recordedRequest(request, config.model);
      const found = book.take(asked);
      if (found === undefined) throw miss(config.model, { used: book.records(asked), damaged: problems, nearest: () => (nearest ??= nearestFinder(completions))(asked) });
      yield { type: 'response-start', ...(typeof found.completion.request.model === 'string' && { model: found.completion.request.model }) };
      if (!told) {
        told = true;
        for (const { line, message } of problems.slice(0, 5)) yield { type: 'note', text: `Line ${line} of ${config.model} was passed over: ${message}` };
      }
      for (const event of answerEvents(found)) {
        signal.throwIfAborted();
        yield event;
      }
    },
    countTokens: (input) => (typeof input === 'string' ? countText(input, tokenizer) : countRequest(input, tokenizer)),
  };
}

/** What a recorded model lacked, unless another request in the file made use of it. */
function lackedBy(completions: readonly RecordedCompletion[], name: Lack): boolean {
  const parameter = { jsonSchema: 'response_format', tools: 'tools', system: null, media: null }[name];
  return completions.some(({ lacks }) => lacks.includes(name)) && !completions.some(({ request }) => parameter !== null && request[parameter] !== undefined);
}

/** The model that was recorded, for counting. */
function modelOf(completions: readonly RecordedCompletion[]): string | undefined {
  const model = completions[0]?.request.model;
  return typeof model === 'string' ? model : undefined;
}

function overrides(config: ModelConfig) {
  const { maxTokens: _maxTokens, omit: _omit, ...capabilities } = config.capabilities ?? {};
  return capabilities;
}

function* answerEvents({ completion, choice }: RecordedAnswer): Generator<ModelEvent> {
  const answer = newAnswer();
  const events: ModelEvent[] = [];
  const { index: _index, ...recorded } = completion.choices[choice]!;
  // Recorded usage is of the whole request: the first of its answers carries it, the others cost nothing more.
  const usage = completion.usage === null ? {} : { usage: choice === 0 ? completion.usage : { prompt_tokens: 0, completion_tokens: 0 } };
  readChunk({ choices: [recorded], ...usage }, answer, events);
  if (answer.finish === null) answer.finish = { reason: 'stop', raw: '' };
  // Nobody is paid for a recorded answer, whatever it cost when it was made.
  answer.cost = null;
  yield* events;
  const used = usageEvent(answer);
  if (used !== undefined) yield used;
  const finish = finishEvent(answer);
  if (finish !== undefined) yield finish;
}

interface Missed {
  /** The records that have answered this request before. */
  readonly used: readonly RecordedCompletion[];
  readonly damaged: readonly { readonly line: number }[];
  readonly nearest: () => ReturnType<NearestFinder>;
}

function miss(file: string, { used, damaged, nearest: findNearest }: Missed): ModelError {
  const lines = damaged.length === 0 ? '' : ` Line${damaged.length > 1 ? 's' : ''} ${damaged.slice(0, 5).map(({ line }) => line).join(', ')} could not be read.`;
  const details = { sent: false, hint: `Record it: run once with --record, on a model that answers.${lines}` };
  if (used.length > 0) {
    const answers = used.reduce((sum, one) => sum + one.choices.length, 0);
    const which = used.slice(0, 5).map((one) => one.line).join(', ');
    return new ModelError('replay-miss', `${answers === 1 ? 'The recorded answer' : `All ${answers} recorded answers`} to this request (line${used.length > 1 ? 's' : ''} ${which} of ${file}) ${answers === 1 ? 'has' : 'have'} been given.`, details);
  }
  const nearest = findNearest();
  if (nearest === undefined) return new ModelError('replay-miss', `${file} holds no recorded answer.`, details);
  return new ModelError('replay-miss', `${file} has no answer to this request. The nearest is line ${nearest.line}, which differs ${nearest.where}.`, details);
}
