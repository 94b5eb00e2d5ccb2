import { priceList, type PriceRow } from './price-list.ts';
import type { Price } from './model.ts';

export { snapshotDate } from './price-list.ts';

export interface KnownModel {
  /** Tokens. */
  readonly contextWindow: number;
  readonly price: Price;
}

/**
 * What the vendored snapshot knows of `provider/model`: the entry with the longest name that the model's begins with, when only a
 * date or version follows (`gpt-4.1-2025-04-14`). Other endings are other models (`gpt-4o-audio`), and unknown stays unknown.
 */
export function lookupPrice(name: string): KnownModel | undefined {
  const slash = name.indexOf('/');
  const provider = name.slice(0, slash);
  const model = name.slice(slash + 1);
  if (!Object.hasOwn(priceList, provider)) return undefined;
  let best: readonly [string, PriceRow] | undefined;
  for (const entry of Object.entries(priceList[provider]!)) {
    if (model.startsWith(entry[0]) && sameModel.test(model.slice(entry[0].length)) && entry[0].length > (best?.[0].length ?? -1)) best = entry;
  }
  if (best === undefined) return undefined;
  const [contextWindow, input, cachedInput, output, tier] = best[1];
  return {
    contextWindow,
    price: {
      ...prices(input, cachedInput, output),
      ...(tier !== undefined && { above: { inputTokens: tier[0], ...prices(tier[1], tier[2], tier[3]) } }),
    },
  };
}

/** Endings that name a release of the same model. */
const sameModel = /^(?:-\d{4}-\d{2}-\d{2}|-\d{8}|-\d{4}|-latest)?$/;

/** Providers of the snapshot that know a model of this name: for "did you mean `openai:gpt-4.1`?". */
export function providersOf(model: string): readonly string[] {
  return Object.keys(priceList).filter((provider) => lookupPrice(`${provider}/${model}`) !== undefined);
}

function prices(input: number, cachedInput: number | null, output: number): Omit<Price, 'above'> {
  return { input, ...(cachedInput !== null && { cachedInput }), output };
}
