import { isObject, type JsonSchema } from '../json.ts';
import type { Message, TextSegment } from './message.ts';

/** Shows the form of the answer to a model that does not take schemas, at the end of what the person said last. */
export function withFormInstruction(messages: readonly Message[], schema: JsonSchema | undefined): readonly Message[] {
  const text = schema === undefined || (isObject(schema) && Object.keys(schema).length === 0)
    ? '\n\nAnswer with JSON only: no other text, no code fence.'
    : `\n\nAnswer with JSON only, no other text and no code fence. It must follow this JSON Schema:\n${JSON.stringify(schema)}`;
  const segment: TextSegment = { text, source: { kind: 'option', name: 'output' }, taint: [] };
  const last = messages.findLastIndex((message) => message.role === 'user');
  if (last < 0) return [...messages, { role: 'user', content: [{ ...segment, text: text.trimStart() }] }];
  return messages.with(last, { ...messages[last]!, content: [...messages[last]!.content, segment] });
}
