import { createMeter } from './meter.ts';
import { createQueues } from './queue.ts';
import { config } from '../techniques/config.ts';
import { dataValue } from './data-files.ts';
import { inOrder } from './graph.ts';
import { ModelError, type Model, type ModelRequest } from '../models/model.ts';
import { openModels, type ModelSource } from './open-models.ts';
import { parameterValues } from './parameters.ts';
import { refusalOfRendered, renderCell } from './render-cell.ts';
import { reusable } from './reuse.ts';
import { scopeOf, wrapped } from './run-cell.ts';
import type { Host } from './host.ts';
import type { Json } from '../json.ts';
import type { Program, PromptCell } from './program.ts';
import { refusalsOf, type Refusal } from './refuse.ts';
import type { RunError } from '../trace/event.ts';
import type { Value } from '../prompt/message.ts';

export interface CellPreview {
  readonly cell: PromptCell;
  readonly model: string;
  /** What the cell would send first; later requests depend on the answers. */
  readonly requests: readonly { readonly url: string; readonly body: Json }[];
  /** Cells whose results are not known yet: in the requests their names stand for them. */
  readonly unknown: readonly string[];
  /** Why the cell would send nothing. */
  readonly error: RunError | null;
}

export interface Preview {
  readonly program: Program;
  readonly targets: readonly PromptCell[];
  readonly host: Host;
  readonly models: ModelSource;
  readonly params: ReadonlyMap<string, Json>;
  readonly inputs: ReadonlyMap<string, Json>;
}

/** The exact first requests of cells. Runs what a run would, up to the point where it would send. */
export async function previewNotebook(preview: Preview): Promise<{ readonly cells: readonly CellPreview[] } | { readonly refusals: readonly Refusal[] }> {
  const { program, targets, host } = preview;
  const order = inOrder(targets, program.prompts);
  const parameters = parameterValues(program, preview.params);
  const refusals = refusalsOf(order, { program, params: parameters, inputs: preview.inputs });
  if (refusals.length > 0) return { refusals };
  const models = await openModels(order, { program, source: preview.models });
  if (models.refusals.length > 0) return { refusals: models.refusals };
  const cells = new Map<string, Value>();
  const unknown = new Set<string>();
  const inputs = new Map([...preview.inputs].map(([name, data]): [string, Value] => [name, { data, source: { kind: 'input', name }, taint: [] }]));
  const fileErrors = new Map<string, RunError>();
  for (const name of new Set(order.flatMap((cell) => cell.needs.map((need) => need.name)))) {
    const cell = program.byName.get(name);
    if (cell?.kind !== 'data') continue;
    const read = await dataValue(cell, host);
    if ('value' in read) cells.set(name, read.value);
    else fileErrors.set(name, read.error);
  }
  const previews = new Map<PromptCell, CellPreview>();
  for (const cell of order) {
    const model = models.of.get(cell)!;
    const rendered = renderCell(program, cell, { cells, parameters, inputs });
    const { messages } = rendered;
    const waits = cell.needs.map((need) => need.name).filter((name) => unknown.has(name));
    const file = cell.needs.map((need) => fileErrors.get(need.name)).find((one) => one !== undefined);
    const refused = file ?? refusalOfRendered(rendered, scopeOf(cell));
    const first: First = refused === null ? await firstRequest(cell, { messages, model, host }) : { error: refused };
    const error = 'error' in first ? first.error : null;
    previews.set(cell, { cell, model: model.id, requests: 'request' in first ? [model.describe(first.request)] : [], unknown: waits, error });
    if (cell.name === null) continue;
    const kept = waits.length === 0 && error === null ? await reusable(cell, { program, messages, model, host }) : null;
    if (kept === null) unknown.add(cell.name);
    cells.set(cell.name, kept ?? { data: `⟨${cell.name}: not known yet⟩`, source: { kind: 'cell', name: cell.name }, taint: [] });
  }
  return { cells: targets.map((cell) => previews.get(cell)!) };
}

type First = { readonly request: ModelRequest } | { readonly error: RunError | null };

/** What the cell's techniques hand to the model first: they run as ever, with a model that refuses to answer. Or why they hand it nothing. */
async function firstRequest(cell: PromptCell, { messages, model, host }: { readonly messages: ReturnType<typeof renderCell>['messages']; readonly model: Model; readonly host: Host }): Promise<First> {
  let found: ModelRequest | null = null;
  const silent: Model = {
    id: model.id, identity: model.identity, capabilities: model.capabilities, contextWindow: model.contextWindow, price: model.price, source: model.source, config: model.config,
    concurrency: { key: 'preview', limit: 1 },
    describe: (request) => model.describe(request),
    countTokens: (input) => model.countTokens(input),
    async *stream(request) {
      found ??= request;
      throw new ModelError('unavailable', 'A preview sends nothing.', { sent: false });
    },
  };
  const meter = createMeter({}, 'the preview');
  let steps = 0;
  const outcome = await wrapped(cell)(
    { messages, model: silent, config: cell.options.get(config) ?? {}, tools: [], purpose: 'answer', sample: 0, parent: 0 },
    { host, meter, queues: createQueues(() => host.now()), signal: new AbortController().signal, halted: new AbortController().signal, allowed: new Set(), cacheMode: 'off', emit: () => undefined, step: () => (steps += 1), model: async () => silent },
  );
  return found === null ? { error: outcome.error } : { request: found };
}
