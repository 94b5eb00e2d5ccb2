import { addLimits, type Limits, type Meter } from './meter.ts';
import { baseRun } from '../techniques/base.ts';
import { budget } from '../techniques/budget.ts';
import { cache, type CacheMode } from '../techniques/cache.ts';
import { config } from '../techniques/config.ts';
import { createMeter } from './meter.ts';
import { defect } from './errors.ts';
import { defaultSteps, tools } from '../techniques/tools.ts';
import { emptyRecord, reduce } from '../trace/reduce.ts';
import { inHash } from './in-hash.ts';
import { limits } from '../techniques/limits.ts';
import { linkSignals } from './link-signals.ts';
import { refuseOverBudget } from './estimate.ts';
import { retry } from '../techniques/retry.ts';
import { techniques } from '../techniques/index.ts';
import type { CellResult } from './result.ts';
import type { Host, RecordWriter } from './host.ts';
import type { Message } from '../prompt/message.ts';
import type { Model } from '../models/model.ts';
import type { Outcome, Run, RunContext, RunRequest } from '../techniques/technique.ts';
import type { PromptCell } from './program.ts';
import type { Queues } from './queue.ts';
import type { RunEvent } from '../trace/event.ts';
import type { RunRecord } from '../trace/record.ts';

/** A rendered cell and all that its run needs. */
export interface CellRun {
  readonly cell: PromptCell;
  readonly messages: readonly Message[];
  readonly model: Model;
  readonly openModel: (name: string) => Promise<Model>;
  readonly host: Host;
  readonly signal: AbortSignal;
  /** Aborts when nothing more may be sent in this run. Its reason is a ModelError. */
  readonly halted: AbortSignal;
  /** Of all cells of the run together. */
  readonly meter: Meter;
  readonly queues: Queues;
  /** What the command and the notebook say about the cache. */
  readonly cache: { readonly command?: CacheMode | undefined; readonly notebook?: CacheMode | undefined };
  /** Tools that may write or send without a person. */
  readonly allowed: ReadonlySet<string>;
  readonly notebook: string;
  readonly group: string;
  /** Whether the person was asked about the budget and said yes. */
  readonly overBudget: boolean;
  /** Is told of every event as it happens, with the record so far. */
  readonly watch?: (event: RunEvent, record: RunRecord) => void;
}

/** Runs one cell to its outcome, and records it. Failures and cancels are outcomes. */
export async function runCell(run: CellRun): Promise<CellResult> {
  const { cell, model, host } = run;
  const record = emptyRecord();
  const journal = await openJournal(host);
  const emit = (event: RunEvent): void => {
    reduce(record, event);
    journal.writer?.append(event);
    run.watch?.(event, record);
  };
  const hash = inHash(cell, { messages: run.messages, model, host });
  emit({
    type: 'run-start', version: 1, at: host.now(), id: journal.id, group: run.group, notebook: run.notebook,
    cell: cell.name, index: cell.number, in: hash, model: model.id,
  });
  const outcome = await toOutcome(run, emit);
  const { status, text, value, taint, checks, attempts, error } = outcome;
  emit({ type: 'run-end', at: host.now(), status, text, value, taint, checks, attempts, error });
  const recordError = await closeJournal(journal);
  return {
    index: cell.index, number: cell.number, name: cell.name, runId: journal.id, status, text, value, taint, model: model.id, source: record.source, calls: record.calls,
    usage: record.usage, cost: record.cost, durationMs: Math.max(0, record.endedAt! - record.startedAt), checks, attempts, error, in: hash,
    record: journal.writer === null ? null : journal.writer.path, recordError, limit: record.limit,
  };
}

async function toOutcome(run: CellRun, emit: (event: RunEvent) => void): Promise<Outcome> {
  const { cell, host, messages, model } = run;
  const nothing = { finish: null, text: '', value: null, message: null, checks: [], attempts: 0, taint: [] } as const;
  const meter = createMeter(cellLimits(cell, run.overBudget), scopeOf(cell), run.meter);
  const signals = linkSignals([run.signal, run.meter.deadline, meter.deadline]);
  try {
    const request: RunRequest = {
      messages, model, config: cell.options.get(config) ?? {}, tools: [], purpose: 'answer', sample: 0, parent: 0,
    };
    const over = run.overBudget ? null : await refuseOverBudget(cell.options.get(budget), { request, scope: scopeOf(cell) });
    if (over !== null) return { ...nothing, status: 'failed', error: over };
    let steps = 0;
    const context: RunContext = {
      host, emit, meter, queues: run.queues, signal: signals.signal, halted: run.halted, allowed: run.allowed, cacheMode: cacheModeOf(cell.options.get(cache), run.cache),
      step: () => (steps += 1), model: run.openModel,
    };
    return await wrapped(cell)(request, context);
  } catch (error) {
    return { ...nothing, status: 'failed', error: defect(error) };
  } finally {
    signals.unlink();
    meter.close();
  }
}

const modes: readonly CacheMode[] = ['on', 'refresh', 'off'];

/** The cell's word is stronger than the notebook's. A command bypasses the cache where a cell does not, and never the other way round. */
function cacheModeOf(cell: CacheMode | undefined, { command, notebook }: CellRun['cache']): CacheMode {
  if (command === undefined || cell === undefined) return cell ?? command ?? notebook ?? 'on';
  return modes[Math.max(modes.indexOf(cell), modes.indexOf(command))]!;
}

/** The base run with the cell's techniques around it, in the one order. */
export function wrapped(cell: PromptCell): Run {
  let run: Run = baseRun;
  for (const technique of techniques.toReversed()) {
    const value = cell.options.get(technique);
    if (value !== undefined && technique.wrap !== undefined) run = technique.wrap(value, run);
  }
  return run;
}

function cellLimits(cell: PromptCell, overBudget: boolean): Limits {
  const { get } = cell.options;
  const given = get(limits) ?? {};
  const attempts = 1 + (get(retry) ?? 0);
  const own = get(tools) === undefined ? given : { steps: defaultSteps * attempts, ...given };
  return overBudget ? own : addLimits(own, get(budget) ?? {});
}

export function scopeOf(cell: PromptCell): string {
  return cell.name === null ? `cell #${cell.number}` : `cell ${cell.name}`;
}

interface Journal {
  readonly id: string;
  readonly writer: RecordWriter | null;
  /** Why there is no record. */
  readonly error: string | null;
}

/** A run is worth more than its record: where none can be written, it runs without one, and says so. */
async function openJournal(host: Host): Promise<Journal> {
  const id = (): string => Array.from({ length: 6 }, () => Math.floor(host.random() * 16).toString(16)).join('');
  if (host.records === undefined) return { id: id(), writer: null, error: null };
  try {
    const writer = await host.records.create();
    return { id: writer.id, writer, error: null };
  } catch (error) {
    return { id: id(), writer: null, error: error instanceof Error ? error.message : String(error) };
  }
}

async function closeJournal({ writer, error }: Journal): Promise<string | null> {
  try {
    await writer?.close();
    return error;
  } catch (failure) {
    return failure instanceof Error ? failure.message : String(failure);
  }
}
