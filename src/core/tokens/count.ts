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
    count: (text) => ({ tokens: encoder.encode(text).length, kind: 'exact' }),
  };
}
