import { canonicalJson } from '../json.ts';
import type { Host } from './host.ts';
import { isText, type Message } from '../prompt/message.ts';
import type { Model } from '../models/model.ts';
import type { PromptCell } from './program.ts';

/**
 * The hash of what went into a cell's result: its messages as the model sees them, the options that change an answer, and the model.
 * An output with another hash is stale. Twelve hex digits: 48 bits, for telling two versions of one cell apart.
 */
export function inHash(cell: PromptCell, { messages, model, host }: { readonly messages: readonly Message[]; readonly model: Model; readonly host: Host }): string {
  const parts: unknown[] = [1, model.identity, canonicalJson(model.config), cell.options.writtenText];
  for (const message of messages) {
    parts.push(message.role);
    let text = '';
    for (const segment of message.content) {
      if (isText(segment)) text += segment.text;
      else {
        parts.push(text, segment.media.url, segment.media.contentType ?? null);
        text = '';
      }
    }
    parts.push(text);
  }
  return host.hash(JSON.stringify(parts)).slice(0, 12);
}
