import type { Json, JsonObject, JsonSchema } from '../../json.ts';
import { isObject } from '../../json.ts';
import type { Dialect } from './dialect.ts';
import { isText, messageText, type Message, type Segment } from '../../prompt/message.ts';
import type { ModelRequest, ToolDefinition } from '../model.ts';
import { withFormInstruction } from '../../prompt/form-instruction.ts';

/** What the server refused by name so far, for one open model. */
export interface Refusals {
  readonly omitted: ReadonlySet<string>;
  /** `max_tokens` was refused under the name that the dialect gives it. */
  readonly maxTokensSwapped: boolean;
  readonly systemRefused: boolean;
}

export const noRefusals: Refusals = { omitted: new Set(), maxTokensSwapped: false, systemRefused: false };

export interface Body {
  /** Exactly what is sent, keys in order. */
  readonly body: JsonObject;
  /** What the person asked for and is not sent, one sentence each. */
  readonly notes: readonly string[];
}

/** The chat completions body of a request, as this server wants it (OpenAI API reference, "Create chat completion"). */
export function chatBody(model: string, request: ModelRequest, dialect: Dialect, refusals: Refusals = noRefusals): Body {
  const notes: string[] = [];
  const body: Record<string, Json> = { model };
  const system = dialect.capabilities.system && !refusals.systemRefused;
  if (!system && request.messages.some((message) => message.role === 'system')) notes.push('This model knows no system messages: system text is sent as a message of the user.');
  // The parameter of the form is not sent: the form is told in words, since nothing else in the request says it.
  const inWords = request.output !== undefined && (dialect.omit.includes('response_format') || refusals.omitted.has('response_format'));
  if (inWords) notes.push('The form of the answer is told in words.');
  const messages = inWords ? withFormInstruction(request.messages, request.output.schema) : request.messages;
  body.messages = messages.map((message) => chatMessage(message, system));
  const asked = parameters(request, dialect, refusals);
  for (const [parameter, value] of asked.settings) {
    const name = dialect.rename[parameter] ?? parameter;
    // The number of alternatives means nothing without the probabilities.
    const left = (key: string): boolean => dialect.omit.includes(key) || refusals.omitted.has(key);
    if (left(parameter) || left(name) || (parameter === 'top_logprobs' && left('logprobs'))) notes.push(`\`${name}\` is left out: ${dialect.server} does not take it for ${model}.`);
    else body[name] = value;
  }
  for (const [name, value] of asked.technical) if (!dialect.omit.includes(name) && !refusals.omitted.has(name)) body[name] = value;
  if (body.stream !== true) delete body.stream_options;
  return { body, notes };
}

function parameters(request: ModelRequest, dialect: Dialect, refusals: Refusals) {
  const { config, tools, output, toolChoice } = request;
  const settings: [string, Json][] = [];
  const add = (name: string, value: Json | undefined): void => void (value !== undefined && settings.push([name, value]));
  add('temperature', config.temperature);
  add('top_p', config.topP);
  add('top_k', config.topK);
  add(refusals.maxTokensSwapped ? otherMaxTokens(dialect.maxTokens) : dialect.maxTokens, config.maxOutputTokens);
  add('stop', config.stopSequences !== undefined && config.stopSequences.length > 0 ? config.stopSequences : undefined);
  add('seed', config.seed);
  add('presence_penalty', config.presencePenalty);
  add('frequency_penalty', config.frequencyPenalty);
  add('reasoning_effort', config.effort);
  add('logprobs', config.logprobs === undefined ? undefined : true);
  add('top_logprobs', config.logprobs);
  if (tools !== undefined && tools.length > 0) {
    add('tools', tools.map(chatTool));
    add('tool_choice', toolChoice);
  }
  if (output !== undefined) add('response_format', responseFormat(output));
  const stream = dialect.capabilities.stream;
  const technical: [string, Json][] = [];
  if (stream) technical.push(['stream', true]);
  if (stream && dialect.capabilities.usage) technical.push(['stream_options', { include_usage: true }]);
  technical.push(...(Object.entries(dialect.extra) as [string, Json][]));
  return { settings, technical };
}

/** The names that an error can refuse: the body's parameters, and `messages.role` where there is a system message. */
export function sentNames(body: JsonObject): readonly string[] {
  const messages = Array.isArray(body.messages) ? (body.messages as readonly Json[]) : [];
  return [...Object.keys(body), ...(messages.some((message) => isObject(message) && message.role === 'system') ? ['messages.role'] : [])];
}

/** What may be left out of a request that stays the same request. */
const droppable = new Set([
  'temperature', 'top_p', 'top_k', 'stop', 'seed', 'random_seed', 'presence_penalty', 'frequency_penalty', 'reasoning_effort', 'logprobs', 'top_logprobs',
  'tool_choice', 'response_format', 'stream', 'stream_options', 'usage',
]);

/**
 * The refusals with one more, which a request that held the parameter has met; undefined when it cannot be left out. What was left
 * out already comes back as it is: requests side by side meet the same refusal, and each may be sent again.
 */
export function withRefusal(parameter: string, dialect: Dialect, refusals: Refusals): Refusals | undefined {
  if (parameter === 'messages.role') return { ...refusals, systemRefused: true };
  // The other name says the same; leaving both out would lift a limit that someone set.
  if (parameter === dialect.maxTokens) return { ...refusals, maxTokensSwapped: true };
  if (!droppable.has(parameter)) return undefined;
  return { ...refusals, omitted: new Set([...refusals.omitted, parameter]) };
}

export function otherMaxTokens(name: string): 'max_tokens' | 'max_completion_tokens' {
  return name === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
}

/** A message in the API's shape: text as one string, parts only where there is media. */
export function chatMessage(message: Message, system = true): JsonObject {
  switch (message.role) {
    case 'system':
      return { role: system ? 'system' : 'user', content: content(message) };
    case 'user':
      return { role: 'user', content: content(message) };
    case 'tool':
      return { role: 'tool', ...(message.toolCallId !== undefined && { tool_call_id: message.toolCallId }), content: messageText(message) };
    case 'model': {
      const calls = message.toolCalls ?? [];
      const text = content(message);
      if (calls.length === 0) return { role: 'assistant', content: text };
      return {
        role: 'assistant',
        content: text === '' ? null : text,
        tool_calls: calls.map((call) => ({ id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } })),
      };
    }
  }
}

function content(message: Message): Json {
  if (message.content.every(isText)) return messageText(message);
  const parts: Record<string, Json>[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') parts.push({ type: 'text', text });
    text = '';
  };
  for (const segment of message.content) {
    if (isText(segment)) {
      text += segment.text;
      continue;
    }
    flush();
    parts.push(mediaPart(segment));
  }
  flush();
  return parts;
}

function mediaPart(segment: Exclude<Segment, { readonly text: string }>): Record<string, Json> {
  const { url, contentType } = segment.media;
  const audio = /^data:audio\/([\w.+-]+)(?:;[^,]*)?;base64,(.*)$/s.exec(url);
  if (audio) return { type: 'input_audio', input_audio: { data: audio[2]!, format: audioFormat(contentType ?? `audio/${audio[1]!}`) } };
  return { type: 'image_url', image_url: { url } };
}

/** The API knows `wav` and `mp3`; MIME has several words for each. */
function audioFormat(contentType: string): string {
  const kind = contentType.replace(/^audio\//, '').replace(/^x-/, '');
  return kind === 'mpeg' ? 'mp3' : kind === 'wave' || kind === 'vnd.wave' ? 'wav' : kind;
}

function chatTool(tool: ToolDefinition): JsonObject {
  const parameters = isObject(tool.parameters) ? tool.parameters : { type: 'object' };
  return { type: 'function', function: { name: tool.name, description: tool.description, parameters } };
}

/** `strict` only where the schema keeps OpenAI's rules for it, since they refuse the request otherwise. Others constrain in any case. */
function responseFormat(output: { readonly name: string; readonly schema: JsonSchema }): JsonObject {
  const name = output.name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || 'output';
  const schema: JsonObject = isObject(output.schema) ? output.schema : {};
  return { type: 'json_schema', json_schema: { name, strict: isStrict(schema, 0), schema } };
}

/** Every object closed and all its properties required, at every depth (OpenAI, "Structured outputs: supported schemas"). */
export function isStrict(schema: Json, depth: number): boolean {
  if (depth === 0 && !(isObject(schema) && schema.type === 'object')) return false;
  if (depth > 40) return false;
  if (Array.isArray(schema)) return (schema as readonly Json[]).every((item) => isStrict(item, depth + 1));
  if (!isObject(schema)) return true;
  for (const word of unsupportedWords) if (word in schema) return false;
  const types: Json = schema.type ?? null;
  const object = types === 'object' || (Array.isArray(types) && types.includes('object')) || schema.properties !== undefined;
  if (object) {
    const properties = isObject(schema.properties) ? Object.keys(schema.properties) : [];
    const required = Array.isArray(schema.required) ? schema.required : [];
    if (schema.additionalProperties !== false || !properties.every((name) => required.includes(name))) return false;
  }
  const inside: Json[] = [];
  for (const word of ['properties', '$defs', 'definitions'] as const) if (isObject(schema[word])) inside.push(...Object.values(schema[word]));
  for (const word of ['items', 'anyOf'] as const) if (schema[word] !== undefined) inside.push(schema[word]);
  return inside.every((inner) => isStrict(inner, depth + 1));
}

const unsupportedWords = ['allOf', 'oneOf', 'not', 'dependentRequired', 'dependentSchemas', 'if', 'then', 'else', 'patternProperties', 'unevaluatedProperties', 'propertyNames', 'prefixItems', 'contains', 'uniqueItems', 'minProperties', 'maxProperties', 'minLength', 'maxLength'];
