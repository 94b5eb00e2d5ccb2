import { input } from '../techniques/input.ts';
import type { Json, JsonSchema } from '../json.ts';
import type { ParamDeclaration } from '../values/params.ts';
import type { Program, PromptCell } from './program.ts';
import type { Value } from '../prompt/message.ts';

/** A value that cells use and nobody gave. */
export type MissingValue =
  | { readonly kind: 'parameter'; readonly name: string; readonly cell: null; readonly declaration: ParamDeclaration }
  | { readonly kind: 'input'; readonly name: string; readonly cell: PromptCell; readonly schema: JsonSchema };

/** The parameters and inputs that these cells use and that have no value, in the order of the notebook. A name that two cells want stands once for each. */
export function missingValues(
  order: readonly PromptCell[],
  { program, params, inputs }: { readonly program: Program; readonly params: ReadonlyMap<string, Value>; readonly inputs: ReadonlyMap<string, Json> },
): readonly MissingValue[] {
  const parameters = program.options.params
    .filter(({ name }) => !params.has(name) && order.some((cell) => cell.references.some((use) => use.kind === 'parameter' && use.name === name)))
    .map((declaration): MissingValue => ({ kind: 'parameter', name: declaration.name, cell: null, declaration }));
  // Inputs have a default, or the value of the cell or parameter of their name, or must be given.
  const wanted = order.flatMap((cell) => (cell.options.get(input)?.inputs ?? [])
    .filter(({ name, required, default: fallback }) => required && fallback === undefined && !inputs.has(name) && !params.has(name) && !program.byName.has(name))
    .map(({ name, schema }): MissingValue => ({ kind: 'input', name, cell, schema })));
  return [...parameters, ...wanted];
}
