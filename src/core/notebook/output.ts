import type { Attribute, Output } from './types.ts';
import type { RunStatus } from '../trace/event.ts';

/** What the info string of an output says of the run. Unknown is null. */
export interface OutputSummary {
  readonly runId: string | null;
  /** Hash of what went in. */
  readonly in: string | null;
  readonly status: RunStatus | null;
  readonly model: string | null;
  readonly tokens: { readonly input: number | null; readonly output: number | null } | null;
  /** US dollars. */
  readonly cost: number | null;
  readonly checks: { readonly passed: number; readonly total: number } | null;
  /** The limit that ended the run. */
  readonly limit: string | null;
}

/** `{output run=9f2c41 in=b7e0 status=done model=gpt-4.1-mini tokens=21/46 cost=0.00008 checks=2/2}`; what is unknown is left out. */
export function makeOutput(summary: OutputSummary, text: string): Output {
  const attributes: Attribute[] = [];
  const add = (key: string, value: string | null): void => {
    if (value !== null) attributes.push({ key, value });
  };
  const { tokens, checks } = summary;
  add('run', summary.runId);
  add('in', summary.in);
  add('status', summary.status);
  add('model', summary.model);
  add('tokens', tokens === null || (tokens.input === null && tokens.output === null) ? null : `${tokens.input ?? '?'}/${tokens.output ?? '?'}`);
  add('cost', summary.cost === null ? null : plainNumber(summary.cost));
  add('checks', checks === null ? null : `${checks.passed}/${checks.total}`);
  add('limit', summary.limit);
  // What a file cannot hold would come back as another text: half a surrogate pair has no UTF-8.
  return { attributes, text: (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text).toWellFormed() };
}

const statuses: readonly string[] = ['done', 'failed', 'incomplete', 'limited', 'cancelled', 'skipped'] satisfies RunStatus[];

/** Reads what {@link makeOutput} writes; what is missing or wrong is null. */
export function readOutput({ attributes, text }: Output): OutputSummary & { readonly text: string } {
  const get = (key: string): string | null => attributes.find((attribute) => attribute.key === key)?.value ?? null;
  const status = get('status');
  const tokens = /^(\d+|\?)\/(\d+|\?)$/.exec(get('tokens') ?? '');
  const checks = /^(\d+)\/(\d+)$/.exec(get('checks') ?? '');
  const cost = get('cost');
  return {
    runId: get('run'), in: get('in'), model: get('model'), limit: get('limit'),
    status: status !== null && statuses.includes(status) ? (status as RunStatus) : null,
    tokens: tokens === null ? null : { input: countOf(tokens[1]!), output: countOf(tokens[2]!) },
    cost: cost !== null && /^\d+(?:\.\d+)?$/.test(cost) ? Number(cost) : null,
    checks: checks === null ? null : { passed: Number(checks[1]), total: Number(checks[2]) },
    text,
  };
}

function countOf(text: string): number | null {
  return text === '?' ? null : Number(text);
}

/** Without an exponent, and without more digits than count. */
function plainNumber(value: number): string {
  return value === 0 ? '0' : value.toFixed(Math.min(20, Math.max(0, 5 - Math.floor(Math.log10(value))))).replace(/\.?0+$/, '');
}
