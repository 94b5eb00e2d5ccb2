import type { Json } from '../json.ts';
import type { Span } from '../problem.ts';

/** Who a message is from. `model` is what OpenAI calls `assistant`; the name is dotprompt's. */
export type Role = 'system' | 'user' | 'model' | 'tool';

/** Where a piece of text came from. */
export type Source =
  | { readonly kind: 'literal' }
  | { readonly kind: 'cell'; readonly name: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'tool'; readonly name: string }
  | { readonly kind: 'model' }
  /** Text that an option adds, such as the failed checks that `retry` feeds back. */
  | { readonly kind: 'option'; readonly name: string };

/**
 * A value that a cell, a parameter, an input or a file has. `taint` lists the untrusted sources it was made from (design: files
 * outside the notebook, web, tool results, outputs loaded from disk); empty means trusted.
 */
export interface Value {
  readonly data: Json;
  readonly source: Source;
  readonly taint: readonly Source[];
}

/** A run of text in a message that has one source. `span` is where the template's text or tag stands in the cell's text. */
export interface TextSegment {
  readonly text: string;
  readonly source: Source;
  readonly taint: readonly Source[];
  readonly span?: Span;
  /** Marks where the section of this name begins (`{{section "output"}}`); the text is then empty. */
  readonly section?: string;
}

/** An image or audio in a message, as a data URL or an http(s) URL. */
export interface MediaSegment {
  readonly media: { readonly url: string; readonly contentType?: string };
  readonly source: Source;
  readonly taint: readonly Source[];
  readonly span?: Span;
}

export type Segment = TextSegment | MediaSegment;

/** A tool call that a model asked for; `arguments` is the text exactly as the model wrote it. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** A chat message as a list of segments. Structure comes from the template only: a segment's text is never parsed again. */
export interface Message {
  readonly role: Role;
  readonly content: readonly Segment[];
  /** On a `model` message: the tool calls it asked for. */
  readonly toolCalls?: readonly ToolCall[];
  /** On a `tool` message: the call that this answers, and the tool's name. */
  readonly toolCallId?: string;
  readonly name?: string;
}

export function isText(segment: Segment): segment is TextSegment {
  return 'text' in segment;
}

/** The message's text: its text segments joined, media left out. */
export function messageText(message: Message): string {
  let text = '';
  for (const segment of message.content) if (isText(segment)) text += segment.text;
  return text;
}

/** The distinct untrusted sources of all that is in these messages; empty when everything is trusted. */
export function messagesTaint(messages: readonly Message[]): readonly Source[] {
  return mergeTaint(messages.flatMap((message) => message.content.map((segment) => segment.taint)));
}

/** Several lists of sources as one without repeats. */
export function mergeTaint(lists: Iterable<readonly Source[]>): readonly Source[] {
  const seen = new Map<string, Source>();
  for (const list of lists) for (const source of list) seen.set(JSON.stringify(source), source);
  return [...seen.values()];
}
