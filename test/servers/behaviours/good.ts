import { chatBody, countPrompt, countTokens, type ChatMessage } from '../log.ts';
import type { Behaviour, ServerCall } from '../fault-server.ts';
import { chunk, done, event, pause, streamAs, usageOf, type Step, type StreamForm } from './stream.ts';

export interface AskedTool {
  /** null: the server sends none, as some do. */
  readonly id?: string | null;
  readonly name: string;
  /** The text, parsing or not. */
  readonly arguments: string;
}

/** A good answer. Text is sent in pieces of a token each. */
export interface Answer {
  readonly text?: string;
  readonly reasoning?: string;
  readonly refusal?: string;
  readonly toolCalls?: readonly AskedTool[];
  readonly finish?: string;
  /** Where usage stands in a stream. Default: last where the client asks for it, as OpenAI does. */
  readonly usage?: 'last' | 'with-finish' | 'each' | 'missing';
  readonly cachedTokens?: number;
  /** Milliseconds between the pieces. */
  readonly paceMs?: number;
  readonly form?: StreamForm;
}

/** Answers with this, streamed or whole as asked, `n` times as asked. */
export function answer(given: Answer | string): Behaviour {
  const content: Answer = typeof given === 'string' ? { text: given } : given;
  return (call) => (chatBody(call.request).stream === true ? streamed(content)(call) : whole(content)(call));
}

/** Answers with the last message's text. */
export const echo: Behaviour = (call) => answer(lastText(call))(call);

/** Answers with a value that follows the request's JSON Schema, without any sense. */
export const schemaAnswer: Behaviour = (call) => {
  const schema = chatBody(call.request).response_format?.json_schema?.schema;
  return answer(JSON.stringify(schema === undefined ? {} : sampleOf(schema)))(call);
};

/** Asks for the tools in turn, one call in one answer, and then answers with the last tool's result. */
export function toolsThenText(calls: readonly AskedTool[], closing = 'done'): Behaviour {
  return (call) => {
    const messages = chatBody(call.request).messages ?? [];
    const answered = messages.filter((message) => message.role === 'tool').length;
    const next = calls[answered];
    return answer(next === undefined ? `${closing}: ${lastText(call)}` : { toolCalls: [{ id: `call_${answered + 1}`, ...next }] })(call);
  };
}

/** The text of the last message that came with the request. */
export function lastText(call: ServerCall): string {
  const last = chatBody(call.request).messages?.at(-1);
  return typeof last?.content === 'string' ? last.content : '';
}

function streamed(content: Answer): Behaviour {
  return (call) => {
    const body = chatBody(call.request);
    const choices = Array.from({ length: body.n ?? 1 }, (_, index) => index);
    const wanted = content.usage ?? (body.stream_options?.include_usage === true ? 'last' : 'missing');
    const steps: Step[] = [];
    const deltas = [...deltasOf(content)];
    let output = 0;
    const sum = () => usageWith(content, body.messages ?? [], output);
    const send = (fields: object, tokens: number): Step => async (state) => {
      output += tokens * choices.length;
      for (const index of choices) {
        const data = chunk(state, [{ index, delta: fields, finish_reason: null }]);
        await event(JSON.stringify(wanted === 'each' ? { ...data, usage: sum() } : data))(state);
        if (wanted === 'each' && !call.gone.aborted) call.request.usage = sum();
      }
    };
    steps.push(send({ role: 'assistant', content: '' }, 0));
    for (const { fields, tokens } of deltas) {
      if (content.paceMs !== undefined) steps.push(pause(content.paceMs));
      steps.push(send(fields, tokens));
    }
    steps.push(async (state) => {
      for (const index of choices) {
        const data = chunk(state, [{ index, delta: {}, finish_reason: finishOf(content) }]);
        const last = index === choices.length - 1 && (wanted === 'with-finish' || wanted === 'each');
        await event(JSON.stringify(last ? { ...data, usage: sum() } : data))(state);
        if (last && !call.gone.aborted) call.request.usage = sum();
      }
    });
    if (wanted === 'last') {
      steps.push(async (state) => {
        await event(JSON.stringify({ ...chunk(state, []), usage: sum() }))(state);
        if (!call.gone.aborted) call.request.usage = sum();
      });
    }
    return streamAs(content.form ?? {}, ...steps, done)(call);
  };
}

/** A whole completion as one JSON body: what is asked for without `stream`, and what some servers answer in any case. */
export function whole(given: Answer | string): Behaviour {
  const content: Answer = typeof given === 'string' ? { text: given } : given;
  return (call) => {
    const { request, response } = call;
    const body = completion(content, call);
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': `req-${request.number}` });
    request.usage = content.usage === 'missing' ? null : usageOfWhole(content, call);
    response.end(JSON.stringify(body));
  };
}

/** The body of a whole completion, for behaviours that break it. */
export function completion(content: Answer, call: ServerCall): Record<string, unknown> {
  const body = chatBody(call.request);
  const message = {
    role: 'assistant',
    content: content.text ?? null,
    ...(content.reasoning !== undefined && { reasoning_content: content.reasoning }),
    ...(content.refusal !== undefined && { refusal: content.refusal }),
    ...(content.toolCalls !== undefined && { tool_calls: content.toolCalls.map((tool, index) => toolObject(tool, index)) }),
  };
  return {
    id: `chatcmpl-${call.request.number}`, object: 'chat.completion', created: 1_700_000_000, model: body.model ?? 'fault-model',
    choices: Array.from({ length: body.n ?? 1 }, (_, index) => ({ index, message, finish_reason: finishOf(content) })),
    ...(content.usage !== 'missing' && { usage: usageOfWhole(content, call) }),
  };
}

function usageOfWhole(content: Answer, call: ServerCall) {
  const body = chatBody(call.request);
  const tokens = [...deltasOf(content)].reduce((sum, delta) => sum + delta.tokens, 0);
  return usageWith(content, body.messages ?? [], tokens * (body.n ?? 1));
}

function usageWith(content: Answer, messages: readonly ChatMessage[], output: number) {
  return {
    ...usageOf(countPrompt(messages), output, countTokens(content.reasoning ?? '')),
    ...(content.cachedTokens !== undefined && { prompt_tokens_details: { cached_tokens: content.cachedTokens } }),
  };
}

function* deltasOf(content: Answer): Iterable<{ readonly fields: object; readonly tokens: number }> {
  for (const piece of pieces(content.reasoning)) yield { fields: { reasoning_content: piece }, tokens: 1 };
  for (const piece of pieces(content.refusal)) yield { fields: { refusal: piece }, tokens: 1 };
  for (const piece of pieces(content.text)) yield { fields: { content: piece }, tokens: 1 };
  for (const [index, tool] of (content.toolCalls ?? []).entries()) {
    const { function: called, ...head } = toolObject(tool, index);
    yield { fields: { tool_calls: [{ index, ...head, function: { name: called.name, arguments: '' } }] }, tokens: countTokens(called.name) };
    for (const piece of pieces(called.arguments)) yield { fields: { tool_calls: [{ index, function: { arguments: piece } }] }, tokens: 1 };
  }
}

function toolObject(tool: AskedTool, index: number) {
  return { ...(tool.id !== null && { id: tool.id ?? `call_${index + 1}` }), type: 'function', function: { name: tool.name, arguments: tool.arguments } };
}

/** A text as the tokens of {@link countTokens}, with what no token holds at the end. */
export function pieces(text: string | undefined): string[] {
  if (text === undefined || text === '') return [];
  const tokens: string[] = text.match(/\s*[\p{L}\p{N}]+|\s*[^\s\p{L}\p{N}]/gu) ?? [];
  const rest = text.slice(tokens.reduce((length, token) => length + token.length, 0));
  if (rest === '') return tokens;
  return tokens.length === 0 ? [rest] : [...tokens.slice(0, -1), `${tokens.at(-1)}${rest}`];
}

function finishOf(content: Answer): string {
  return content.finish ?? (content.toolCalls === undefined ? 'stop' : 'tool_calls');
}

/** The simplest value that a schema of the usual words allows. */
function sampleOf(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return null;
  const { type, properties, required, items, enum: choices, const: only, minItems, anyOf } = schema as Record<string, unknown>;
  if (only !== undefined) return only;
  if (Array.isArray(choices)) return (choices as readonly unknown[])[0];
  if (Array.isArray(anyOf)) return sampleOf((anyOf as readonly unknown[])[0]);
  switch (Array.isArray(type) ? (type as readonly unknown[])[0] : type) {
    case 'string':
      return 'word';
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'array':
      return Array.from({ length: typeof minItems === 'number' ? minItems : 1 }, () => sampleOf(items));
    case 'null':
      return null;
    default: {
      const fields = Object.entries((properties ?? {}) as Record<string, unknown>);
      const wanted = Array.isArray(required) ? (required as readonly unknown[]) : fields.map(([name]) => name);
      return Object.fromEntries(fields.filter(([name]) => wanted.includes(name)).map(([name, field]) => [name, sampleOf(field)]));
    }
  }
}
