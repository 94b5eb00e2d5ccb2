import type { CountKind, Price, Usage } from '../models/model.ts';
import type { Cost } from './event.ts';

const strength: Record<CountKind, number> = { provider: 3, exact: 2, calibrated: 1, estimate: 0 };
const costStrength: Record<Cost['kind'], number> = { provider: 2, calculated: 1, estimate: 0 };

/** The sum of two usages. Unknown plus known is known (what is known was spent); the kind is the weaker of the two. */
export function addUsage(a: Usage | null, b: Usage | null): Usage | null {
  if (a === null || b === null) return a ?? b;
  return {
    inputTokens: add(a.inputTokens, b.inputTokens),
    outputTokens: add(a.outputTokens, b.outputTokens),
    cachedInputTokens: add(a.cachedInputTokens, b.cachedInputTokens),
    reasoningTokens: add(a.reasoningTokens, b.reasoningTokens),
    kind: strength[a.kind] <= strength[b.kind] ? a.kind : b.kind,
  };
}

/** The sum of two costs: unknown as soon as one is unknown, since a total that leaves out a part would be a lie. */
export function addCost(a: Cost | null, b: Cost | null): Cost | null {
  if (a === null || b === null) return a ?? b;
  return {
    usd: a.usd === null || b.usd === null ? null : a.usd + b.usd,
    kind: costStrength[a.kind] <= costStrength[b.kind] ? a.kind : b.kind,
  };
}

/** The prices of a request with so many input tokens: beyond a bound some models cost more, for the whole request. */
export function ratesOf(price: Price, inputTokens: number): Omit<Price, 'above'> {
  return price.above !== undefined && inputTokens > price.above.inputTokens ? price.above : price;
}

/** What a usage costs at a price; unknown where either is. Cached input costs its own price where the list has one. */
export function costOf(usage: Usage | null, price: Price | null): Cost {
  if (price !== null && price.input === 0 && price.output === 0) return { usd: 0, kind: 'calculated' };
  if (usage === null || price === null || usage.inputTokens === null || usage.outputTokens === null) {
    return { usd: null, kind: 'calculated' };
  }
  const cached = Math.min(usage.cachedInputTokens ?? 0, usage.inputTokens);
  const rates = ratesOf(price, usage.inputTokens);
  const usd = ((usage.inputTokens - cached) * rates.input + cached * (rates.cachedInput ?? rates.input) + usage.outputTokens * rates.output) / 1e6;
  return { usd, kind: usage.kind === 'provider' || usage.kind === 'exact' ? 'calculated' : 'estimate' };
}

/** The sum of two counts of which either may be unknown. */
function add(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : a + b;
}

/** Nothing used: what a cached answer costs. */
export const noUsage: Usage = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: null, kind: 'exact' };
