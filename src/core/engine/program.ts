import { checkNeeds, type Need } from './graph.ts';
import { dataLanguages, parseData, type DataLanguage } from '../values/data.ts';
import { input } from '../techniques/input.ts';
import { isName } from '../prompt/names.ts';
import type { Cell, Notebook } from '../notebook/types.ts';
import { bringsContext, bringsNames } from '../techniques/later.ts';
import { didYouMean } from '../did-you-mean.ts';
import { isNewer, readNotebookOptions, sentenceLists, type NotebookOptions } from './notebook-options.ts';
import { output } from '../techniques/output.ts';
import { parseFrontMatter } from '../prompt/front-matter.ts';
import { parseTemplate } from '../prompt/parse-template.ts';
import { readCellOptions, type CellOptions } from '../techniques/read-options.ts';
import { resolveNames, type Reference } from '../prompt/resolve.ts';
import { newWork } from '../prompt/work.ts';
import type { Json } from '../json.ts';
import type { NameInfo, Names, PartialBody } from '../prompt/scope.ts';
import type { Problem } from '../problem.ts';
import type { Template } from '../prompt/tree.ts';
import type { Value } from '../prompt/message.ts';

/** A notebook read as a program: what each cell is, what it needs, and everything that is wrong with it. */
export interface Program {
  readonly notebook: Notebook;
  readonly options: NotebookOptions;
  readonly prompts: readonly PromptCell[];
  readonly data: readonly DataCell[];
  /** By name; of cells that share a name the first. */
  readonly byName: ReadonlyMap<string, PromptCell | DataCell>;
  readonly partial: (name: string) => PartialBody | undefined;
  readonly problems: readonly ProgramProblem[];
}

/** A problem and the cell that it is in. Its span counts in the cell's text, or, where `where` is `info`, it means the fence's info string. */
export interface ProgramProblem {
  readonly cell: number;
  readonly where: 'text' | 'info';
  readonly problem: Problem;
}

export interface PromptCell {
  readonly kind: 'prompt';
  /** Its place among the notebook's cells. */
  readonly index: number;
  /** Its number among the prompt cells, from 1: `#2`. */
  readonly number: number;
  readonly name: string | null;
  readonly options: CellOptions;
  readonly template: Template;
  readonly references: readonly Reference[];
  /** The cells that it needs, each once, in the order of their first use. */
  readonly needs: readonly Need[];
}

export interface DataCell {
  readonly kind: 'data';
  readonly index: number;
  readonly name: string | null;
  readonly language: DataLanguage;
  /** The file that holds the data, as the notebook writes it; null when the body does. */
  readonly file: string | null;
  /** The value of the body; null where a file holds it. */
  readonly value: Json;
}

/** Reads a notebook as a program. Never throws. Files that data cells name are not read here. */
export function readProgram(notebook: Notebook): Program {
  const problems: ProgramProblem[] = [];
  const add = (cell: number, where: ProgramProblem['where'], found: readonly Problem[]): void => {
    for (const problem of found) problems.push({ cell, where, problem });
  };
  const front = notebook.cells.findIndex((cell) => cell.kind === 'front-matter');
  const options = readNotebookOptions(notebook.cells[front]?.text ?? '');
  add(front, 'text', options.problems);

  const data: DataCell[] = [];
  const drafts: Draft[] = [];
  const named = new Map<string, PromptCell | DataCell | Draft>();
  const infos = new Map<string, NameInfo>();
  const parameters = new Map<string, NameInfo>(options.params.map((param) => [param.name, param.type === 'string' ? { text: 'data' } : {}]));
  for (const [index, cell] of notebook.cells.entries()) {
    if (cell.kind !== 'code') continue;
    const entry = readCell({ cell, index, number: drafts.length + 1, defaults: options.defaults }, (where, found) => add(index, where, found));
    if (entry?.kind === 'data') data.push(entry);
    else if (entry !== null) drafts.push(entry);
    if (cell.name === null) continue;
    const wrong = nameProblem(cell.name, { taken: infos.has(cell.name), parameter: parameters.has(cell.name) });
    if (wrong !== null) add(index, 'info', [wrong]);
    if (infos.has(cell.name)) continue;
    infos.set(cell.name, infoOf(entry));
    if (entry !== null) named.set(cell.name, entry);
  }

  const partials = new Map<string, PartialBody>();
  const partial = (name: string): PartialBody | undefined => {
    const entry = named.get(name);
    if (entry === undefined || entry.kind !== 'draft') return undefined;
    let body = partials.get(name);
    if (body === undefined) partials.set(name, (body = { template: entry.template, inputs: inputDefaults(entry.options), broken: entry.broken }));
    return body;
  };
  const work = newWork();
  const prompts = drafts.map((draft): PromptCell => {
    const { index, number, name, template, given } = draft;
    const inputs = draft.options.get(input)?.inputs ?? [];
    const names: Names = {
      cells: infos, parameters, partial, work,
      inputs: new Map(inputs.map((one) => [one.name, isTextSchema(one.schema) ? { text: 'data' } : {}])),
      ...(bringsNames.some((option) => given.has(option)) && { columns: 'unknown' }),
      context: new Set([...given].flatMap((option) => (Object.hasOwn(bringsContext, option) ? [bringsContext[option]!] : []))),
    };
    const resolved = resolveNames(template, names);
    add(index, 'text', resolved.problems);
    for (const reference of resolved.references) {
      const problem = reference.kind === 'cell' ? withoutValue(reference, notebook, named) : null;
      if (problem !== null) add(index, 'text', [problem]);
    }
    const open = inputs.filter((one) => one.default === undefined).map((one) => one.name);
    const needs = needsOf(resolved.references, { inputs: open, named });
    return { kind: 'prompt', index, number, name, options: draft.options, template, references: resolved.references, needs };
  });
  const byName = new Map<string, PromptCell | DataCell>();
  for (const cell of [...prompts, ...data]) if (cell.name !== null && named.has(cell.name) && named.get(cell.name)!.index === cell.index) byName.set(cell.name, cell);
  for (const { cell, problem } of checkNeeds(prompts)) add(cell, 'text', [problem]);
  const shown = options.problems.some(isNewer) ? problems.filter(({ problem }) => isNewer(problem)) : problems;
  return { notebook, options, prompts, data, byName, partial, problems: shown.sort((a, b) => a.cell - b.cell || a.problem.span.start - b.problem.span.start) };
}

/** A prompt cell before its names are known. */
interface Draft {
  readonly kind: 'draft';
  readonly index: number;
  readonly number: number;
  readonly name: string | null;
  readonly options: CellOptions;
  readonly template: Template;
  /** Whether its front matter cannot be read. */
  readonly broken: boolean;
  /** The keys of its options, whether they are known or not. */
  readonly given: ReadonlySet<string>;
}

interface Place {
  readonly cell: Cell;
  readonly index: number;
  readonly number: number;
  readonly defaults: NotebookOptions['defaults'];
}

type Report = (where: ProgramProblem['where'], problems: readonly Problem[]) => void;

function readCell({ cell, index, number, defaults }: Place, report: Report): Draft | DataCell | null {
  const { language, name } = cell;
  if (language === 'prompt') {
    const { root, body, bodyStart, problems } = parseFrontMatter(cell.text, 0, sentenceLists);
    const options = readCellOptions(root, defaults);
    const template = parseTemplate(body, bodyStart);
    report('text', [...problems, ...options.problems, ...template.problems]);
    const given = new Set([root, defaults].flatMap((node) => node?.entries?.map((entry) => entry.key) ?? []));
    const broken = problems.some((problem) => problem.severity === 'error');
    return { kind: 'draft', index, number, name, options, template, given, broken };
  }
  if ((dataLanguages as readonly string[]).includes(language)) return readDataCell({ cell, index }, report);
  if (language === 'javascript') report('info', [{ code: 'not-supported-yet', severity: 'warning', message: '`javascript` cells are not supported yet: this one is kept as it is, and not run.', span: whole(cell) }]);
  else report('info', misspelt(language));
  return null;
}

const languages: readonly string[] = ['prompt', ...dataLanguages, 'javascript', 'output'];

/** Cells in unknown languages are kept as they are; one that is nearly `prompt` is most likely meant to be run. */
function misspelt(language: string): readonly Problem[] {
  const near = languages.find((known) => known === language.toLowerCase()) ?? didYouMean(language, ['prompt']);
  if (near === undefined) return [];
  return [{ code: 'unknown-language', severity: 'warning', message: `There is no language \`${language}\`: this cell is kept as it is, and not run. Did you mean \`${near}\`?`, span: { start: 0, end: 0 } }];
}

function readDataCell({ cell, index }: Pick<Place, 'cell' | 'index'>, report: Report): DataCell {
  const { name } = cell;
  const language = cell.language as DataLanguage;
  const file = cell.attributes.find((attribute) => attribute.key === 'file')?.value ?? null;
  if (file?.trim() === '') report('info', [{ code: 'file', severity: 'error', message: '`file=` names no file: write `file=notes.md`, or take it out.', span: { start: 0, end: 0 } }]);
  if (file !== null) {
    if (cell.text.trim() !== '') report('text', [{ code: 'file-and-body', severity: 'warning', message: `The data comes from \`${file}\`; what stands here is not used.`, span: whole(cell) }]);
    return { kind: 'data', index, name, language, file, value: null };
  }
  const { value, problems } = parseData(language, cell.text);
  report('text', problems);
  return { kind: 'data', index, name, language, file, value };
}

function nameProblem(name: string, { taken, parameter }: { readonly taken: boolean; readonly parameter: boolean }): Problem | null {
  const span = { start: 0, end: 0 };
  if (!isName(name)) return { code: 'bad-name', severity: 'error', message: `\`${name}\` cannot be the name of a cell: it is letters, digits, \`_\` and \`-\`, not first a digit, and no word of the language.`, span };
  if (taken) return { code: 'duplicate-name', severity: 'error', message: `There is a cell \`${name}\` above already: each needs a name of its own.`, span };
  if (parameter) return { code: 'duplicate-name', severity: 'error', message: `\`${name}\` is a parameter of the notebook: a cell needs another name.`, span };
  return null;
}

function infoOf(entry: Draft | DataCell | null): NameInfo {
  if (entry?.kind === 'data') return entry.language === 'text' ? { text: 'data' } : {};
  if (entry?.kind === 'draft') return (entry.options.get(output)?.format ?? 'text') === 'text' ? { text: 'prompt' } : {};
  return {};
}

function isTextSchema(schema: Json): boolean {
  return typeof schema === 'object' && schema !== null && !Array.isArray(schema) && (schema as { readonly type?: Json }).type === 'string';
}

/** A use of a cell that never has a value: one in a language that is not run. */
function withoutValue(reference: Reference, notebook: Notebook, named: ReadonlyMap<string, unknown>): Problem | null {
  if (named.has(reference.name)) return null;
  const cell = notebook.cells.find((one) => one.kind === 'code' && one.name === reference.name);
  const message = cell?.language === 'javascript' ? `\`${reference.name}\` is a \`javascript\` cell, and these are not supported yet.` : `\`${reference.name}\` is a cell in \`${cell?.language ?? ''}\`, which has no value.`;
  return { code: 'no-value', severity: 'error', message, span: reference.nameSpan };
}

/** What a cell needs before it can be rendered. An input without a value takes that of the cell of its name. */
function needsOf(references: readonly Reference[], { inputs, named }: { readonly inputs: readonly string[]; readonly named: ReadonlyMap<string, { readonly kind: string }> }): readonly Need[] {
  const needs = new Map<string, Need>();
  const use = (name: string, need: Omit<Need, 'name'>): void => {
    if (!named.has(name)) return;
    const before = needs.get(name);
    if (before === undefined) needs.set(name, { name, ...need });
    else if (before.guarded && !need.guarded) needs.set(name, { ...before, guarded: false });
  };
  for (const { kind, name, guarded, nameSpan } of references) {
    if (kind === 'cell') use(name, { guarded, span: nameSpan });
    else if (kind === 'input' && inputs.includes(name)) use(name, { guarded, span: nameSpan });
  }
  return [...needs.values()];
}

function inputDefaults(options: CellOptions): ReadonlyMap<string, Value | null> {
  const inputs = options.get(input)?.inputs ?? [];
  return new Map(inputs.map(({ name, default: given }) => [name, given === undefined ? null : { data: given, source: { kind: 'input', name }, taint: [] }]));
}

function whole(cell: Cell): { start: number; end: number } {
  return { start: 0, end: cell.text.length };
}
