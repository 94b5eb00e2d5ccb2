import { ModelError, type Model, type ModelEvent, type ModelRequest } from './model.ts';
import type { Message } from '../prompt/message.ts';

/** What a model did when it was tried. null: it was not tried, or nobody can say. */
export interface Trial {
  /** Milliseconds to the end of the first answer. */
  readonly durationMs: number;
  readonly text: string;
  /** Whether it answered in more than one piece. */
  readonly streams: boolean;
  readonly usage: boolean;
  readonly jsonSchema: boolean | null;
  readonly tools: boolean | null;
  /** Tokens that all of this took, where the server says so. */
  readonly tokens: number | null;
}

/**
 * Tries a model with at most three short requests: a sentence, a form, a tool. What a server refuses, it cannot do.
 * @throws ModelError when it does not answer the first.
 */
export async function tryModel(model: Model, { signal, now }: { readonly signal: AbortSignal; readonly now: () => number }): Promise<Trial> {
  const started = now();
  const tookSchemas = model.capabilities.jsonSchema;
  const first = await ask(model, request('Say: one two three four five six seven eight nine ten.'), signal);
  const durationMs = now() - started;
  const form = await attempt(model, { ...request('Answer with JSON: is the sky blue? {"blue": true or false}'), output: { name: 'answer', schema: { type: 'object', properties: { blue: { type: 'boolean' } }, required: ['blue'], additionalProperties: false } } }, signal);
  const tool = await attempt(model, { ...request('What is 17 * 23? Use the tool.'), tools: [{ name: 'calculator', description: 'Computes an expression.', parameters: { type: 'object', properties: { expression: { type: 'string' } }, required: ['expression'], additionalProperties: false } }] }, signal);
  const all = [first, form, tool].filter((one) => one !== null);
  return {
    durationMs,
    text: first.text.trim(),
    streams: first.pieces > 1,
    usage: first.tokens !== null,
    // Where the server refused the parameter, the form was told in words.
    jsonSchema: form === null || (tookSchemas && !model.capabilities.jsonSchema) ? false : isAnswer(form.text),
    tools: tool === null ? false : tool.calls > 0,
    tokens: all.some((one) => one.tokens === null) ? null : all.reduce((sum, one) => sum + one.tokens!, 0),
  };
}

interface Answer {
  readonly text: string;
  readonly pieces: number;
  readonly calls: number;
  readonly tokens: number | null;
}

/** null where the server refuses it. A server that is gone is no answer to the question. */
async function attempt(model: Model, wanted: ModelRequest, signal: AbortSignal): Promise<Answer | null> {
  try {
    return await ask(model, wanted, signal);
  } catch (error) {
    if (error instanceof ModelError) return null;
    throw error;
  }
}

async function ask(model: Model, wanted: ModelRequest, signal: AbortSignal): Promise<Answer> {
  // A parameter that the server refuses by name is dropped, as in a run.
  for (let tries = 0; ; tries++) {
    try {
      return await collect(model.stream(wanted, signal));
    } catch (error) {
      const dropped = error instanceof ModelError && error.parameter !== undefined && tries < 4 && model.dropParameter?.(error.parameter) === true;
      if (!dropped) throw error;
    }
  }
}

async function collect(events: AsyncIterable<ModelEvent>): Promise<Answer> {
  let text = '';
  let pieces = 0;
  const calls = new Set<number>();
  let tokens: number | null = null;
  for await (const event of events) {
    if (event.type === 'text-delta') {
      text += event.text;
      pieces += 1;
    } else if (event.type === 'reasoning-delta') pieces += 1;
    else if (event.type === 'tool-call-delta') calls.add(event.index);
    else if (event.type === 'usage' && event.usage.inputTokens !== null) tokens = event.usage.inputTokens + (event.usage.outputTokens ?? 0);
  }
  return { text, pieces, calls: calls.size, tokens };
}

function request(text: string): ModelRequest {
  const message: Message = { role: 'user', content: [{ text, source: { kind: 'literal' }, taint: [] }] };
  return { messages: [message], config: { maxOutputTokens: 200 } };
}

function isAnswer(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && typeof (value as { readonly blue?: unknown }).blue === 'boolean';
  } catch {
    return false;
  }
}
