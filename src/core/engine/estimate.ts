import type { Budget } from '../techniques/budget.ts';
import { ratesOf } from '../trace/usage.ts';
import type { Model } from '../models/model.ts';
import type { RunError } from '../trace/event.ts';
import type { RunRequest } from '../techniques/technique.ts';

/** What a request costs at least: its input, and the longest answer where the cell bounds it. */
export interface Estimate {
  readonly tokens: number;
  /** US dollars; null where the price is unknown. */
  readonly usd: number | null;
}

export async function estimateCall(request: Pick<RunRequest, 'messages' | 'config' | 'model'>): Promise<Estimate> {
  const { messages, model } = request;
  const config = { ...model.config, ...request.config };
  const input = (await model.countTokens({ messages, config })).tokens;
  const output = config.maxOutputTokens ?? 0;
  return { tokens: input + output, usd: priced(model, input, output) };
}

function priced({ price }: Model, input: number, output: number): number | null {
  if (price === null) return null;
  const rates = ratesOf(price, input);
  return (input * rates.input + output * rates.output) / 1e6;
}

/** The failure of a run whose estimate is over its budget, or cannot be held against it; null when it may begin. */
export function overBudget(estimate: Estimate, budget: Budget, names: { readonly scope: string; readonly model: string }): RunError | null {
  const { scope, model } = names;
  const refused = (message: string, hint: string): RunError => ({ code: 'budget', message, hint });
  if (budget.cost !== undefined && estimate.usd === null) {
    return refused(
      `The budget of ${scope} is ${money(budget.cost)}, but the price of ${model} is unknown, so it could not be held. Nothing was sent.`,
      'Give the price in the model list: `price: { input: 0.4, output: 1.6 }` (US dollars per million tokens), or budget tokens instead.',
    );
  }
  const hint = 'Raise the budget, shorten what is sent, or choose a cheaper model.';
  if (budget.cost !== undefined && estimate.usd! > budget.cost) {
    return refused(`This would cost at least ${money(estimate.usd!)}, and the budget of ${scope} is ${money(budget.cost)}. Nothing was sent.`, hint);
  }
  if (budget.tokens !== undefined && estimate.tokens > budget.tokens) {
    return refused(`This would take at least ${estimate.tokens} tokens, and the budget of ${scope} is ${budget.tokens}. Nothing was sent.`, hint);
  }
  return null;
}

/** Holds one cell's first call against its own budget. */
export async function refuseOverBudget(budget: Budget | undefined, { request, scope }: { readonly request: RunRequest; readonly scope: string }): Promise<RunError | null> {
  if (budget === undefined || (budget.cost === undefined && budget.tokens === undefined)) return null;
  return overBudget(await estimateCall(request), budget, { scope, model: request.model.id });
}

export function money(usd: number): string {
  return `$${usd < 0.01 ? usd.toPrecision(2) : usd.toFixed(2)}`;
}
