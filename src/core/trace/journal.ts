import type { RunEvent } from './event.ts';
import type { ModelCallStep, RunRecord } from './record.ts';
import { emptyRecord, reduce } from './reduce.ts';
import { isRunEvent } from './event-form.ts';
import { jsonDepth, maxJsonDepth } from '../values/json-depth.ts';

/**
 * A record from the text of a journal: JSON lines of run events. A line that cannot be read is counted in `damaged` and left out;
 * a journal that ends without the run's end is `interrupted`, and ended when its last event happened.
 * @throws Error when no line is a `run-start`: then it is no journal.
 */
export function readJournal(text: string): RunRecord {
  const record = emptyRecord();
  let started = false;
  let last = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const event = parseEvent(line);
    if (event === null) {
      record.damaged += 1;
      continue;
    }
    started ||= event.type === 'run-start';
    // One of a later version may tell its time otherwise.
    if (typeof event.at === 'number') last = event.at;
    reduce(record, event);
  }
  if (!started) throw new Error('This is no record of a run: it has no line that starts one.');
  if (record.status === 'running') {
    record.status = 'interrupted';
    record.endedAt = last;
    // What was said last, as far as it went: an attempt that had only just begun takes nothing away.
    record.text = record.steps.findLast((step): step is ModelCallStep => step.kind === 'model-call' && step.purpose === 'answer' && step.text !== '')?.text ?? '';
  }
  return record;
}

function parseEvent(line: string): RunEvent | null {
  // Data that a run makes is no deeper than JSON may be; deeper lines would break whoever prints them.
  if (jsonDepth(line) > maxJsonDepth + 10) return null;
  try {
    const value = JSON.parse(line) as unknown;
    return isRunEvent(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * Neighbouring deltas of one step and kind as one: a journal of 20,000 chunks need not be 20,000 lines. Times are the first one's.
 * Returns the merged event, or null when they do not belong together.
 */
export function mergeDeltas(before: RunEvent, after: RunEvent): RunEvent | null {
  if ((before.type === 'text-delta' || before.type === 'reasoning-delta' || before.type === 'refusal-delta') && before.type === after.type && before.step === after.step) {
    return { ...before, text: before.text + after.text };
  }
  if (before.type === 'tool-call-delta' && after.type === 'tool-call-delta' && before.step === after.step && before.index === after.index && after.id === undefined && after.name === undefined) {
    return { ...before, arguments: before.arguments + after.arguments };
  }
  return null;
}
