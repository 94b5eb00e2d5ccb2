import { isObject, type Json, type JsonSchema } from '../json.ts';
import { codeBlocks } from '../checks/code-blocks.ts';
import { jsonDepth, maxJsonDepth } from '../values/json-depth.ts';
import { compileSchema } from '../values/json-schema.ts';
import { repairJson } from '../values/repair-json.ts';

/** The longest arguments of one call, in UTF-16 units. */
const maxLength = 1_000_000;

/**
 * Reads the arguments of a tool call, as the model wrote them, and validates them against the tool's schema. No text at all counts as `{}`.
 * Broken JSON is repaired only where nothing but quotes, commas and blanks has to change, so that a call is never made with other words
 * or with a part of them. What is wrong otherwise is told to the model, as `error`, and it can call again.
 */
export async function readArguments(text: string, parameters: JsonSchema): Promise<{ readonly value: Json } | { readonly error: string }> {
  if (text.length > maxLength) return { error: `The arguments have ${text.length} characters; at most ${maxLength} are allowed. The tool was not run.` };
  if (jsonDepth(text) > maxJsonDepth) return { error: `The arguments are nested more than ${maxJsonDepth} levels deep. The tool was not run.` };
  const parsed = await parseArguments(text.trim());
  if ('error' in parsed) return parsed;
  const compiled = await compileSchema(parameters);
  if ('problem' in compiled) return { error: `The tool's own schema cannot be used: ${compiled.problem} The tool was not run.` };
  const problems = compiled.validate(parsed.value);
  if (problems.length === 0) return parsed;
  return { error: `The arguments do not fit the tool: ${problems.join('; ')}. The tool was not run.` };
}

async function parseArguments(text: string): Promise<{ readonly value: Json } | { readonly error: string }> {
  if (text === '') return { value: {} };
  const whole = parse(text);
  if ('value' in whole) {
    // Some models write the object as JSON within a JSON string.
    const inner = typeof whole.value === 'string' && jsonDepth(whole.value) <= maxJsonDepth ? parse(whole.value) : whole;
    return 'value' in inner && isObject(inner.value) ? { value: inner.value } : { value: whole.value };
  }
  const repaired = await repair(text);
  if (repaired !== null) return { value: repaired };
  return { error: `The arguments are not valid JSON (${whole.problem}). Write one JSON object with the tool's parameters. The tool was not run.` };
}

function parse(text: string): { readonly value: Json } | { readonly problem: string } {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** The object that was meant, or null where it cannot be had without a guess. */
async function repair(text: string): Promise<Json | null> {
  const { blocks, outside } = codeBlocks(text);
  const written = blocks.length === 1 && blocks[0]!.closed && outside.length === 0 ? blocks[0]!.content : text;
  const read = await repairJson(written);
  return 'value' in read && isObject(read.value) && words(read.text) === words(written) ? read.value : null;
}

/** What a repair must leave as it is: all but quotes, commas and blanks; Python's words count as JSON's. */
function words(text: string): string {
  return text
    .replace(/\b(?:True|False|None)\b/g, (word) => (word === 'None' ? 'null' : word.toLowerCase()))
    .replace(/\\[nrt]|\\?["'`‘’“”]|[\s,]/g, '');
}
