import { input } from '../techniques/input.ts';
import type { Message, Value } from '../prompt/message.ts';
import type { Problem } from '../problem.ts';
import type { Program, PromptCell } from './program.ts';
import type { RunError } from '../trace/event.ts';
import { renderTemplate } from '../prompt/render.ts';
import { whitespace } from '../techniques/whitespace.ts';

/** The values that cells are rendered with. */
export interface Values {
  /** Of data cells, and of prompt cells that have a result. */
  readonly cells: ReadonlyMap<string, Value>;
  readonly parameters: ReadonlyMap<string, Value>;
  /** What was given for declared inputs, by name. */
  readonly inputs: ReadonlyMap<string, Value>;
}

export interface RenderedCell {
  readonly messages: readonly Message[];
  readonly problems: readonly Problem[];
  /** Declared inputs that must have a value, and have none. */
  readonly missing: readonly string[];
}

/** Why a rendered cell cannot be sent; null when it can. */
export function refusalOfRendered({ messages, problems, missing }: RenderedCell, scope: string): RunError | null {
  const problem = problems.find((one) => one.severity === 'error');
  if (problem !== undefined) return { code: 'problem', message: problem.message, hint: null };
  if (missing.length > 0) {
    const names = missing.map((name) => `\`${name}\``).join(', ');
    return { code: 'missing-input', message: `The input ${names} of ${scope} has no value.`, hint: `Give one with \`--param ${missing[0]!}=…\`, or a default under \`input:\`.` };
  }
  if (messages.length === 0) return { code: 'problem', message: `There is nothing to send: ${scope} renders to no message.`, hint: 'Write what the model is to do.' };
  return null;
}

/** A cell's messages. An input has the value that was given, else its default, else that of the cell or parameter of its name. */
export function renderCell(program: Program, cell: PromptCell, values: Values): RenderedCell {
  const inputs = new Map<string, Value | null>();
  const missing: string[] = [];
  for (const declared of cell.options.get(input)?.inputs ?? []) {
    const { name, required } = declared;
    const fallback: Value | null = declared.default === undefined ? null : { data: declared.default, source: { kind: 'input', name }, taint: [] };
    const value = values.inputs.get(name) ?? fallback ?? values.cells.get(name) ?? values.parameters.get(name) ?? null;
    inputs.set(name, value);
    if (value === null && required) missing.push(name);
  }
  const { messages, problems } = renderTemplate(
    cell.template,
    { inputs, cells: values.cells, parameters: values.parameters, partial: program.partial },
    { whitespace: cell.options.get(whitespace) ?? 'trim' },
  );
  return { messages, problems, missing };
}
