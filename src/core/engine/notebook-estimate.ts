import { config } from '../techniques/config.ts';
import { estimateCall, type Estimate } from './estimate.ts';
import { renderCell, type Values } from './render-cell.ts';
import { reusable } from './reuse.ts';
import type { Host } from './host.ts';
import type { Model } from '../models/model.ts';
import type { Program, PromptCell } from './program.ts';
import type { Value } from '../prompt/message.ts';

const notYetKnown: Value = { data: null, source: { kind: 'literal' }, taint: [] };

export interface NotebookEstimate extends Estimate {
  /** Requests, one a cell: retries, checks by a judge and tools send more. */
  readonly calls: number;
  readonly unpriced: string | null;
}

interface Estimated {
  readonly program: Program;
  readonly values: Values;
  readonly models: ReadonlyMap<PromptCell, Model>;
  /** What runs in any case. */
  readonly targets: ReadonlySet<PromptCell>;
  readonly host: Host;
}

/**
 * What the cells cost at least, one call each, those that are up to date and not asked for themselves left out: results that are not there
 * yet count as nothing, and answers only as far as a cell bounds them. `unpriced` names the first model whose price is unknown.
 */
export async function notebookEstimate(
  cells: readonly PromptCell[],
  { program, values, models, targets, host }: Estimated,
): Promise<NotebookEstimate> {
  let calls = 0;
  let tokens = 0;
  let usd: number | null = 0;
  let unpriced: string | null = null;
  const known = new Map(values.cells);
  for (const { name } of program.prompts) if (name !== null && !known.has(name)) known.set(name, notYetKnown);
  for (const cell of cells) {
    const model = models.get(cell)!;
    const { messages } = renderCell(program, cell, { ...values, cells: known });
    const kept = targets.has(cell) || cell.needs.some((need) => known.get(need.name) === notYetKnown) ? null : await reusable(cell, { program, messages, model, host });
    if (kept !== null) {
      known.set(cell.name!, kept);
      continue;
    }
    const estimate = await estimateCall({ messages, model, config: cell.options.get(config) ?? {} });
    calls += 1;
    tokens += estimate.tokens;
    if (estimate.usd === null) unpriced ??= model.id;
    usd = usd === null || estimate.usd === null ? null : usd + estimate.usd;
  }
  return { calls, tokens, usd, unpriced };
}
