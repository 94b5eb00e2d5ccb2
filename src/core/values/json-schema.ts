import type { Json, JsonSchema } from '../json.ts';
import { BudgetError, linearRegex, spend, type Budget } from './linear-regex.ts';
import { prepareSchema, stepKeyword, type CheckedSchema } from './schema-check.ts';
import { readSchemaErrors } from './schema-errors.ts';
import type { _ as CodeTag, Ajv, Options } from 'ajv';

/** What is wrong with a value, one short sentence without a full stop each: `items[2].price must be a number, is "cheap"`. */
export type Validate = (value: Json) => readonly string[];

/** How much one validation may do: evaluations of a subschema and steps of regular expressions. About a second. */
const maxSteps = 20_000_000;
/** An evaluation of a subschema costs about as much as this many steps of a regular expression. */
const stepsPerSubschema = 5;
/** Formats are looked at with JavaScript's own regular expressions; no address or date is longer. */
const maxFormatLength = 2000;

/** Of a value with more parts than these only the first fault is looked for: a list of a million numbers could hold a million. */
const maxParts = 50_000;

/** What is wrong with a schema, as one sentence, or null. Takes no library. What only {@link compileSchema} finds is rare. */
export function checkSchema(schema: Json): string | null {
  const checked = prepareSchema(schema);
  return 'problem' in checked ? checked.problem : null;
}

/**
 * A JSON Schema (draft 2020-12, or 07 where `$schema` or its forms say so) as a function that lists what is wrong with a value; an empty list
 * means that it follows the schema. Formats (`date`, `email`, `uri` …) are checked, `$ref` stays inside of the schema, regular
 * expressions run in linear time without look-behind and back references, and a validation that would take seconds ends with a problem.
 */
export async function compileSchema(schema: JsonSchema): Promise<{ readonly validate: Validate } | { readonly problem: string }> {
  const checked = prepareSchema(schema);
  if ('problem' in checked) return checked;
  const budget: Budget = { left: 0 };
  const open = await ajvOpener(checked, budget);
  const compile = (allErrors: boolean): Compiled => open(allErrors).compile(checked.schema as object | boolean);
  try {
    const all = compile(true);
    let first: Compiled | undefined;
    return { validate: (value) => validateWith(hasMoreParts(value, maxParts) ? (first ??= compile(false)) : all, value, budget) };
  } catch (error) {
    return { problem: `The schema cannot be used: ${error instanceof Error ? error.message : String(error)}.` };
  }
}

interface Compiled {
  (value: unknown): unknown;
  errors?: Parameters<typeof readSchemaErrors>[0] | null;
}

function validateWith(compiled: Compiled, value: Json, budget: Budget): readonly string[] {
  budget.left = maxSteps;
  try {
    return compiled(value) === true ? [] : readSchemaErrors(compiled.errors ?? []);
  } catch (error) {
    if (error instanceof BudgetError) return ['the value takes too long to be checked against the schema'];
    // A schema that refers to itself follows the value by recursion, or itself without end.
    if (error instanceof RangeError) return ['the value is nested too deeply to be checked against the schema'];
    throw error;
  } finally {
    compiled.errors = null;
  }
}

/** Whether there are more than `limit` values in a value, itself included. */
function hasMoreParts(value: Json, limit: number): boolean {
  let count = 0;
  const pending: Json[] = [value];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (++count + pending.length > limit) return true;
    if (typeof next !== 'object' || next === null) continue;
    const inner: readonly Json[] = Array.isArray(next) ? (next as readonly Json[]) : Object.values(next);
    if (inner.length > limit) return true;
    pending.push(...inner);
  }
  return false;
}

/** What a CommonJS module exports. Node finds the names of some by looking at its text; a bundler leaves them all under `default`. */
function commonJs<T extends object>(module: T): T {
  return (module as { readonly default?: T }).default ?? module;
}

async function ajvOpener({ draft }: CheckedSchema, budget: Budget): Promise<(allErrors: boolean) => Ajv> {
  // The schema has been looked over; to compile the meta-schemas would take ten times as long as all the rest.
  const options = {
    strict: false, meta: false, validateSchema: false, verbose: true, logger: false, ownProperties: true, multipleOfPrecision: 9,
    code: { optimize: false, regExp: Object.assign((pattern: string) => boundedRegExp(pattern, budget), { code: 'linearRegex' }) },
  } as const;
  const Class: new (options: Options) => Ajv = draft === '2020-12' ? commonJs(await import('ajv/dist/2020.js')).Ajv2020 : commonJs(await import('ajv')).Ajv;
  const { _ } = commonJs(await import('ajv'));
  const { fullFormats } = commonJs(await import('ajv-formats/dist/formats.js'));
  return (allErrors) => withKeywords(new Class({ ...options, allErrors }), { _, formats: fullFormats, budget });
}

function withKeywords(ajv: Ajv, { _, formats, budget }: { readonly _: typeof CodeTag; readonly formats: object; readonly budget: Budget }): Ajv {
  for (const [name, format] of Object.entries(formats) as [string, unknown][]) {
    const test = formatTest(format);
    if (test !== null && name !== 'regex') ajv.addFormat(name, { type: 'string', validate: (text: string) => text.length <= maxFormatLength && test(text) });
  }
  // Patterns have been looked at before, by what runs them.
  ajv.addFormat('regex', true);
  // As code, since it stands in every subschema: a call through ajv's own ways makes compiling three times as slow.
  ajv.addKeyword({ keyword: stepKeyword, schemaType: 'boolean', code: ({ gen }) => gen.code(_`${gen.scopeValue('func', { ref: () => spend(budget, stepsPerSubschema) })}()`) });
  // Ajv compares each item with each: a list of 100,000 objects would take hours.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({ keyword: 'uniqueItems', type: 'array', schemaType: 'boolean', validate: (wanted: boolean, items: readonly Json[]) => !wanted || allDifferent(items) });
  return ajv;
}

function boundedRegExp(pattern: string, budget: Budget): { test(text: string): boolean } {
  const regex = linearRegex(pattern);
  return { test: (text) => regex.test(text, budget), toString: () => `linear /${pattern}/` } as { test(text: string): boolean };
}

function formatTest(format: unknown): ((text: string) => boolean) | null {
  if (format instanceof RegExp) return (text) => format.test(text);
  if (typeof format === 'function') return (text) => Boolean((format as (text: string) => unknown)(text));
  if (typeof format === 'object' && format !== null && 'validate' in format && !('type' in format && format.type === 'number')) return formatTest(format.validate);
  return null;
}

function allDifferent(items: readonly Json[]): boolean {
  const seen = new Set<string>();
  for (const item of items) {
    const text = sortedJson(item);
    if (seen.has(text)) return false;
    seen.add(text);
  }
  return true;
}

/** Equal data as equal text, whatever the order of its keys. */
function sortedJson(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(sortedJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const object = value as { readonly [key: string]: Json };
  return `{${Object.keys(object).sort().map((key) => `${JSON.stringify(key)}:${sortedJson(object[key]!)}`).join()}}`;
}
