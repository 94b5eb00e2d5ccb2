import type { OptionNode } from '../prompt/options.ts';
import { bad, good, readEntries, readNumber, shown, type Read } from './read.ts';
import type { Technique } from './technique.ts';

/** What a run may cost: US dollars, tokens, or both. Held before (an estimate) and during (the meter). */
export interface Budget {
  readonly cost?: number;
  readonly tokens?: number;
}

export const budget: Technique<Budget> = {
  name: 'budget',
  doc: 'A hard cap on money (`0.05`, `$0.05`) or tokens (`2000 tokens`), or both as a map. The estimate is held against it before anything is sent, and the run stops when it is spent.',
  example: '$0.05',
  parse(node): Read<Budget> {
    if (node.entries === null) return readAmount(node);
    const value: { cost?: number; tokens?: number } = {};
    const problems = readEntries(node, '`budget`', ['cost', 'tokens'], ({ key, node: entry }) => {
      if (key === 'tokens') {
        const tokens = readNumber(entry, '`budget.tokens`', { min: 0, integer: true });
        if (tokens.value !== undefined) value.tokens = tokens.value;
        return tokens.problems;
      }
      const cost = readMoney(entry.source ?? '');
      if (cost === null) return bad(entry, 'option-value', `\`budget.cost\` must be an amount of money such as \`$0.05\`, not ${shown(entry)}.`).problems;
      value.cost = cost;
      return [];
    });
    return { value, problems };
  },
};

function readAmount(node: OptionNode): Read<Budget> {
  const text = (node.source ?? '').trim();
  const tokens = /^([0-9][0-9_,]*)\s*tokens?$/i.exec(text);
  if (tokens) return good({ tokens: Number(tokens[1]!.replace(/[_,]/g, '')) });
  const cost = readMoney(text);
  if (cost !== null) return good({ cost });
  return bad(node, 'option-value', `\`budget\` must be an amount of money such as \`$0.05\` or of tokens such as \`2000 tokens\`, not ${shown(node)}.`);
}

function readMoney(text: string): number | null {
  const money = /^\$?\s*([0-9]*\.?[0-9]+)\s*(?:USD)?$/i.exec(text.trim());
  return money === null ? null : Number(money[1]);
}
