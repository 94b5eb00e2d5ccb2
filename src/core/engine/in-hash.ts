import { canonicalJson } from '../json.ts';
import type { Host } from './host.ts';
import { messageText, type Message } from '../prompt/message.ts';
import type { Model } from '../models/model.ts';
import type { PromptCell } from './program.ts';

/**
 * The hash of what went into a cell's result: its messages as the model sees them, the options that change an answer, and the model.
 * An output with another hash is stale. Twelve hex digits: 48 bits, for telling two versions of one cell apart.
 */
export function inHash(cell: PromptCell, { messages, model, host }: { readonly messages: readonly Message[]; readonly model: Model; readonly host: Host }): string {
  const parts: unknown[] = [1, model.identity, canonicalJson(model.config), cell.options.writtenText];
  for (const message of messages) {
    parts.push(message.role, messageText(message));
    for (const segment of message.content) if ('media' in segment) parts.push(segment.media.url, segment.media.contentType ?? null);
  }
  return host.hash(JSON.stringify(parts)).slice(0, 12);
}
