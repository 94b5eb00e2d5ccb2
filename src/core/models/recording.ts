import { isObject, type JsonObject } from '../json.ts';
import { lackable, messagesKey, recordedLine, recordedRequest, settingsOf } from './recorded.ts';
import { withFormInstruction } from '../prompt/form-instruction.ts';
import type { FinishReason, Model, ModelEvent, ModelRequest, TokenLogprob, Usage } from './model.ts';

/**
 * The same model, with every whole answer appended to a file of recorded completions (docs/models.md, "Recorded completions"). Lines
 * of requests that say the same are written in the order of asking, whichever is answered first, so that samples come back as they
 * were. Answers that were cut, cancelled or refused with an error are not recorded. `append` writes in the order of its calls; that
 * it failed is a note, since the answer itself is there.
 */
export function recordingModel(model: Model, append: (line: string) => Promise<void>): Model {
  const waiting = new Map<string, Slot[]>();
  return {
    id: model.id,
    identity: model.identity,
    get capabilities() {
      return model.capabilities;
    },
    contextWindow: model.contextWindow,
    price: model.price,
    concurrency: model.concurrency,
    ...(model.retry !== undefined && { retry: model.retry }),
    source: model.source,
    config: model.config,
    describe: (request) => model.describe(request),
    async *stream(request, signal): AsyncGenerator<ModelEvent, void> {
      const { body } = model.describe(request);
      // A replay lacks what this model lacks, and asks in words, too.
      const asked = request.output === undefined || model.capabilities.jsonSchema ? request : inWords(request);
      const recorded = recordedRequest(asked, isObject(body) && typeof body.model === 'string' ? body.model : model.id);
      const key = messagesKey(recorded);
      const slot: Slot = { state: 'open', line: null };
      const slots = waiting.get(key) ?? [];
      if (slots.length === 0) waiting.set(key, slots);
      slots.push(slot);
      const answer = newAnswer();
      const lacks = lackable.filter((name) => !model.capabilities[name]);
      let failure: Error | undefined;
      try {
        for await (const event of model.stream(request, signal)) {
          take(event, answer);
          yield event;
        }
        // One that a limit of this run has cut is whole in another run.
        const cut = answer.finish?.reason === 'length' && request.givenConfig !== undefined;
        if (answer.finish !== null && !cut) slot.line = recordedLine({ request: recorded, choices: [choiceOf(answer)], usage: usageOf(answer), lacks, defaults: defaultsIn(request, model) });
      } finally {
        slot.state = 'settled';
        failure = await flush(slots, append);
        if (slots.length === 0) waiting.delete(key);
      }
      if (failure !== undefined) yield { type: 'note', text: `The answer could not be recorded: ${failure.message}` };
    },
    countTokens: (input) => model.countTokens(input),
    ...(model.dropParameter !== undefined && { dropParameter: (parameter: string) => model.dropParameter!(parameter) }),
    ...(model.close !== undefined && { close: () => model.close!() }),
  };
}

/** The request as it is made of a model that takes no schema. */
function inWords({ output, ...request }: ModelRequest): ModelRequest {
  return { ...request, messages: withFormInstruction(request.messages, output?.schema) };
}

/** The settings of a request that are the model list's, by their names in the API. */
function defaultsIn(request: ModelRequest, model: Model): readonly string[] {
  const given = settingsOf(recordedRequest(request, model.id));
  const own = settingsOf(recordedRequest({ ...request, config: model.config, ...(request.givenConfig !== undefined && { givenConfig: model.config }) }, model.id));
  return [...own].filter(([name, value]) => given.get(name) === value).map(([name]) => name);
}

interface Slot {
  state: 'open' | 'settled';
  line: string | null;
}

/** Writes the lines before the first request that is still being answered; all at once, so that no later line comes between. Returns why it failed. */
async function flush(slots: Slot[], append: (line: string) => Promise<void>): Promise<Error | undefined> {
  const writing: Promise<void>[] = [];
  while (slots[0]?.state === 'settled') {
    const { line } = slots.shift()!;
    if (line !== null) writing.push(append(line));
  }
  const results = await Promise.allSettled(writing);
  const reason: unknown = results.find((result) => result.status === 'rejected')?.reason;
  return reason === undefined || reason instanceof Error ? reason : new Error('unknown', { cause: reason });
}

interface Answer {
  text: string;
  reasoning: string;
  refusal: string;
  readonly calls: { id: string; name: string; arguments: string }[];
  readonly logprobs: TokenLogprob[];
  usage: Usage | null;
  cost: number | null;
  finish: { readonly reason: FinishReason; readonly raw: string | undefined } | null;
}

function newAnswer(): Answer {
  return { text: '', reasoning: '', refusal: '', calls: [], logprobs: [], usage: null, cost: null, finish: null };
}

function take(event: ModelEvent, answer: Answer): void {
  switch (event.type) {
    case 'text-delta':
      answer.text += event.text;
      break;
    case 'reasoning-delta':
      answer.reasoning += event.text;
      break;
    case 'refusal-delta':
      answer.refusal += event.text;
      break;
    case 'tool-call-delta': {
      const call = (answer.calls[event.index] ??= { id: '', name: '', arguments: '' });
      call.id ||= event.id ?? '';
      call.name ||= event.name ?? '';
      call.arguments += event.arguments;
      break;
    }
    case 'logprobs':
      answer.logprobs.push(...event.tokens);
      break;
    case 'usage':
      answer.usage = event.usage;
      answer.cost = event.cost ?? answer.cost;
      break;
    case 'finish':
      answer.finish = { reason: event.reason, raw: event.raw };
      break;
    case 'response-start':
    case 'note':
      break;
  }
}

const finishWords: Readonly<Record<FinishReason, string>> = { stop: 'stop', length: 'length', 'tool-calls': 'tool_calls', 'content-filter': 'content_filter' };

function choiceOf(answer: Answer): JsonObject {
  const calls = answer.calls.filter((call) => call !== undefined);
  return {
    index: 0,
    message: {
      role: 'assistant',
      content: answer.text === '' && (calls.length > 0 || answer.refusal !== '') ? null : answer.text,
      ...(answer.reasoning !== '' && { reasoning_content: answer.reasoning }),
      ...(answer.refusal !== '' && { refusal: answer.refusal }),
      ...(calls.length > 0 && { tool_calls: calls.map((call) => ({ id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } })) }),
    },
    ...(answer.logprobs.length > 0 && {
      logprobs: { content: answer.logprobs.map(({ token, logprob, bytes, top }) => ({ token, logprob, bytes: bytes ?? null, top_logprobs: top.map((one) => ({ token: one.token, logprob: one.logprob })) })) },
    }),
    finish_reason: finishWords[answer.finish!.reason],
  };
}

function usageOf({ usage, cost }: Answer): JsonObject | null {
  // A guess would come back as a fact.
  if (usage === null || usage.kind === 'estimate' || usage.kind === 'calibrated') return null;
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage;
  return {
    ...(inputTokens !== null && { prompt_tokens: inputTokens }),
    ...(outputTokens !== null && { completion_tokens: outputTokens }),
    ...(inputTokens !== null && outputTokens !== null && { total_tokens: inputTokens + outputTokens }),
    ...(cachedInputTokens !== null && { prompt_tokens_details: { cached_tokens: cachedInputTokens } }),
    ...(reasoningTokens !== null && { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
    ...(cost !== null && { cost }),
  };
}
