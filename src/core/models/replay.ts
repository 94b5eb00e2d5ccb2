import { countRequest, countText } from '../tokens/count.ts';
import { finishEvent, newAnswer, readChunk, usageEvent } from './openai/chunks.ts';
import type { JsonObject } from '../json.ts';
import { messagesKey, readRecorded, recordedRequest, settingsOf, type RecordedCompletion } from './recorded.ts';
import { ModelError, type Model, type ModelConfig, type ModelEvent, type Provider } from './model.ts';
import { nearestRequest } from './replay-miss.ts';

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
};

/** One recorded request: its answers in order, and which is next. */
interface Entry {
  readonly completion: RecordedCompletion;
  readonly settings: ReadonlyMap<string, string>;
  next: number;
}

/**
 * A model that answers from `text`, the content of a file of recorded completions. The same request asked again gets the next
 * recorded answer, in the file's order; a record with k choices answers k requests, one by one. Each opened model begins anew.
 */
export function replayModel(config: ModelConfig, text: string): Model {
  const { completions, problems } = readRecorded(text);
  const byMessages = new Map<string, Entry[]>();
  for (const completion of completions) {
    const key = messagesKey(completion.request);
    const entry = { completion, settings: settingsOf(completion.request), next: 0 };
    const entries = byMessages.get(key);
    if (entries === undefined) byMessages.set(key, [entry]);
    else entries.push(entry);
  }
  let told = problems.length === 0;
  const tokenizer = config.tokenizer ?? modelOf(completions) ?? config.model;
  return {
    id: config.id,
    identity: `replay ${config.model}`,
    capabilities: { stream: true, jsonSchema: true, tools: true, system: true, media: true, usage: true, local: true, seed: true, ...overrides(config) },
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
      const found = take(asked, byMessages);
      if (found === undefined) throw miss(asked, config.model, { completions, damaged: problems });
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

/** The model that was recorded, for counting. */
function modelOf(completions: readonly RecordedCompletion[]): string | undefined {
  const model = completions[0]?.request.model;
  return typeof model === 'string' ? model : undefined;
}

function overrides(config: ModelConfig) {
  const { maxTokens: _maxTokens, omit: _omit, ...capabilities } = config.capabilities ?? {};
  return capabilities;
}

/** The next answer to this request, taken off; undefined when none is left. */
function take(asked: JsonObject, byMessages: ReadonlyMap<string, Entry[]>): { readonly completion: RecordedCompletion; readonly choice: number } | undefined {
  const entries = byMessages.get(messagesKey(asked));
  const settings = settingsOf(asked);
  const index = entries?.findIndex((entry) => given(entry.settings, settings)) ?? -1;
  const entry = entries?.[index];
  if (entries === undefined || entry === undefined) return undefined;
  const choice = entry.next;
  entry.next += 1;
  // What is used up is taken out, so that finding the next stays quick.
  if (entry.next === entry.completion.choices.length) entries.splice(index, 1);
  return { completion: entry.completion, choice };
}

/** Whether the settings that a record gives are the request's. */
function given(recorded: ReadonlyMap<string, string>, asked: ReadonlyMap<string, string>): boolean {
  for (const [name, value] of recorded) if (asked.get(name) !== value) return false;
  return true;
}

function* answerEvents({ completion, choice }: { readonly completion: RecordedCompletion; readonly choice: number }): Generator<ModelEvent> {
  const answer = newAnswer();
  const events: ModelEvent[] = [];
  const { index: _index, ...recorded } = completion.choices[choice]!;
  // Recorded usage is of the whole request: the first of its answers carries it, the others cost nothing more.
  const usage = completion.usage === null ? {} : { usage: choice === 0 ? completion.usage : { prompt_tokens: 0, completion_tokens: 0 } };
  readChunk({ choices: [recorded], ...usage }, answer, events);
  if (answer.finish === null) answer.finish = { reason: 'stop', raw: '' };
  yield* events;
  const used = usageEvent(answer);
  if (used !== undefined) yield used;
  const finish = finishEvent(answer);
  if (finish !== undefined) yield finish;
}

interface Missed {
  readonly completions: readonly RecordedCompletion[];
  readonly damaged: readonly { readonly line: number }[];
}

function miss(asked: JsonObject, file: string, { completions, damaged }: Missed): ModelError {
  const settings = settingsOf(asked);
  const key = messagesKey(asked);
  const used = completions.filter((one) => messagesKey(one.request) === key && given(settingsOf(one.request), settings));
  const lines = damaged.length === 0 ? '' : ` Line${damaged.length > 1 ? 's' : ''} ${damaged.slice(0, 5).map(({ line }) => line).join(', ')} could not be read.`;
  const details = { sent: false, hint: `Record it: run once with --record, on a model that answers.${lines}` };
  if (used.length > 0) {
    const answers = used.reduce((sum, one) => sum + one.choices.length, 0);
    const which = used.slice(0, 5).map((one) => one.line).join(', ');
    return new ModelError('replay-miss', `${answers === 1 ? 'The recorded answer' : `All ${answers} recorded answers`} to this request (line${used.length > 1 ? 's' : ''} ${which} of ${file}) ${answers === 1 ? 'has' : 'have'} been given.`, details);
  }
  const nearest = nearestRequest(asked, completions);
  if (nearest === undefined) return new ModelError('replay-miss', `${file} holds no recorded answer.`, details);
  return new ModelError('replay-miss', `${file} has no answer to this request. The nearest is line ${nearest.line}, which differs ${nearest.where}.`, details);
}
