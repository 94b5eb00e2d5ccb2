import { ModelError, type FinishReason, type ModelEvent, type TokenLogprob, type Usage } from '../model.ts';
import { isObject, type Json, type JsonObject } from '../../json.ts';

/** What one answer has brought so far, as far as its next chunk is read in its light. */
export interface AnswerState {
  /** A choice was seen: the server began to answer. */
  choices: boolean;
  /** A piece of the answer itself was seen: text, reasoning, a refusal, a tool call. */
  content: boolean;
  finish: { readonly reason: FinishReason; readonly raw: string } | null;
  /** The provider's word when it stopped for a failure of its own. */
  broken: string | null;
  usage: Usage | null;
  cost: number | null;
  model: string | null;
  /** The server counts reasoning in the total only (see the dialect). */
  readonly hidesReasoning: boolean;
  readonly calls: CallState[];
}

interface CallState {
  /** The server's own index, and the id that it gave. */
  readonly index: number;
  id: string;
}

export function newAnswer(hidesReasoning = false): AnswerState {
  return { choices: false, content: false, finish: null, broken: null, usage: null, cost: null, model: null, hidesReasoning, calls: [] };
}

/**
 * Reads one chunk of a stream (`chat.completion.chunk`), or a whole completion, into events. Text that follows text is joined to
 * the last event, so that what arrived together is one delta. Anything unexpected in a field is passed over: the finish decides.
 */
export function readChunk(chunk: JsonObject, answer: AnswerState, events: ModelEvent[]): void {
  if (answer.model === null && typeof chunk.model === 'string' && chunk.model !== '') {
    answer.model = chunk.model;
    events.push({ type: 'response-start', model: chunk.model });
  }
  const usage = isObject(chunk.usage) ? chunk.usage : isObject(chunk.x_groq) && isObject(chunk.x_groq.usage) ? chunk.x_groq.usage : undefined;
  if (usage !== undefined) readUsage(usage, answer);
  const { choices } = chunk;
  if (!Array.isArray(choices)) return;
  const choice = (choices as readonly Json[]).find((one) => isObject(one) && (one.index === undefined || one.index === 0));
  if (!isObject(choice)) return;
  answer.choices = true;
  const delta = isObject(choice.delta) ? choice.delta : isObject(choice.message) ? choice.message : undefined;
  if (delta !== undefined) readDelta(delta, answer, events);
  else if (typeof choice.text === 'string') addText('text-delta', choice.text, answer, events);
  if (isObject(choice.logprobs)) readLogprobs(choice.logprobs, events);
  if (isObject(choice.usage)) readUsage(choice.usage, answer); // Moonshot
  const raw = choice.finish_reason;
  if (typeof raw === 'string' && raw !== '' && answer.finish === null) readFinish(raw, answer);
}

function readDelta(delta: JsonObject, answer: AnswerState, events: ModelEvent[]): void {
  const reasoning = reasoningOf(delta);
  if (reasoning !== '') addText('reasoning-delta', reasoning, answer, events);
  const { content } = delta;
  if (typeof content === 'string') addText('text-delta', content, answer, events);
  else if (Array.isArray(content)) for (const part of content as readonly Json[]) readPart(part, answer, events);
  if (typeof delta.refusal === 'string') addText('refusal-delta', delta.refusal, answer, events);
  if (Array.isArray(delta.tool_calls)) for (const call of delta.tool_calls as readonly Json[]) if (isObject(call)) readToolCall(call, answer, events);
}

/**
 * Reasoning text under the names that servers have for it: `reasoning_content` (DeepSeek, llama.cpp, vLLM, xAI), `reasoning`
 * (OpenRouter, Groq, Ollama, vLLM since), `reasoning_text` (GitHub), `thinking`, and OpenRouter's `reasoning_details`. Servers that
 * send several send the same text in each, so the first one counts.
 */
function reasoningOf(delta: JsonObject): string {
  const text = firstText(delta.reasoning_content, delta.reasoning, delta.reasoning_text, delta.thinking);
  if (text !== '' || !Array.isArray(delta.reasoning_details)) return text;
  return (delta.reasoning_details as readonly Json[]).map((part) => (isObject(part) ? firstText(part.text, part.summary) : '')).join('');
}

/** Content in parts: text, refusals, and Mistral's thinking, which holds parts again. */
function readPart(part: Json, answer: AnswerState, events: ModelEvent[]): void {
  if (typeof part === 'string') return addText('text-delta', part, answer, events);
  if (!isObject(part)) return;
  if (part.type === 'thinking' || part.type === 'reasoning') {
    const inner = part.thinking ?? part.reasoning ?? part.text;
    const texts = Array.isArray(inner) ? (inner as readonly Json[]) : [inner];
    for (const one of texts) addText('reasoning-delta', typeof one === 'string' ? one : isObject(one) && typeof one.text === 'string' ? one.text : '', answer, events);
  } else if (typeof part.refusal === 'string') addText('refusal-delta', part.refusal, answer, events);
  else if (typeof part.text === 'string') addText('text-delta', part.text, answer, events);
}

function addText(type: 'text-delta' | 'reasoning-delta' | 'refusal-delta', text: string, answer: AnswerState, events: ModelEvent[]): void {
  if (text === '') return;
  answer.content = true;
  const last = events.length - 1;
  const before = events[last];
  if (before?.type === type) events[last] = { type, text: before.text + text };
  else events.push({ type, text });
}

/** More calls than this in one answer are a model or a server that went astray. */
const maxCalls = 512;

/**
 * A fragment of a tool call. Calls are told apart by index; servers that leave it out, or give all calls index 0, by a new id. The
 * index of the event counts calls from 0 whatever the server's is.
 */
function readToolCall(call: JsonObject, answer: AnswerState, events: ModelEvent[]): void {
  const called = isObject(call.function) ? call.function : {};
  const id = typeof call.id === 'string' ? call.id : '';
  const name = typeof called.name === 'string' ? called.name : '';
  const given = typeof call.index === 'number' ? call.index : undefined;
  let index = answer.calls.findLastIndex((known) => given === undefined || known.index === given);
  const isNew = index < 0 || (id !== '' && answer.calls[index]!.id !== id && name !== '');
  if (isNew) {
    index = answer.calls.length;
    if (index >= maxCalls) throw new ModelError('bad-response', `The answer asks for more than ${maxCalls} tool calls at once.`, { hint: 'The model went astray: run again, or choose another model.' });
    answer.calls.push({ index: given ?? index, id: id === '' ? `call_${index + 1}` : id });
  }
  const text = called.arguments === undefined || called.arguments === null ? '' : typeof called.arguments === 'string' ? called.arguments : JSON.stringify(called.arguments);
  answer.content = true;
  events.push({ type: 'tool-call-delta', index, ...(isNew && { id: answer.calls[index]!.id, name }), arguments: text });
}

function readLogprobs(logprobs: JsonObject, events: ModelEvent[]): void {
  if (!Array.isArray(logprobs.content)) return;
  const tokens: TokenLogprob[] = [];
  for (const entry of logprobs.content as readonly Json[]) {
    const token = tokenLogprob(entry);
    if (token === undefined) continue;
    const top = isObject(entry) && Array.isArray(entry.top_logprobs) ? (entry.top_logprobs as readonly Json[]) : [];
    const bytes = isObject(entry) && Array.isArray(entry.bytes) ? (entry.bytes as readonly Json[]).filter((byte) => typeof byte === 'number') : undefined;
    tokens.push({ ...token, ...(bytes !== undefined && { bytes }), top: top.map(tokenLogprob).filter((one) => one !== undefined) });
  }
  if (tokens.length > 0) events.push({ type: 'logprobs', tokens });
}

function tokenLogprob(entry: Json): { readonly token: string; readonly logprob: number } | undefined {
  return isObject(entry) && typeof entry.token === 'string' && typeof entry.logprob === 'number' ? { token: entry.token, logprob: entry.logprob } : undefined;
}

/**
 * The last usage wins: some servers send it with every chunk, growing. Names are OpenAI's, and for what others call differently
 * DeepSeek's (`prompt_cache_hit_tokens`), Moonshot's (`cached_tokens`), Anthropic's (`input_tokens`, `cache_read_input_tokens`).
 */
function readUsage(usage: JsonObject, answer: AnswerState): void {
  const part = (...names: readonly string[]): JsonObject => names.map((name) => usage[name]).find(isObject) ?? {};
  const input = part('prompt_tokens_details', 'input_tokens_details');
  const output = part('completion_tokens_details', 'output_tokens_details');
  const before = answer.usage;
  const inputTokens = count(usage.prompt_tokens) ?? count(usage.input_tokens);
  const outputTokens = count(usage.completion_tokens) ?? count(usage.output_tokens);
  const reasoningTokens = count(output.reasoning_tokens) ?? count(usage.reasoning_tokens);
  // xAI counts reasoning beside the completion, Gemini only in the total; both bill it as output.
  const beside = (count(usage.total_tokens) ?? 0) - (inputTokens ?? 0) - (outputTokens ?? 0);
  const more = beside > 0 && inputTokens !== null && outputTokens !== null && (beside === reasoningTokens || (answer.hidesReasoning && reasoningTokens === null)) ? beside : 0;
  // Words where numbers belong are no usage.
  if (inputTokens === null && outputTokens === null && reasoningTokens === null) return;
  answer.usage = {
    inputTokens: inputTokens ?? before?.inputTokens ?? null,
    outputTokens: outputTokens === null ? (before?.outputTokens ?? null) : outputTokens + more,
    cachedInputTokens: count(input.cached_tokens) ?? count(usage.prompt_cache_hit_tokens) ?? count(usage.cached_tokens) ?? count(usage.cache_read_input_tokens) ?? before?.cachedInputTokens ?? null,
    reasoningTokens: reasoningTokens ?? before?.reasoningTokens ?? null,
    kind: 'provider',
  };
  answer.cost = dollars(usage) ?? answer.cost;
}

/** What the call cost, where the server says: OpenRouter in US dollars, xAI in units of which a dollar has 10^10. */
function dollars(usage: JsonObject): number | null {
  const ticks = count(usage.cost_in_usd_ticks);
  return count(usage.cost) ?? (ticks === null ? null : ticks / 1e10);
}

function count(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

const finishes: Readonly<Record<string, FinishReason>> = {
  length: 'length', max_tokens: 'length', max_output_tokens: 'length', model_length: 'length', max_length: 'length',
  tool_calls: 'tool-calls', function_call: 'tool-calls', tool_use: 'tool-calls',
  content_filter: 'content-filter', safety: 'content-filter', recitation: 'content-filter', blocklist: 'content-filter', prohibited_content: 'content-filter', refusal: 'content-filter',
};
/** Reasons with which a server says that it did not come to an end: OpenRouter, vLLM, SGLang, DeepSeek, Groq. */
const broken = new Set(['error', 'abort', 'aborted', 'cancelled', 'insufficient_system_resource', 'network_error', 'malformed_function_call']);

/** A word that is not known is a stop: some servers name the stop sequence or the token. */
function readFinish(raw: string, answer: AnswerState): void {
  const word = raw.toLowerCase();
  if (broken.has(word)) {
    answer.broken = raw;
    return;
  }
  const reason = Object.hasOwn(finishes, word) ? finishes[word]! : 'stop';
  answer.finish = { reason, raw };
}

/** The finish as it is told: `stop` with tool calls is how Ollama and forced calls end, and means the calls. */
export function finishEvent(answer: AnswerState): ModelEvent | undefined {
  if (answer.finish === null) return undefined;
  const { reason, raw } = answer.finish;
  return { type: 'finish', reason: reason === 'stop' && answer.calls.length > 0 ? 'tool-calls' : reason, raw };
}

export function usageEvent(answer: AnswerState): ModelEvent | undefined {
  if (answer.usage === null) return undefined;
  return { type: 'usage', usage: answer.usage, ...(answer.cost !== null && { cost: answer.cost }) };
}

function firstText(...values: readonly (Json | undefined)[]): string {
  for (const value of values) if (typeof value === 'string' && value !== '') return value;
  return '';
}
