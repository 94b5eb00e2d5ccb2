import { canonicalJson, isObject, type Json, type JsonObject } from '../json.ts';
import { chatBody } from './openai/request.ts';
import { plainDialect } from './openai/dialect.ts';
import type { ModelRequest } from './model.ts';

/** One line of a file of recorded completions: a request and its answer, in the shapes of the OpenAI API. */
export interface RecordedCompletion {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly request: JsonObject;
  readonly choices: readonly JsonObject[];
  readonly usage: JsonObject | null;
  /** What the model that answered could not do, since a request is made in the light of that. */
  readonly lacks: readonly Lack[];
  /** Sampling settings of the request that are the model list's and not the notebook's: a look-up does not ask for them. */
  readonly defaults: readonly string[];
}

/** Capabilities that change how a request is made: without them the schema is told in words, say. */
export const lackable = ['jsonSchema', 'tools', 'system', 'media'] as const;
export type Lack = (typeof lackable)[number];

export interface RecordedFile {
  readonly completions: readonly RecordedCompletion[];
  /** Lines that could not be read; the rest of the file counts. */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

/**
 * Reads recorded completions: JSON lines `{"request": {…}, "choices": […], "usage": {…}}`. Two fields more may say how the request
 * came to be: `lacks`, what the model could not do (`["jsonSchema"]`), and `defaults`, which settings were the model list's
 * (`["temperature"]`). Blank lines are passed over.
 */
export function readRecorded(text: string): RecordedFile {
  const completions: RecordedCompletion[] = [];
  const problems: { line: number; message: string }[] = [];
  let line = 0;
  for (const written of text.replace(/^\uFEFF/, '').split('\n')) {
    line += 1;
    if (written.trim() === '') continue;
    const read = readLine(written, line);
    if (typeof read === 'string') problems.push({ line, message: read });
    else completions.push(read);
  }
  return { completions, problems };
}

function readLine(text: string, line: number): RecordedCompletion | string {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return 'It is not JSON: cut, or not a line of its own.';
  }
  if (!isObject(value)) return 'It is not an object.';
  const { request, choices, usage } = value;
  if (!isObject(request)) return 'It has no `request`.';
  if (!Array.isArray(request.messages) && typeof request.prompt !== 'string') return 'Its `request` has neither `messages` nor `prompt`.';
  if (!Array.isArray(choices) || choices.length === 0) return 'It has no `choices`.';
  const answers = (choices as readonly Json[]).filter((choice) => isObject(choice));
  if (answers.length !== choices.length || !answers.every(isAnswer)) return 'One of its `choices` has neither `message` nor `text`.';
  // Samples are in the order of `index` where every choice has one.
  const ordered = answers.every((choice) => typeof choice.index === 'number') ? answers.toSorted((a, b) => Number(a.index) - Number(b.index)) : answers;
  const lacks = textsOf(value.lacks);
  return { line, request, choices: ordered, usage: isObject(usage) ? usage : null, lacks: lackable.filter((name) => lacks.includes(name)), defaults: textsOf(value.defaults) };
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter((one) => typeof one === 'string') : [];
}

function isAnswer(choice: JsonObject): boolean {
  return isObject(choice.message) || typeof choice.text === 'string';
}

/**
 * A request as it is recorded and looked up: the API's own shape, the same for every provider and server. What limits of a run left to an
 * answer is no part of it, since it differs from run to run.
 */
export function recordedRequest({ givenConfig, ...request }: ModelRequest, model: string): JsonObject {
  const { stream: _stream, stream_options: _options, ...body } = chatBody(model, { ...request, config: givenConfig ?? request.config }, plainDialect).body;
  return body;
}

/** The record line for a request and its answers, without the line end. */
export function recordedLine({ request, choices, usage, lacks, defaults }: Omit<RecordedCompletion, 'line'>): string {
  return JSON.stringify({ request, choices, ...(usage !== null && { usage }), ...(lacks.length > 0 && { lacks }), ...(defaults.length > 0 && { defaults }) });
}

/** What tells requests apart by what they say. Two requests with the same key ask the same. */
export function messagesKey(request: JsonObject): string {
  const messages = normalMessages(request);
  // A document that is sent as one message of the user asks what the recorded prompt asked.
  if (messages.length === 1 && messages[0]!.role === 'user' && messages[0]!.calls.length === 0 && messages[0]!.rest === '') return `prompt ${messages[0]!.text}`;
  return canonicalJson(messages);
}

export interface NormalMessage {
  readonly role: string;
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly arguments: string }[];
  /** Parts that are no text, as JSON. */
  readonly rest: string;
}

/**
 * Messages as far as they matter for what was asked: ids of calls, names, and how text is cut into parts do not. Nor does white space
 * around a text: chat messages are trimmed before they are sent, and others may have recorded theirs as they were.
 */
export function normalMessages(request: JsonObject): readonly NormalMessage[] {
  if (typeof request.prompt === 'string') return [{ role: 'user', text: request.prompt.trim(), calls: [], rest: '' }];
  const messages = Array.isArray(request.messages) ? (request.messages as readonly Json[]) : [];
  return messages.map((message) => {
    if (!isObject(message)) return { role: '', text: canonicalJson(message), calls: [], rest: '' };
    const { text, rest } = contentOf(message.content ?? null);
    const calls = Array.isArray(message.tool_calls) ? (message.tool_calls as readonly Json[]) : [];
    return { role: message.role === 'developer' ? 'system' : asText(message.role), text: text.trim(), rest, calls: calls.map(callOf) };
  });
}

function contentOf(content: Json): { readonly text: string; readonly rest: string } {
  if (typeof content === 'string') return { text: content, rest: '' };
  if (!Array.isArray(content)) return { text: '', rest: '' };
  let text = '';
  const rest: Json[] = [];
  for (const part of content as readonly Json[]) {
    if (isObject(part) && typeof part.text === 'string') text += part.text;
    else rest.push(part);
  }
  return { text, rest: rest.length === 0 ? '' : canonicalJson(rest) };
}

function callOf(call: Json): { readonly name: string; readonly arguments: string } {
  const called = isObject(call) && isObject(call.function) ? call.function : {};
  return { name: asText(called.name), arguments: asText(called.arguments) };
}

function asText(value: Json | undefined): string {
  return typeof value === 'string' ? value : value === undefined ? '' : canonicalJson(value);
}

/** Sampling settings: those that a record gives must be the request's. Other fields (tools, formats, users) are not looked at. */
const samplingSettings = [
  'temperature', 'top_p', 'top_k', 'max_tokens', 'stop', 'seed', 'presence_penalty', 'frequency_penalty', 'reasoning_effort', 'logprobs', 'top_logprobs',
] as const;

/** The settings that a recorded request gives, each under one name: `max_completion_tokens` is `max_tokens`, one stop is a list. */
export function settingsOf(request: JsonObject): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of samplingSettings) {
    let value = request[name] ?? (name === 'max_tokens' ? request.max_completion_tokens : undefined) ?? null;
    if (name === 'stop' && typeof value === 'string') value = [value];
    if (value !== null && !(name === 'logprobs' && value === false)) found.set(name, canonicalJson(value));
  }
  return found;
}

/** The settings that a request must give to be answered by this record. */
export function neededSettings({ request, defaults }: RecordedCompletion): ReadonlyMap<string, string> {
  const settings = settingsOf(request);
  return defaults.length === 0 ? settings : new Map([...settings].filter(([name]) => !defaults.includes(name)));
}
