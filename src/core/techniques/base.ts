import type { Run } from './technique.ts';
import { callModel } from '../engine/call.ts';
import { limited } from '../engine/errors.ts';
import { LimitError } from '../engine/meter.ts';
import { withCache } from './cache.ts';

const answered: Run = withCache(callModel);

/**
 * What every technique ends in: one model call, answered from the cache where that is wanted. With the tool calls that it asks for it is
 * one step of the cell; what judges ask is none, so that looking at an answer does not end the work on it.
 */
export const baseRun: Run = async (request, context) => {
  try {
    if (request.purpose !== 'judge') context.meter.step();
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    return limited({ finish: null, text: '', value: '', message: null, checks: [], attempts: 1, taint: [] }, error, context);
  }
  return answered(request, context);
};
