import type { Program, PromptCell } from './program.ts';
import { input } from '../techniques/input.ts';
import type { Json } from '../json.ts';
import type { Problem } from '../problem.ts';
import type { RunError } from '../trace/event.ts';
import type { Value } from '../prompt/message.ts';
import { missingValues } from './missing.ts';
import { wrongInput } from '../values/inputs.ts';

/** Why nothing was sent at all. */
export interface Refusal {
  /** null: it concerns the whole notebook. */
  readonly cell: PromptCell | null;
  readonly error: RunError;
  /** The problem of the notebook's text, where it is one. */
  readonly problem?: Problem;
  /** The place of the problem's cell among the notebook's cells: also of data and of the front matter. */
  readonly at?: number;
}

export interface Given {
  readonly program: Program;
  /** Values of the notebook's parameters, defaults included. */
  readonly params: ReadonlyMap<string, Value>;
  /** Values that were given for inputs. */
  readonly inputs: ReadonlyMap<string, Json>;
}

/** Why these cells cannot run, as far as it can be told without a model: problems of the text, and values that nobody gave. */
export function refusalsOf(order: readonly PromptCell[], { program, params, inputs }: Given): readonly Refusal[] {
  return [...problemsOf(program, order), ...missingRefusals(program, order, { params, inputs }), ...wrongInputs(order, inputs)];
}

function problemsOf(program: Program, order: readonly PromptCell[]): Refusal[] {
  const byIndex = new Map(order.map((cell) => [cell.index, cell]));
  const needed = new Set(order.flatMap((cell) => cell.needs.map((need) => need.name)));
  // Of two cells of one name, nobody knows which is meant.
  const feeds = new Set([...program.data, ...program.prompts].filter((cell) => cell.name !== null && needed.has(cell.name)).map((cell) => cell.index));
  const front = program.notebook.cells.findIndex((cell) => cell.kind === 'front-matter');
  return program.problems.flatMap(({ cell, problem }): Refusal[] => {
    if (problem.severity !== 'error' || (cell !== front && !byIndex.has(cell) && !feeds.has(cell))) return [];
    return [{ cell: byIndex.get(cell) ?? null, problem, at: cell, error: { code: 'problem', message: problem.message, hint: problem.fix?.title ?? null } }];
  });
}

function missingRefusals(program: Program, order: readonly PromptCell[], given: Omit<Given, 'program'>): Refusal[] {
  return missingValues(order, { program, ...given }).map((missing): Refusal => {
    const what = missing.kind === 'parameter' ? `The parameter \`${missing.name}\`` : `The input \`${missing.name}\` of ${scope(missing.cell)}`;
    const where = missing.kind === 'parameter' ? 'under `params:` in the notebook' : 'under `input:`';
    return { cell: missing.cell, error: { code: 'missing-input', message: `${what} has no value.`, hint: `Give one with \`--param ${missing.name}=…\`, or a default ${where}.` } };
  });
}

/** What was given for inputs is of the type that they declare. */
function wrongInputs(order: readonly PromptCell[], given: ReadonlyMap<string, Json>): Refusal[] {
  return order.flatMap((cell) => (cell.options.get(input)?.inputs ?? []).flatMap(({ name, schema }): Refusal[] => {
    const kind = given.has(name) ? wrongInput(schema, given.get(name)!) : null;
    if (kind === null) return [];
    return [{ cell, error: { code: 'missing-input', message: `The input \`${name}\` of ${scope(cell)} must be ${kind}; \`${short(given.get(name)!)}\` was given.`, hint: `Give another with \`--param ${name}=…\`, or change its schema under \`input:\`.` } }];
  }));
}

function scope(cell: PromptCell): string {
  return cell.name === null ? `cell #${cell.number}` : `cell ${cell.name}`;
}

function short(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
