import type { IncomingHttpHeaders } from 'node:http';

/** `usage` as servers send it. */
export interface SentUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens: number };
  readonly completion_tokens_details?: { readonly reasoning_tokens: number };
}

/** What the server saw of one request. Times are `performance.now()` of this process, so that they compare with a test's own. */
export interface LoggedRequest {
  /** From 1, in the order of arrival. */
  readonly number: number;
  readonly method: string;
  readonly path: string;
  /** With the value of keys masked: `Bearer [9 characters]`. */
  readonly headers: IncomingHttpHeaders;
  /** Parsed where it is JSON, else the text. */
  readonly body: unknown;
  /** Connections are numbered from 1: requests with the same number shared one. */
  readonly connection: number;
  readonly arrivedAt: number;
  /** When the first byte of an answer went out. */
  answeredAt: number | null;
  /** When the exchange was over, for whatever reason. */
  endedAt: number | null;
  /** Who ended it: the answer was complete, the client went away before it was, or the server broke it off on purpose. */
  end: 'complete' | 'client' | 'server' | null;
  /** The usage that was sent, if any was. */
  usage: SentUsage | null;
}

export type ChatMessage = { readonly role: string; readonly content?: unknown; readonly tool_calls?: unknown };

/** The body of a chat completions request, as far as the behaviours read it. */
export interface ChatBody {
  readonly model?: string;
  readonly messages?: readonly ChatMessage[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly n?: number;
  readonly response_format?: { readonly type?: string; readonly json_schema?: { readonly schema?: unknown } };
  readonly tools?: readonly { readonly function?: { readonly name?: string } }[];
}

export function chatBody(request: LoggedRequest): ChatBody {
  return typeof request.body === 'object' && request.body !== null ? (request.body) : {};
}

/** Copies headers with every value that may be a key masked. */
export function maskHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const masked = { ...headers };
  for (const name of ['authorization', 'api-key', 'x-api-key', 'cookie']) {
    const value = masked[name];
    if (typeof value === 'string') masked[name] = value.replace(/\S+$/, (key) => `[${key.length} characters]`);
  }
  return masked;
}

/** This server's tokenizer: a token is a word or a mark with the white space before it. Counting is stable under joining pieces at words. */
export function countTokens(text: string): number {
  return text.match(/\s*[\p{L}\p{N}]+|\s*[^\s\p{L}\p{N}]/gu)?.length ?? 0;
}

/** Tokens of a chat: its texts, and three for the frame of each message. */
export function countPrompt(messages: readonly ChatMessage[]): number {
  let tokens = 0;
  for (const message of messages) {
    tokens += 3;
    if (typeof message.content === 'string') tokens += countTokens(message.content);
    else if (message.content !== undefined && message.content !== null) tokens += countTokens(JSON.stringify(message.content));
    if (message.tool_calls !== undefined) tokens += countTokens(JSON.stringify(message.tool_calls));
  }
  return tokens;
}
