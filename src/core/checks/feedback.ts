import type { CheckResult } from '../trace/event.ts';
import { shorten } from './argument.ts';

/**
 * What `retry` tells the model after an attempt whose checks did not all pass: which failed and why, which were met and are to stay so,
 * and that a whole new answer is wanted. Reasons of a judge are a model's words, made from the answer.
 */
export function failureFeedback(checks: readonly CheckResult[]): string {
  const failed = checks.filter((check) => check.passed !== true);
  const passed = checks.filter((check) => check.passed === true);
  const parts = [`Your answer does not meet ${failed.length === 1 ? 'this requirement' : 'these requirements'}:\n${failed.map(failure).join('\n')}`];
  if (passed.length > 0) parts.push(`It does meet ${passed.length === 1 ? 'this' : 'these'}, which must stay so:\n${passed.map((check) => `- ${title(check)}`).join('\n')}`);
  parts.push(
    `Write a new, complete answer that meets ${checks.length === 1 ? 'the requirement' : 'all of them'}. Do not only patch the words: think about what has to change. Reply with the new answer alone, without a comment on it.`,
  );
  return parts.join('\n\n');
}

function failure(check: CheckResult): string {
  const reason = shorten(check.reason, 500);
  if (check.passed === null) return `- ${title(check)} (This could not be decided: ${reason})`;
  return reason === '' ? `- ${title(check)}` : `- ${title(check)}\n  Why it fails: ${reason}`;
}

function title(check: CheckResult): string {
  return shorten(check.name, 500);
}
