import { CommandError } from './exit.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { input } from '../core/techniques/input.ts';
import { withDependents } from '../core/engine/graph.ts';
import type { Program, PromptCell } from '../core/engine/program.ts';

export interface Selection {
  /** Names or `#2`, as given with `--cell`. */
  readonly cells?: readonly string[] | undefined;
  /** As given with `--from`. */
  readonly from?: string | undefined;
}

/**
 * The cells that a command is about: those named; with `from`, that cell and all that use its result; else every prompt cell.
 * @throws CommandError when there is no such cell, or nothing to run.
 */
export function selectCells(program: Program, { cells = [], from }: Selection): readonly PromptCell[] {
  if (program.prompts.length === 0) throw new CommandError('This notebook has no prompt cell, so there is nothing to run.', 'A prompt cell is a fence that begins with ```{prompt}.');
  if (cells.length === 0 && from === undefined) return allCells(program);
  const found = new Set(cells.map((name) => findCell(program, name)));
  if (from !== undefined) for (const cell of fromCell(program, from)) found.add(cell);
  return program.prompts.filter((cell) => found.has(cell));
}

/** A cell and all that use its result; of data, what uses it. */
function fromCell(program: Program, name: string): readonly PromptCell[] {
  const data = program.byName.get(name);
  if (data?.kind !== 'data') return withDependents([findCell(program, name)], program.prompts);
  const users = program.prompts.filter((cell) => cell.needs.some((need) => need.name === name));
  if (users.length === 0) throw new CommandError(`No cell uses \`${name}\`, so there is nothing to run from it.`);
  return withDependents(users, program.prompts);
}

/** Without a word, every cell; not those that are only parts of others and wait for inputs that others give. */
function allCells(program: Program): readonly PromptCell[] {
  const partials = new Set(program.prompts.flatMap((cell) => cell.references.filter((use) => use.kind === 'partial').map((use) => use.name)));
  const parameters = new Set(program.options.params.map((param) => param.name));
  const waits = (cell: PromptCell): boolean =>
    (cell.options.get(input)?.inputs ?? []).some((one) => one.required && one.default === undefined && !program.byName.has(one.name) && !parameters.has(one.name));
  return program.prompts.filter((cell) => cell.name === null || !partials.has(cell.name) || !waits(cell));
}

/** @throws CommandError */
export function findCell(program: Program, name: string): PromptCell {
  const number = /^#([0-9]+)$/.exec(name);
  if (number !== null) {
    const cell = program.prompts.find((one) => one.number === Number(number[1]));
    if (cell !== undefined) return cell;
    throw new CommandError(`There is no cell ${name}: the prompt cells are #1 to #${program.prompts.length}.`);
  }
  const cell = program.byName.get(name);
  if (cell?.kind === 'prompt') return cell;
  if (cell?.kind === 'data') throw new CommandError(`\`${name}\` is data: there is nothing to run.`, 'Name a prompt cell.');
  const names = program.prompts.flatMap((one) => one.name ?? []);
  const near = didYouMean(name, names);
  const hint = near !== undefined ? `Did you mean \`${near}\`?` : names.length > 0 ? `There are ${names.slice(0, 12).map((one) => `\`${one}\``).join(', ')}${names.length > 12 ? ' …' : ''}.` : 'The cells have no names: write `#1` for the first.';
  throw new CommandError(`There is no prompt cell \`${name}\`.`, hint);
}
