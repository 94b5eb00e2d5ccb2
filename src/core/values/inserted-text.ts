import type { Json } from '../json.ts';

/**
 * What a value looks like in a prompt: text as it is but with LF line ends, numbers and booleans as JSON, objects and lists as compact
 * JSON, null as nothing. @throws RangeError when the value nests too deep or is too long to write.
 */
export function insertedText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? toLf(value) : jsonText(value);
}

/** The value as JSON. `indent` 0 is compact. Strings keep their line ends, which JSON escapes. @throws RangeError as {@link insertedText}. */
export function jsonText(value: Json, indent = 0): string {
  return JSON.stringify(value, null, indent);
}

/** Models always get LF. */
export function toLf(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}
