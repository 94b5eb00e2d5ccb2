import type { Context, Runnable } from 'mocha';

/** Where scripts/mocha-reporter.cjs looks for the reason. */
interface Reasoned {
  skipReason?: string;
}

/**
 * Skips this test, or, in a `before` hook, all tests of its suite; `reason` stands in the results: why, and how to get what is missing.
 * Does not return.
 */
export function skip(context: Context, reason: string): never {
  const runnable = context.runnable() as Runnable & { readonly type: string };
  const owner: Reasoned = runnable.type === 'hook' && runnable.parent !== undefined ? (runnable.parent as Reasoned) : (runnable as Reasoned);
  owner.skipReason = reason;
  return context.skip();
}
