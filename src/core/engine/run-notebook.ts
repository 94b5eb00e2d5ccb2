import { addCost, addUsage } from '../trace/usage.ts';
import { addLimits, createMeter, type Limits } from './meter.ts';
import { dataValue } from './data-files.ts';
import type { DataCell, Program, PromptCell } from './program.ts';
import { inOrder } from './graph.ts';
import { linkSignals } from './link-signals.ts';
import { isUsable, notBegun, type CellResult } from './result.ts';
import { openModels, type ModelSource } from './open-models.ts';
import { createQueues, type Queues } from './queue.ts';
import { createSlots } from './slots.ts';
import { notebookEstimate, type NotebookEstimate } from './notebook-estimate.ts';
import { money, overBudget } from './estimate.ts';
import { refusalsOf, type Refusal } from './refuse.ts';
import { refusalOfRendered, renderCell, type Values } from './render-cell.ts';
import { reusable, upToDate } from './reuse.ts';
import { runCell, scopeOf } from './run-cell.ts';
import { parameterValues } from './parameters.ts';
import type { CacheMode } from '../techniques/cache.ts';
import type { Cost, RunError, RunEvent } from '../trace/event.ts';
import type { Confirmation, Host } from './host.ts';
import type { Json } from '../json.ts';
import { ModelError, type Model, type Usage } from '../models/model.ts';
import { defect, runError } from './errors.ts';
import type { RunRecord } from '../trace/record.ts';
import type { Value } from '../prompt/message.ts';

/** How many cells run side by side where nothing is said. */
export const defaultConcurrency = 8;

export interface NotebookRun {
  readonly program: Program;
  /** What is to run. What they need and is missing or stale runs first; what they need and is up to date does not run. */
  readonly targets: readonly PromptCell[];
  readonly host: Host;
  readonly models: ModelSource;
  /** Values of parameters by name; others have their defaults. */
  readonly params?: ReadonlyMap<string, Json>;
  /** Values of the inputs that cells declare, by name. */
  readonly inputs?: ReadonlyMap<string, Json>;
  /** Limits of all cells together, besides the notebook's own. */
  readonly limits?: Limits;
  /** What cells may cost together, besides the notebook's own budget: estimated before anything is sent, and held while they run. */
  readonly budget?: { readonly cost?: number; readonly tokens?: number };
  /** From which size on the person is asked before anything is sent: US dollars at least, requests at least. */
  readonly askFirst?: { readonly cost?: number; readonly calls?: number };
  readonly cache?: CacheMode;
  /** Names of tools that may write or send without a person. */
  readonly allow?: readonly string[];
  readonly concurrency?: number;
  readonly signal: AbortSignal;
  /** Cancels one cell and what needs it, while others go on. */
  readonly signalOf?: (cell: PromptCell) => AbortSignal | undefined;
  /** Asks the model anew for a target that is up to date, and replaces what the cache has: what a person wants who runs a cell again. */
  readonly again?: boolean;
  /** The notebook's name in records. */
  readonly notebook: string;
  readonly queues?: Queues;
  /** Is told of every event as it happens, with the record so far. */
  readonly watch?: (event: RunEvent, cell: PromptCell, record: RunRecord) => void;
  /** Is told of each result as it comes. */
  readonly onResult?: (result: CellResult) => void;
}

export type NotebookOutcome =
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] }
  | {
      readonly kind: 'ran';
      /** Of the cells that were to run, in the notebook's order. */
      readonly cells: readonly CellResult[];
      readonly calls: number;
      readonly usage: Usage | null;
      readonly cost: Cost | null;
    };

/** Runs cells of a notebook with all that they need, each once, independent ones side by side. Failures and cancels are outcomes. */
export async function runNotebook(run: NotebookRun): Promise<NotebookOutcome> {
  const { program } = run;
  const order = inOrder(run.targets, program.prompts);
  const params = parameterValues(program, run.params ?? new Map());
  const refusals = refusalsOf(order, { program, params, inputs: run.inputs ?? new Map() });
  if (refusals.length > 0) return { kind: 'refused', refusals };
  const models = await openModels(order, { program, source: run.models });
  if (models.refusals.length > 0) return { kind: 'refused', refusals: models.refusals };

  const inputs = new Map([...(run.inputs ?? [])].map(([name, data]): [string, Value] => [name, { data, source: { kind: 'input', name }, taint: [] }]));
  const cells = new Map<string, Value>();
  const values: Values = { cells, parameters: params, inputs };
  const files = await readData(order, run, cells);
  const budget = addLimits(program.options.budget ?? {}, run.budget ?? {});
  const asked = await mayBegin({ run, order, values, models: models.of, budget });
  if (asked.declined) {
    const results = run.targets.map((cell) => notBegun(cell, 'cancelled', null));
    for (const result of results) run.onResult?.(result);
    return total(results);
  }
  if (asked.refused !== null) {
    const { refused } = asked;
    // Who is asked may stop the whole run instead.
    const results = run.targets.map((cell) => (run.signal.aborted ? notBegun(cell, 'cancelled', null) : notBegun(cell, 'failed', refused)));
    for (const result of results) run.onResult?.(result);
    return total(results);
  }
  const limits = addLimits(addLimits(program.options.limits ?? {}, run.limits ?? {}), asked.overBudget ? {} : budget);
  const execution = new Execution({ run, values, cells, files, models: models.of, openModel: models.open, limits, overBudget: asked.overBudget });
  const results = await execution.all(order);
  return total(results.sort((a, b) => a.index - b.index));
}

/** The values of the data cells that are needed, and why those that have none have none. */
async function readData(order: readonly PromptCell[], run: NotebookRun, cells: Map<string, Value>): Promise<ReadonlyMap<string, RunError>> {
  const errors = new Map<string, RunError>();
  const needed = new Set(order.flatMap((cell) => cell.needs.map((need) => need.name)));
  for (const name of needed) {
    const cell = run.program.byName.get(name);
    if (cell?.kind !== 'data') continue;
    const read = await dataValue(cell satisfies DataCell, run.host);
    if ('value' in read) cells.set(name, read.value);
    else errors.set(name, read.error);
  }
  return errors;
}

interface Beginning {
  readonly run: NotebookRun;
  readonly order: readonly PromptCell[];
  readonly values: Values;
  readonly models: ReadonlyMap<PromptCell, Model>;
  readonly budget: { readonly cost?: number; readonly tokens?: number };
}

/** Holds the estimate of the whole run against its budget; over it the person decides, and without one nothing is sent. */
async function mayBegin({ run, order, values, models, budget }: Beginning): Promise<{ readonly refused: RunError | null; readonly overBudget: boolean; readonly declined: boolean }> {
  const yes = { refused: null, overBudget: false, declined: false };
  if (budget.cost === undefined && budget.tokens === undefined && run.askFirst === undefined) return yes;
  const estimate = await notebookEstimate(order, { program: run.program, values, models, targets: new Set(run.targets), host: run.host });
  const refused = overBudget(estimate, budget, { scope: 'this run', model: estimate.unpriced ?? '' });
  if (refused === null) {
    const question = questionOf(estimate, run.askFirst ?? {});
    return question === null || (await run.host.confirm(question)) ? yes : { ...yes, declined: true };
  }
  const anyway = await run.host.confirm({ kind: 'cost', message: `${refused.message.replace(' Nothing was sent.', '')} Run anyway?` });
  return anyway ? { ...yes, overBudget: true } : { ...yes, refused };
}

/** What a person is asked before a run of this size; null where it is small enough. */
function questionOf({ calls, tokens, usd }: NotebookEstimate, { calls: mostCalls, cost }: NonNullable<NotebookRun['askFirst']>): Confirmation | null {
  const tooMany = mostCalls !== undefined && calls > mostCalls;
  const tooDear = cost !== undefined && usd !== null && usd > cost;
  if (!tooMany && !tooDear) return null;
  const price = usd === null ? 'The price is not known.' : usd === 0 ? 'They cost nothing.' : `They cost at least ${money(usd)}.`;
  return { kind: tooDear ? 'cost' : 'calls', message: `This run sends at least ${calls.toLocaleString('en-US')} ${calls === 1 ? 'request' : 'requests'} with ${tokens.toLocaleString('en-US')} tokens. ${price} Run?` };
}

interface Parts {
  readonly run: NotebookRun;
  readonly values: Values;
  /** The same map as `values.cells`, to be filled. */
  readonly cells: Map<string, Value>;
  readonly files: ReadonlyMap<string, RunError>;
  readonly models: ReadonlyMap<PromptCell, Model>;
  readonly openModel: (name: string) => Promise<Model>;
  readonly limits: Limits;
  readonly overBudget: boolean;
}

class Execution {
  readonly #parts: Parts;
  readonly #states = new Map<string, Promise<CellResult | 'reused'>>();
  readonly #targets: ReadonlySet<PromptCell>;
  readonly #group: string;
  readonly #queues: Queues;
  /** Aborts when a server refused the key: nothing more is sent. */
  readonly #halt = new AbortController();

  constructor(parts: Parts) {
    this.#parts = parts;
    const { run } = parts;
    this.#targets = new Set(run.targets);
    this.#queues = run.queues ?? createQueues(() => run.host.now());
    this.#group = Array.from({ length: 8 }, () => Math.floor(run.host.random() * 16).toString(16)).join('');
  }

  async all(order: readonly PromptCell[]): Promise<CellResult[]> {
    const { run, limits } = this.#parts;
    const meter = createMeter(limits, 'the run');
    const concurrency = run.concurrency ?? defaultConcurrency;
    const slots = createSlots(concurrency);
    try {
      const results: CellResult[] = [];
      const settle = this.#announce(order);
      const go = async (cell: PromptCell): Promise<void> => {
        const result = await this.#cell(cell, { meter, slots });
        settle(cell, result);
        if (result !== 'reused') results.push(result);
      };
      // Cells that wait for others are begun all at once, and wait; the others are taken as places get free, so that ten thousand cost no more
      // memory than those that run.
      const waiting = order.filter((cell) => this.#waits(cell));
      const free = order.filter((cell) => !this.#waits(cell)).values();
      const take = async (): Promise<void> => {
        for (const cell of free) await go(cell);
      };
      await Promise.all([...waiting.map(go), ...Array.from({ length: Math.min(concurrency, order.length) }, take)]);
      return results;
    } finally {
      meter.close();
    }
  }

  /** Makes a promise for the result of each cell that another one needs; the returned function keeps it. */
  #announce(order: readonly PromptCell[]): (cell: PromptCell, result: CellResult | 'reused') => void {
    const needed = new Set(order.flatMap((cell) => cell.needs.map((need) => need.name)));
    const resolvers = new Map<PromptCell, (result: CellResult | 'reused') => void>();
    for (const cell of order) {
      if (cell.name === null || !needed.has(cell.name)) continue;
      this.#states.set(cell.name, new Promise((resolve) => resolvers.set(cell, resolve)));
    }
    return (cell, result) => resolvers.get(cell)?.(result);
  }

  #waits(cell: PromptCell): boolean {
    return cell.needs.some((need) => this.#states.has(need.name));
  }

  async #cell(cell: PromptCell, shared: Shared): Promise<CellResult | 'reused'> {
    const blocked = await this.#blocked(cell);
    const leave = blocked === null ? await shared.slots.enter() : null;
    try {
      // A defect in one cell must not take what others make with it.
      const result = blocked ?? this.#stopped(cell) ?? (await this.#begin(cell, shared).catch((error: unknown) => notBegun(cell, 'failed', defect(error))));
      if (result === 'reused') return result;
      if (cell.name !== null && this.#states.has(cell.name) && isUsable(result)) this.#parts.cells.set(cell.name, { data: result.value, source: { kind: 'cell', name: cell.name }, taint: result.taint });
      this.#parts.run.onResult?.(result);
      return result;
    } finally {
      leave?.();
    }
  }

  /** Waits for what the cell needs. The result of a cell that cannot begin, since what it needs has none. */
  async #blocked(cell: PromptCell): Promise<CellResult | null> {
    for (const { name } of cell.needs) {
      const fileError = this.#parts.files.get(name);
      if (fileError !== undefined) return notBegun(cell, 'failed', fileError);
      const needed = await this.#states.get(name);
      if (needed === undefined || needed === 'reused' || isUsable(needed)) continue;
      if (needed.status === 'cancelled') return notBegun(cell, 'cancelled', null);
      const failed = needed.checks.find((check) => check.passed !== true && check.warn !== true);
      const why = needed.status === 'done' ? `did not pass its check “${failed!.name}”` : needed.status === 'skipped' ? 'was skipped' : needed.status === 'failed' ? 'failed' : `is ${needed.status}`;
      return notBegun(cell, 'skipped', { code: 'dependency', message: `It needs \`${name}\`, which ${why}.`, hint: needed.error?.message ?? failed?.reason ?? null });
    }
    return null;
  }

  #stopped(cell: PromptCell): CellResult | null {
    const { signal, signalOf } = this.#parts.run;
    if (signal.aborted || signalOf?.(cell)?.aborted === true) return notBegun(cell, 'cancelled', null);
    if (!this.#halt.signal.aborted) return null;
    return notBegun(cell, 'skipped', runError(this.#halt.signal.reason as ModelError));
  }

  /** A key that was refused once is refused again: asking on could lock the account. */
  #look(event: RunEvent): void {
    if (event.type !== 'request-end' || (event.error?.code !== 'auth' && event.error?.code !== 'permission')) return;
    const { code, message, hint } = event.error;
    this.#halt.abort(new ModelError(code, `Not sent, since another cell was refused: ${message}`, { sent: false, ...(hint !== null && { hint }) }));
  }

  async #begin(cell: PromptCell, { meter }: Shared): Promise<CellResult | 'reused'> {
    const { run, values, models, openModel, overBudget: over } = this.#parts;
    const { program, host, signal } = run;
    const model = models.get(cell)!;
    const rendered = renderCell(program, cell, values);
    const refused = refusalOfRendered(rendered, scopeOf(cell));
    if (refused !== null) return notBegun(cell, 'failed', refused);
    const { messages } = rendered;
    const again = run.again === true && this.#targets.has(cell) && upToDate(cell, { program, messages, model, host }) !== null;
    if (!this.#targets.has(cell)) {
      const value = await reusable(cell, { program, messages, model, host });
      if (value !== null) {
        this.#parts.cells.set(cell.name!, value);
        return 'reused';
      }
    }
    const own = run.signalOf?.(cell);
    const signals = linkSignals(own === undefined ? [signal] : [signal, own]);
    try {
      return await runCell({
        cell, messages, model, openModel, host, signal: signals.signal, halted: this.#halt.signal, allowed: new Set(run.allow), meter, queues: this.#queues,
        cache: { command: again ? (run.cache ?? 'refresh') : run.cache, notebook: program.options.cache },
        notebook: run.notebook, group: this.#group, overBudget: over,
        watch: (event, record) => {
          this.#look(event);
          run.watch?.(event, cell, record);
        },
      });
    } finally {
      signals.unlink();
    }
  }
}

interface Shared {
  readonly meter: ReturnType<typeof createMeter>;
  readonly slots: ReturnType<typeof createSlots>;
}

function total(cells: readonly CellResult[]): NotebookOutcome {
  let calls = 0;
  let usage: Usage | null = null;
  let cost: Cost | null = null;
  for (const cell of cells) {
    calls += cell.calls;
    usage = addUsage(usage, cell.usage);
    cost = addCost(cost, cell.cost);
  }
  return { kind: 'ran', cells, calls, usage, cost };
}
