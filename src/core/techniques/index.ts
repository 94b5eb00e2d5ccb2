import { budget } from './budget.ts';
import { cache } from './cache.ts';
import { check } from './check.ts';
import { config } from './config.ts';
import { description } from './description.ts';
import { input } from './input.ts';
import { limits } from './limits.ts';
import { metadata } from './metadata.ts';
import { model } from './model.ts';
import { output } from './output.ts';
import { retry } from './retry.ts';
import type { Technique } from './technique.ts';
import { tools } from './tools.ts';
import { whitespace } from './whitespace.ts';

/**
 * Every option of a prompt cell. Where they wrap, this is the order, outermost first:
 * an attempt is a checked answer, so `retry` is around `check`; checks look at the parsed value, so `check` is around `output`;
 * the form is asked of the final answer, not of tool calls, so `output` is around `tools`; each model call of the loop is looked up
 * and kept by itself, so the cache is innermost (`base.ts`).
 */
export const techniques: readonly Technique[] = [retry, check, output, tools, model, config, input, limits, budget, cache, description, whitespace, metadata];
