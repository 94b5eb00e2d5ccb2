import type { Message } from '../prompt/message.ts';
import type { Outcome, Technique } from './technique.ts';
import { failureFeedback } from '../checks/feedback.ts';
import { readNumber } from './read.ts';

/**
 * Tries again while checks fail, with the failures fed back (reflection: Self-Refine, arXiv 2303.17651; Reflexion, 2303.11366). The best
 * attempt is kept, not the last: some models get worse.
 */
export const retry: Technique<number> = {
  name: 'retry',
  doc: 'How many more attempts there are when a check fails. The failed checks and their reasons are fed back; every attempt is kept in the record, and the best one is the result.',
  example: '2',
  parse: (node) => readNumber(node, '`retry`', { min: 0, max: 100, integer: true }),
  wrap: (more, next) => async (request, context) => {
    const { host } = context;
    let best: { outcome: Outcome; step: number } | null = null;
    let messages = request.messages;
    for (let number = 1; ; number++) {
      const step = context.step();
      context.emit({ type: 'attempt-start', at: host.now(), step, parent: request.parent, number, of: more + 1 });
      const outcome = await next({ ...request, messages, parent: step }, context);
      const better = best === null || (outcome.status === 'done' && passedCount(outcome) > passedCount(best.outcome));
      if (better) best = { outcome, step };
      context.emit({
        type: 'attempt-end', at: host.now(), step, status: outcome.status, text: outcome.text,
        passed: passedCount(outcome), checks: outcome.checks.length, kept: better,
      });
      const result: Outcome = { ...best!.outcome, attempts: number };
      // What ended the run early is how it ended, but the best that was made is what is kept.
      if (outcome.status !== 'done') return { ...result, status: outcome.status, error: outcome.error };
      const failed = outcome.checks.filter((check) => check.passed !== true);
      if (failed.length === 0 || number > more) return result;
      const answer: Message = { role: 'model', content: [{ text: outcome.text, source: { kind: 'model' }, taint: outcome.taint }] };
      const feedback: Message = { role: 'user', content: [{ text: failureFeedback(outcome.checks), source: { kind: 'option', name: 'retry' }, taint: outcome.taint }] };
      messages = [...request.messages, answer, feedback];
    }
  },
};

function passedCount(outcome: Outcome): number {
  return outcome.checks.reduce((count, check) => count + (check.passed === true ? 1 : 0), 0);
}
