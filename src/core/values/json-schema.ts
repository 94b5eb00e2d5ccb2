import type { Json, JsonSchema } from '../json.ts';
import { BudgetError, linearRegex, spend, type Budget } from './linear-regex.ts';
import { prepareSchema, stepKeyword, type CheckedSchema } from './schema-check.ts';
import { readSchemaErrors } from './schema-errors.ts';
import type { _ as CodeTag, Ajv, Options } from 'ajv';

/** What is wrong with a value, one short sentence without a full stop each: `items[2].price must be a number, is "cheap"`. */
export type Validate = (value: Json) => readonly string[];

/** How much one validation may do: what is looked at in subschemas, and steps of regular expressions. About a second. */
const maxSteps = 20_000_000;
/** An evaluation of a subschema costs about as much as this many steps of a regular expression, and its weight. */
const stepsPerSubschema = 5;
/** To look at so many characters of a text, or to write them for a comparison, costs about as much as one step; to keep the text, as many. */
const charactersPerStep = 5;
const stepsPerText = 30;
/** Formats are looked at with JavaScript's own regular expressions; no address or date is longer. */
const maxFormatLength = 2000;
/** Where a value could have more faults than these, which take memory, only its first one is looked for. */
const maxFaults = 500_000;

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
  const work: Work = { left: 0, faults: 0 };
  const open = await ajvOpener(checked, work);
  const compile = (allErrors: boolean): Compiled => open(allErrors).compile(checked.schema as object | boolean);
  try {
    const all = compile(true);
    let first: Compiled | undefined;
    const validate: Validate = (value) => {
      Object.assign(work, { left: maxSteps, faults: maxFaults });
      let found = validateWith(all, value, checked);
      if (found === null && work.faults < 0) {
        Object.assign(work, { left: maxSteps, faults: Infinity });
        found = validateWith((first ??= compile(false)), value, checked);
      }
      return found ?? ['the value takes too long to be checked against the schema'];
    };
    return { validate };
  } catch (error) {
    return { problem: `The schema cannot be used: ${error instanceof Error ? error.message : String(error)}.` };
  }
}

/** What may still be done, and how many faults may still be found. */
interface Work extends Budget {
  faults: number;
}

interface Compiled {
  (value: unknown): unknown;
  errors?: Parameters<typeof readSchemaErrors>[0] | null;
}

/** What is wrong with the value; null where that is too much work. */
function validateWith(compiled: Compiled, value: Json, { refer }: CheckedSchema): readonly string[] | null {
  try {
    return compiled(value) === true ? [] : readSchemaErrors(compiled.errors ?? [], refer);
  } catch (error) {
    if (error instanceof BudgetError) return null;
    // A schema that refers to itself follows the value by recursion, or itself without end.
    if (error instanceof RangeError) return ['the value is nested too deeply to be checked against the schema'];
    throw error;
  } finally {
    compiled.errors = null;
  }
}

/** What a CommonJS module exports. Node finds the names of some by looking at its text; a bundler leaves them all under `default`. */
function commonJs<T extends object>(module: T): T {
  return (module as { readonly default?: T }).default ?? module;
}

async function ajvOpener({ draft }: CheckedSchema, work: Work): Promise<(allErrors: boolean) => Ajv> {
  // The schema has been looked over; to compile the meta-schemas would take ten times as long as all the rest. A schema that is referred to is
  // a function of its own: written out wherever it is used, a thousand of a thousand parts would take all memory.
  const options = {
    strict: false, meta: false, validateSchema: false, inlineRefs: false, verbose: true, logger: false, ownProperties: true, multipleOfPrecision: 9,
    code: { optimize: false, regExp: Object.assign((pattern: string) => boundedRegExp(pattern, work), { code: 'linearRegex' }) },
  } as const;
  const Class: new (options: Options) => Ajv = draft === '2020-12' ? commonJs(await import('ajv/dist/2020.js')).Ajv2020 : commonJs(await import('ajv')).Ajv;
  const { _ } = commonJs(await import('ajv'));
  const { fullFormats } = commonJs(await import('ajv-formats/dist/formats.js'));
  return (allErrors) => withKeywords(new Class({ ...options, allErrors }), { _, formats: fullFormats, work });
}

function withKeywords(ajv: Ajv, { _, formats, work }: { readonly _: typeof CodeTag; readonly formats: object; readonly work: Work }): Ajv {
  for (const [name, format] of Object.entries(formats) as [string, unknown][]) {
    const test = formatTest(format);
    if (test !== null && name !== 'regex') ajv.addFormat(name, { type: 'string', validate: (text: string) => text.length <= maxFormatLength && test(text) });
  }
  // Patterns have been looked at before, by what runs them.
  ajv.addFormat('regex', true);
  const step = (weight: number, data: unknown): void => {
    spend(work, stepsPerSubschema + weight + (typeof data === 'string' ? Math.floor(data.length / charactersPerStep) : 0));
    work.faults -= weight;
    if (work.faults < 0) throw new BudgetError('Too many faults.');
  };
  // As code, since it stands in every subschema: a call through ajv's own ways makes compiling three times as slow. Before all that leads on
  // to other subschemas, or one that fails would not be counted.
  ajv.addKeyword({ keyword: stepKeyword, schemaType: 'number', before: '$ref', code: ({ gen, data, schema }) => gen.code(_`${gen.scopeValue('func', { ref: step })}(${schema as number}, ${data})`) });
  // Ajv compares each item with each: a list of 100,000 objects would take hours.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({ keyword: 'uniqueItems', type: 'array', schemaType: 'boolean', validate: (wanted: boolean, items: readonly Json[]) => !wanted || allDifferent(items, work) });
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

function allDifferent(items: readonly Json[], budget: Budget): boolean {
  const seen = new Set<string>();
  for (const item of items) {
    const text = sortedJson(item);
    spend(budget, stepsPerText + Math.floor(text.length / charactersPerStep));
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
