import { money, seconds, tokens } from './summary.ts';
import type { RunEvent } from './event.ts';
import type { RunRecord } from './record.ts';

/** What a cell is doing now, for the live line. */
export interface Progress {
  phase: string;
  /** Pieces of the answer that have come in the call under way: about as many tokens. */
  pieces: number;
  /** When the wait under way is over, in ms since 1970; null for none. */
  until: number | null;
  attempt: string | null;
}

export function newProgress(): Progress {
  return { phase: 'starting', pieces: 0, until: null, attempt: null };
}

/** Takes an event into account. */
export function noteProgress(progress: Progress, event: RunEvent): void {
  switch (event.type) {
    case 'attempt-start':
      if (event.number > 1) progress.attempt = `attempt ${event.number} of ${event.of}`;
      break;
    case 'model-call-start':
      progress.pieces = 0;
      progress.phase = event.purpose === 'judge' ? 'judging' : event.purpose === 'repair' ? 'repairing' : 'connecting';
      break;
    case 'request-start':
      if (event.try > 1) progress.phase = `try ${event.try}`;
      break;
    case 'response-start':
      if (progress.phase !== 'judging') progress.phase = 'waiting for the first token';
      break;
    case 'text-delta':
      progress.pieces += 1;
      if (progress.phase !== 'judging') progress.phase = 'streaming';
      break;
    case 'reasoning-delta':
      progress.pieces += 1;
      progress.phase = 'reasoning';
      break;
    case 'request-end':
      progress.pieces = 0;
      break;
    case 'tool-call-start':
      progress.phase = `tool ${event.name}`;
      break;
    case 'check-start':
      progress.phase = 'checking';
      break;
    case 'wait-start':
      progress.phase = event.reason === 'queue' ? 'queued' : event.reason === 'rate-limit' ? 'rate limited' : 'waiting';
      progress.until = event.until;
      break;
    case 'wait-end':
      progress.until = null;
      progress.phase = 'connecting';
      break;
    default:
      break;
  }
}

/** The parts of the live line: phase, tokens, cost, time. `now` is in ms since 1970. */
export function livePhrase({ phase, pieces, until, attempt }: Progress, { usage, cost, startedAt }: Pick<RunRecord, 'usage' | 'cost' | 'startedAt'>, now: number): readonly string[] {
  const parts = [until === null ? phase : `${phase}, again in ${Math.max(0, Math.ceil((until - now) / 1000))} s`];
  if (attempt !== null) parts.push(attempt);
  if (usage !== null) parts.push(tokens(usage));
  if (pieces > 0) parts.push(`~${pieces.toLocaleString('en-US')} ${usage === null ? '' : 'more '}${pieces === 1 ? 'token' : 'tokens'}`);
  if (cost !== null && cost.usd !== null) parts.push(money(cost));
  parts.push(seconds(Math.max(0, now - startedAt)));
  return parts;
}
