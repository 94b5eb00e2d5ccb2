import { canonicalJson, type Json } from '../json.ts';
import type { Host } from './host.ts';
import { messageText, type Message } from '../prompt/message.ts';
import type { Model } from '../models/model.ts';
import type { PromptCell } from './program.ts';

/**
 * The hash of what went into a cell's result: its messages as the model sees them, the options that change an answer, and the model.
 * An output with another hash is stale. Twelve hex digits: 48 bits, for telling two versions of one cell apart.
 */
export function inHash(cell: PromptCell, { messages, model, host }: { readonly messages: readonly Message[]; readonly model: Model; readonly host: Host }): string {
  const seen = messages.map((message) => ({
    role: message.role,
    text: messageText(message),
    media: message.content.flatMap((segment) => ('media' in segment ? [{ url: segment.media.url, type: segment.media.contentType ?? null }] : [])),
  }));
  const settings = model.config as { readonly [key: string]: Json };
  return host.hash(canonicalJson({ version: 1, messages: seen, options: cell.options.written, model: model.identity, settings })).slice(0, 12);
}
