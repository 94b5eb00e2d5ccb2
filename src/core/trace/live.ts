import { livePhrase, newProgress, noteProgress } from './progress.ts';
import type { RunEvent } from './event.ts';
import type { RunRecord } from './record.ts';

/** What is new in a run that goes on. */
export interface LiveUpdate {
  /** The text is what it was up to here, and then {@link text}: a long answer is not sent again and again. */
  readonly from: number;
  readonly text: string;
  /** The run line without its time: what it is doing, tokens, cost. */
  readonly parts: readonly string[];
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** Follows a run for those who watch it. */
export interface LiveRun {
  note(event: RunEvent, record: RunRecord): void;
  /** Everything so far, for somebody who begins to watch. */
  snapshot(now: number): LiveUpdate;
  /** What is new since the last time that this was asked. */
  news(now: number): LiveUpdate;
}

export function followRun(): LiveRun {
  const progress = newProgress();
  let record: RunRecord | null = null;
  let told = { step: 0, try: 0, length: 0 };
  /** The answer that is being written: of the newest call that is one. */
  const answer = (): { readonly step: number; readonly try: number; readonly text: string } => {
    const call = record?.steps.findLast((step) => step.kind === 'model-call' && step.purpose === 'answer');
    return call?.kind === 'model-call' ? { step: call.step, try: call.tries.length, text: call.text } : { step: 0, try: 0, text: '' };
  };
  const line = (now: number): Pick<LiveUpdate, 'parts' | 'startedAt'> =>
    record === null ? { parts: ['starting'], startedAt: now } : { parts: livePhrase(progress, record, now).slice(0, -1), startedAt: record.startedAt };
  return {
    note(event, after) {
      record = after;
      noteProgress(progress, event);
    },
    snapshot: (now) => ({ from: 0, text: answer().text, ...line(now) }),
    news(now) {
      const current = answer();
      const same = current.step === told.step && current.try === told.try && current.text.length >= told.length;
      const from = same ? told.length : 0;
      told = { step: current.step, try: current.try, length: current.text.length };
      return { from, text: current.text.slice(from), ...line(now) };
    },
  };
}
