import type { CellFacts } from '../engine/inspect.ts';
import type { CountKind, Price } from '../models/model.ts';

/** A piece of the line under a cell. */
export interface StatusPart {
  /** What a click does. */
  readonly action: 'rename' | 'select-model' | 'preview' | 'run';
  readonly icon?: 'symbol-variable' | 'history';
  readonly text: string;
  /** How it was computed, a sentence a line. */
  readonly tooltip: string;
}

/** What the line tells of. Unknown is null. */
export interface CellStatus {
  readonly name: string | null;
  /** The model that would answer, and who says so; null in a data cell. */
  readonly model: { readonly id: string; readonly from: ModelFrom } | null;
  readonly tokens: { readonly count: number; readonly kind: CountKind } | null;
  readonly contextWindow: number | null;
  readonly price: Price | null;
  /** The longest answer that the cell allows. */
  readonly maxOutputTokens: number | null;
  readonly facts: Pick<CellFacts, 'unknown' | 'result' | 'staleBelow'> | null;
}

export type ModelFrom = 'cell' | 'picked' | 'notebook' | 'default' | 'embedded';

const sayers: Readonly<Record<ModelFrom, string>> = {
  cell: 'The cell says so (`model:`).', picked: 'It is picked for this notebook.', notebook: 'The notebook’s front matter says so.',
  default: 'It is the default of the settings.', embedded: 'Nobody says another, so the model on this machine answers.',
};

/** The line under a cell: its name, its model, its tokens and their share of the context, what it costs to send, and whether it is stale. */
export function statusParts(status: CellStatus): readonly StatusPart[] {
  return [namePart(status), modelPart(status), tokensPart(status), costPart(status), stalePart(status)].filter((part) => part !== null);
}

function namePart({ name }: CellStatus): StatusPart {
  if (name === null) return { action: 'rename', icon: 'symbol-variable', text: 'Name…', tooltip: 'A name lets other cells use the result.' };
  return { action: 'rename', icon: 'symbol-variable', text: name, tooltip: `Other cells use it as {{${name}}}.\nClick to rename it, with all its uses.` };
}

function modelPart({ model }: CellStatus): StatusPart | null {
  return model === null ? null : { action: 'select-model', text: model.id, tooltip: `${sayers[model.from]}\nClick to select another model.` };
}

function tokensPart({ tokens, contextWindow, facts, model }: CellStatus): StatusPart | null {
  if (tokens === null) return null;
  const { count, kind } = tokens;
  const share = contextWindow === null || contextWindow <= 0 ? '' : ` · ${percent(count / contextWindow)} of context`;
  const waits = facts?.unknown ?? [];
  const lines = [
    model === null ? `${numbered(count, 'token')} as text.` : `${numbered(count, 'token')} in the rendered prompt, with the overhead of the chat.`,
    { exact: 'Counted with the model’s encoding.', provider: 'Counted by the server.', calibrated: 'Scaled by what the server has counted before.', estimate: 'An estimate: the model’s own tokenizer or format may differ.' }[kind],
    ...(waits.length === 0 ? [] : [`Not counted, since they have no result yet: ${waits.map((name) => `{{${name}}}`).join(', ')}.`]),
    ...(contextWindow === null || model === null ? [] : [`The context of ${model.id} holds ${numbered(contextWindow, 'token')}.`]),
    ...(model === null ? [] : ['Click to see what would be sent.']),
  ];
  return { action: 'preview', text: `${isSure(kind) && waits.length === 0 ? '' : '≈ '}${numbered(count, 'token')}${share}`, tooltip: lines.join('\n') };
}

function costPart({ tokens, price, maxOutputTokens, model }: CellStatus): StatusPart | null {
  if (tokens === null || price === null || model === null || (price.input === 0 && price.output === 0)) return null;
  const usd = (tokens.count * price.input) / 1e6;
  const answer = maxOutputTokens === null ? 'The answer comes on top.' : `The answer comes on top: at most ${dollars((maxOutputTokens * price.output) / 1e6)} for ${numbered(maxOutputTokens, 'token')}.`;
  return {
    action: 'preview', text: `≈ ${dollars(usd)}`,
    tooltip: `Sending the prompt once: ${numbered(tokens.count, 'token')} at $${price.input} per million.\n${answer}\nChecks by a judge, retries and tools send more.`,
  };
}

function stalePart({ facts }: CellStatus): StatusPart | null {
  if (facts?.result !== 'stale') return null;
  if (facts.staleBelow !== null) return { action: 'run', icon: 'history', text: `stale: ${facts.staleBelow} is`, tooltip: `The result uses {{${facts.staleBelow}}}, which is stale itself.\nClick to run this cell and what it needs.` };
  return { action: 'run', icon: 'history', text: 'stale', tooltip: 'What goes into this cell has changed since its result was made: its text or options, what it uses, or the model.\nClick to run it.' };
}

function isSure(kind: CountKind): boolean {
  return kind === 'exact' || kind === 'provider';
}

function numbered(count: number, unit: string): string {
  return `${count.toLocaleString('en-US')} ${unit}${count === 1 ? '' : 's'}`;
}

function percent(share: number): string {
  if (share > 0 && share < 0.001) return '< 0.1 %';
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** US dollars, to five decimals under a cent. */
export function dollars(usd: number): string {
  if (usd === 0) return '$0';
  if (usd < 0.000005) return '< $0.00001';
  return `$${usd.toFixed(usd < 0.01 ? 5 : 2)}`;
}
