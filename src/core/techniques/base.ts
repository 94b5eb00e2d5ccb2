import type { Run } from './technique.ts';
import { callModel } from '../engine/call.ts';
import { withCache } from './cache.ts';

/** What every technique ends in: one model call, answered from the cache where that is wanted. */
export const baseRun: Run = withCache(callModel);
