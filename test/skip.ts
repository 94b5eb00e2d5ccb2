import type { Context } from 'mocha';

/**
 * Skips this test, or, in a `before` hook, all tests of its suite; `reason` stands in the results: why, and how to get what is missing.
 * Does not return.
 */
export function skip(context: Context, reason: string): never {
  const runnable = context.runnable() as Mocha.Runnable & { skipReason?: string; readonly parent?: { skipReason?: string } };
  (runnable.type === 'hook' ? (runnable.parent ?? runnable) : runnable).skipReason = reason;
  return context.skip();
}
