import { encodingNamed, encodingOfModel, loadEncoder, type Encoder, type EncodingName } from './encodings.ts';
import { messageText } from '../prompt/message.ts';
import type { ModelRequest, TokenCount } from '../models/model.ts';

/** Counts with one encoding, loaded. */
export interface Counter {
  count(text: string): TokenCount;
  encode(text: string): readonly number[];
}

/** Tokens of a plain text for a model or an encoding. Exact where its encoding is known, an estimate (with o200k) elsewhere. */
export async function countText(text: string, modelOrEncoding: string): Promise<TokenCount> {
  if (text === '') return { tokens: 0, kind: encodingFor(modelOrEncoding) === undefined ? 'estimate' : 'exact' };
  const encoding = encodingFor(modelOrEncoding);
  const counted = (await counterFor(encoding ?? 'o200k')).count(text);
  return encoding === undefined ? { ...counted, kind: 'estimate' } : counted;
}

/**
 * Tokens of a chat request: each message's text, 3 a message and 3 to prime the answer (OpenAI's cookbook, "How to count tokens"),
 * tools and schema as their JSON. Always an estimate, since servers write these in their own ways.
 */
export async function countRequest(request: ModelRequest, modelOrEncoding: string): Promise<TokenCount> {
  const counter = await counterFor(encodingFor(modelOrEncoding) ?? 'o200k');
  let tokens = 3;
  for (const message of request.messages) {
    tokens += 3 + counter.count(messageText(message)).tokens;
    for (const call of message.toolCalls ?? []) tokens += counter.count(call.name).tokens + counter.count(call.arguments).tokens;
  }
  if (request.tools !== undefined && request.tools.length > 0) tokens += counter.count(JSON.stringify(request.tools)).tokens;
  if (request.output !== undefined) tokens += counter.count(JSON.stringify(request.output.schema)).tokens;
  return { tokens, kind: 'estimate' };
}

/** The encoding that a model or an encoding is named by; undefined when neither is known. */
export function encodingFor(modelOrEncoding: string): EncodingName | undefined {
  return encodingNamed(modelOrEncoding) ?? encodingOfModel(modelOrEncoding);
}

/**
 * Loaded encoders by name: ranks are data that never changes, so keeping them is no state that anyone can feel. A load that failed
 * is tried again.
 */
const loaded = new Map<EncodingName, Promise<Encoder>>();

/** A counter for an encoding; loads its ranks on first use. */
export async function counterFor(name: EncodingName): Promise<Counter> {
  let loading = loaded.get(name);
  if (loading === undefined) {
    loading = loadEncoder(name);
    loaded.set(name, loading);
    loading.catch(() => loaded.delete(name));
  }
  const encoder = await loading;
  return {
    encode: (text) => encoder.encode(text),
    count: (text) => countBounded(text, encoder),
  };
}

/** From this length on a run without a border is counted in pieces. */
const longestRun = 400;

/**
 * The encoder's merging is quadratic in the length of a piece: 8,000 times one letter take seconds. So a run that the split pattern
 * may keep whole and that is longer than any word is cut into pieces, and the count says that it is an estimate then (each cut can
 * add a token).
 */
function countBounded(text: string, encoder: Encoder): TokenCount {
  const long = text.length > longestRun ? longRuns(text) : [];
  let tokens = 0;
  let from = 0;
  const flush = (to: number): void => {
    if (to > from) tokens += encoder.encode(text.slice(from, to)).length;
    from = Math.max(from, to);
  };
  for (const { start, end } of long) {
    flush(start);
    while (from < end) flush(pieceEnd(text, from, end));
  }
  flush(text.length);
  return { tokens, kind: long.length === 0 ? 'exact' : 'estimate' };
}

/** What the split patterns may keep in one piece: letters with marks; white space; digits (old encodings); anything else, with marks. */
const kinds: readonly RegExp[] = [/[\p{L}\p{M}]+/gu, /\p{White_Space}+/gu, /\p{N}+/gu, /[^\p{L}\p{N}\p{White_Space}]+/gu];

/** Runs over the bound, by where they begin. */
function longRuns(text: string): readonly { readonly start: number; readonly end: number }[] {
  const found: { readonly start: number; readonly end: number }[] = [];
  for (const kind of kinds) for (const run of text.matchAll(kind)) if (run[0].length > longestRun) found.push({ start: run.index, end: run.index + run[0].length });
  return found.sort((a, b) => a.start - b.start);
}

/** At most {@link longestRun} on, and never between the halves of a character. */
function pieceEnd(text: string, from: number, end: number): number {
  const to = Math.min(from + longestRun, end);
  const code = text.charCodeAt(to - 1);
  return to < end && code >= 0xd800 && code <= 0xdbff ? to + 1 : to;
}
