import type { Json, JsonSchema } from '../json.ts';
import { jsonDepth, maxJsonDepth } from '../values/json-depth.ts';
import { compileSchema } from '../values/json-schema.ts';

/** The longest arguments of one call, in UTF-16 units. */
const maxLength = 1_000_000;

/**
 * Reads the arguments of a tool call, as the model wrote them, and validates them against the tool's schema. No text at all counts as `{}`.
 * Nothing is repaired: what was wrong is told to the model, as `error`, and it can call again.
 */
export async function readArguments(text: string, parameters: JsonSchema): Promise<{ readonly value: Json } | { readonly error: string }> {
  if (text.length > maxLength) return { error: `The arguments have ${text.length} characters; at most ${maxLength} are allowed.` };
  const parsed = parseArguments(text);
  if ('error' in parsed) return parsed;
  const compiled = await compileSchema(parameters);
  if ('problem' in compiled) return { error: `The tool's own schema cannot be used: ${compiled.problem}` };
  const problems = compiled.validate(parsed.value);
  if (problems.length === 0) return parsed;
  return { error: `The arguments do not fit the tool: ${problems.join('; ')}. The tool was not run.` };
}

function parseArguments(text: string): { readonly value: Json } | { readonly error: string } {
  if (text.trim() === '') return { value: {} };
  if (jsonDepth(text) > maxJsonDepth) return { error: `The arguments are nested more than ${maxJsonDepth} levels deep. The tool was not run.` };
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { error: `The arguments are not valid JSON (${message}). Write one JSON object with the tool's parameters. The tool was not run.` };
  }
}
