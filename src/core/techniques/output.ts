import type { Outcome, Run, RunContext, RunRequest, Technique } from './technique.ts';
import { bad, readChoice, readEntries, type Read } from './read.ts';
import type { Json, JsonSchema } from '../json.ts';
import type { Message } from '../prompt/message.ts';
import type { OptionNode } from '../prompt/options.ts';
import type { Problem } from '../problem.ts';
import { compileSchema } from '../values/json-schema.ts';
import { parseJsonAnswer } from '../values/parse-json.ts';
import { readSchemaNode } from '../values/schema-node.ts';
import { withFormInstruction } from '../prompt/form-instruction.ts';

export interface OutputForm {
  readonly format: 'text' | 'json';
  /** Absent: any JSON. */
  readonly schema?: JsonSchema;
}

/**
 * The form of the answer. A model that can follows the schema by itself; others are shown it. The answer is parsed, validated,
 * repaired once at most, else the cell fails with its text kept.
 */
export const output: Technique<OutputForm> = {
  name: 'output',
  doc: 'The form of the answer: `format: json` and a `schema` (JSON Schema, or picoschema as in dotprompt). The result is the parsed value; `{{cell.field}}` reaches into it. An answer that does not follow the schema is repaired once, else the cell fails with its text kept.',
  example: '{ schema: { name: string, age: integer } }',
  parse: readOutput,
  wrap: (form, next) => (form.format === 'text' ? next : (request, context) => structured(form, { request, next, context })),
};

function readOutput(node: OptionNode): Read<OutputForm> {
  let format: OutputForm['format'] | undefined;
  let schema: JsonSchema | undefined;
  const problems: Problem[] = readEntries(node, '`output`', ['format', 'schema'], ({ key, node: entry }) => {
    if (key === 'format') {
      const read = readChoice(entry, '`output.format`', ['text', 'json']);
      format = read.value;
      return read.problems;
    }
    const read = readSchemaNode(entry);
    schema = read.schema ?? undefined;
    return read.problems;
  });
  if (format === 'text' && schema !== undefined) problems.push(...bad(node, 'option-value', '`output.format: text` cannot have a `schema`: take one of them out.').problems);
  if (format === undefined && schema === undefined && problems.length === 0) problems.push(...bad(node, 'option-value', '`output` needs a `format` or a `schema`.').problems);
  return { value: { format: format ?? 'json', ...(schema !== undefined && { schema }) }, problems };
}

interface Call {
  readonly request: RunRequest;
  readonly next: Run;
  readonly context: RunContext;
}

async function structured(form: OutputForm, { request, next, context }: Call): Promise<Outcome> {
  const validate = await compile(form);
  if (typeof validate === 'string') {
    return failed({ status: 'failed', finish: null, text: '', value: null, message: null, checks: [], attempts: 1, error: null, taint: [] }, `The schema of \`output\` cannot be used: ${validate}`);
  }
  let asked = askFor(form, request);
  let first = await next(asked, context);
  // Servers differ in how much of JSON Schema they take: one that takes this schema in no way can still be shown it.
  if (asked.output !== undefined && first.status === 'failed' && (first.error?.code === 'bad-request' || first.error?.code === 'unsupported-parameter')) {
    asked = showForm(form, request);
    first = await next(asked, context);
  }
  if (first.status !== 'done') return first;
  const read = await readAnswer(first.text, validate);
  if ('value' in read) return { ...first, value: read.value };
  const repair: Message[] = [
    { role: 'model', content: [{ text: first.text, source: { kind: 'model' }, taint: first.taint }] },
    { role: 'user', content: [{ text: `Your answer does not follow the form asked for:\n${read.problems.map((problem) => `- ${problem}`).join('\n')}\nAnswer again with the corrected JSON only.`, source: { kind: 'option', name: 'output' }, taint: first.taint }] },
  ];
  // The server may have refused the schema meanwhile, and was asked again without it: then it is shown.
  if (asked.output !== undefined) asked = askFor(form, request);
  const second = await next({ ...asked, purpose: 'repair', messages: [...asked.messages, ...repair] }, context);
  // A repair that did not come to its end leaves the first answer: that is what was made.
  if (second.status !== 'done') return { ...second, text: first.text, value: first.text };
  const again = await readAnswer(second.text, validate);
  if ('value' in again) return { ...second, value: again.value };
  return failed(second, `The answer does not follow the schema, and neither does its repair: ${again.problems[0] ?? 'no JSON in it'}`);
}

/** A model that follows schemas by itself is given it; any other one, and any form without a schema, is asked in words. */
function askFor(form: OutputForm, request: RunRequest): RunRequest {
  const { schema } = form;
  return schema !== undefined && request.model.capabilities.jsonSchema ? { ...request, output: { name: 'answer', schema } } : showForm(form, request);
}

function showForm(form: OutputForm, request: RunRequest): RunRequest {
  return { ...request, messages: withFormInstruction(request.messages, form.schema) };
}

function failed(outcome: Outcome, message: string): Outcome {
  return { ...outcome, status: 'failed', value: null, error: { code: 'invalid-output', message, hint: 'The text is kept. Make the schema simpler, show an example of the form, or choose a model with structured outputs.' } };
}

type Validate = (value: Json) => readonly string[];
type Answer = { readonly value: Json } | { readonly problems: readonly string[] };

/** What an answer of this form says: the JSON in it that follows the schema, or what is wrong. */
export async function formedAnswer(form: OutputForm, text: string): Promise<Answer> {
  const validate = await compile(form);
  return typeof validate === 'string' ? { problems: [validate] } : readAnswer(text, validate);
}

/** What the values must be, or why the schema cannot be used. */
async function compile({ schema }: OutputForm): Promise<Validate | string> {
  if (schema === undefined) return () => [];
  const compiled = await compileSchema(schema);
  return 'problem' in compiled ? compiled.problem : compiled.validate;
}

async function readAnswer(text: string, validate: Validate): Promise<Answer> {
  const parsed = await parseJsonAnswer(text, (value) => validate(value).length === 0);
  if ('problem' in parsed) return { problems: [parsed.problem] };
  const problems = validate(parsed.value);
  return problems.length === 0 ? { value: parsed.value } : { problems };
}
