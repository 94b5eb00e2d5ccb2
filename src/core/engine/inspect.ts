import { dataValue } from './data-files.ts';
import { inHash } from './in-hash.ts';
import { inOrder } from './graph.ts';
import { output } from '../techniques/output.ts';
import { parameterValues } from './parameters.ts';
import { parseJsonAnswer } from '../values/parse-json.ts';
import { readOutput } from '../notebook/output.ts';
import { renderCell } from './render-cell.ts';
import type { Host } from './host.ts';
import type { Message, Value } from '../prompt/message.ts';
import type { Model } from '../models/model.ts';
import type { Program, PromptCell } from './program.ts';

/** What can be said of a cell without asking any model. */
export interface CellFacts {
  /** What would be sent, with the results that are there. Empty when the cell has an error. */
  readonly messages: readonly Message[];
  /** Cells without a result: their names stand in the messages for what they will say. */
  readonly unknown: readonly string[];
  /** Inputs without a value. */
  readonly missing: readonly string[];
  /**
   * Of the result under the cell: there is none; it is of what would be sent now; it is of something else, or what it needs is; nobody can
   * say, since the model is not known here.
   */
  readonly result: 'none' | 'fresh' | 'stale' | 'unknown';
  /** Whether it is stale because a cell that it needs is, and itself nothing has changed. */
  readonly staleBelow: string | null;
}

export interface Inspection {
  readonly program: Program;
  readonly host: Host;
  /** The model of a cell, as far as it is known without asking anyone. */
  readonly model: (cell: PromptCell) => Promise<Model | null>;
}

/** Looks at every prompt cell of a notebook, in the order in which they need each other. Reads files that data cells name; sends nothing. */
export async function inspectCells({ program, host, model }: Inspection): Promise<ReadonlyMap<PromptCell, CellFacts>> {
  const facts = new Map<PromptCell, CellFacts>();
  const parameters = parameterValues(program, new Map());
  const cells = await dataValues(program, host);
  const unknown = new Set<string>();
  const wrong = wrongCells(program);
  for (const cell of inOrder(program.prompts, program.prompts)) {
    const found = await inspect(cell, { program, host, model, parameters, cells, unknown, facts, wrong });
    facts.set(cell, found);
    if (cell.name === null) continue;
    const value = await valueOf(cell, program);
    if (value === null) unknown.add(cell.name);
    cells.set(cell.name, value ?? { data: `⟨${cell.name}⟩`, source: { kind: 'cell', name: cell.name }, taint: [] });
  }
  return facts;
}

async function dataValues(program: Program, host: Host): Promise<Map<string, Value>> {
  const values = new Map<string, Value>();
  for (const cell of program.data) {
    if (cell.name === null || program.byName.get(cell.name) !== cell) continue;
    const read = await dataValue(cell, host);
    if ('value' in read) values.set(cell.name, read.value);
  }
  return values;
}

interface Looking extends Inspection {
  readonly parameters: ReadonlyMap<string, Value>;
  readonly cells: ReadonlyMap<string, Value>;
  readonly unknown: ReadonlySet<string>;
  readonly facts: ReadonlyMap<PromptCell, CellFacts>;
  readonly wrong: { has(index: number): boolean };
}

/** The cells with an error; all of them, where the notebook's front matter has one. */
function wrongCells({ notebook, problems }: Program): { has(index: number): boolean } {
  const errors = new Set(problems.filter(({ problem }) => problem.severity === 'error').map(({ cell }) => cell));
  return [...errors].some((index) => notebook.cells[index]?.kind === 'front-matter') ? { has: () => true } : errors;
}

async function inspect(cell: PromptCell, { program, host, model, parameters, cells, unknown, facts, wrong }: Looking): Promise<CellFacts> {
  const written = program.notebook.cells[cell.index]?.output ?? null;
  if (wrong.has(cell.index)) return { messages: [], unknown: [], missing: [], result: written === null ? 'none' : 'unknown', staleBelow: null };
  const { messages, missing } = renderCell(program, cell, { cells, parameters, inputs: new Map() });
  const waits = cell.needs.map((need) => need.name).filter((name) => unknown.has(name));
  const common = { messages, unknown: waits, missing };
  if (written === null) return { ...common, result: 'none', staleBelow: null };
  const kept = readOutput(written);
  const answering = await model(cell);
  if (kept.in === null || answering === null) return { ...common, result: 'unknown', staleBelow: null };
  if (waits.length > 0 || kept.in !== inHash(cell, { messages, model: answering, host })) return { ...common, result: 'stale', staleBelow: null };
  const below = cell.needs.find(({ name }) => {
    const needed = program.byName.get(name);
    return needed?.kind === 'prompt' && facts.get(needed)?.result === 'stale';
  });
  return { ...common, result: below === undefined ? 'fresh' : 'stale', staleBelow: below?.name ?? null };
}

/** The value of the result under a cell, whatever it is of. */
async function valueOf(cell: PromptCell, program: Program): Promise<Value | null> {
  const written = program.notebook.cells[cell.index]?.output ?? null;
  if (written === null || cell.name === null) return null;
  const { text, status } = readOutput(written);
  if (status !== null && status !== 'done') return null;
  const source = { kind: 'cell', name: cell.name } as const;
  const form = cell.options.get(output);
  if (form === undefined || form.format === 'text') return { data: text, source, taint: [source] };
  const parsed = await parseJsonAnswer(text);
  return 'value' in parsed ? { data: parsed.value, source, taint: [source] } : null;
}
