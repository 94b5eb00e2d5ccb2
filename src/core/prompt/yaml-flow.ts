import { findKey } from './yaml-lines.ts';
import { flowTrap, noCheck } from './yaml-signs.ts';
import type { Severity } from '../problem.ts';

/** An item of a list in brackets: offsets of what is written, without the white space around it. */
export interface FlowItem {
  readonly start: number;
  readonly end: number;
}

export interface FlowList {
  readonly items: readonly FlowItem[];
  /** Just after the bracket that closes the list. */
  readonly end: number;
}

/**
 * The items of the list whose `[` stands at `from`, as a person means them: apart at commas, where no quote and no bracket that an item
 * opens is still open. A `#` is a comment only where no item has begun, and no bracket follows on its line. null where the list does not end before `to`. Linear time.
 */
export function flowItems(text: string, from: number, to: number): FlowList | null {
  const items: FlowItem[] = [];
  let start = -1;
  let end = from;
  let depth = 0;
  for (let at = from + 1; at < to; at++) {
    const character = text[at]!;
    if (isBlank(character)) continue;
    if (start < 0 && character === '#' && isBlank(text[at - 1]!)) {
      const lineEnd = text.indexOf('\n', at);
      const end = lineEnd < 0 ? to : lineEnd;
      if (!text.slice(at, end).includes(']')) {
        at = end;
        continue;
      }
    }
    if (depth === 0 && (character === ',' || character === ']')) {
      if (start >= 0) items.push({ start, end });
      start = -1;
      if (character === ']') return { items, end: at + 1 };
      continue;
    }
    if (start < 0) start = at;
    // A quote that nothing closes is a letter like others.
    if ((character === '"' || character === "'") && (start === at || opensText(text[at - 1]!))) at = closingQuote(text, { from: at + 1, to, quote: character }) ?? at;
    else if (character === '[' || character === '{') depth++;
    else if ((character === ']' || character === '}') && depth > 0) depth--;
    end = at + 1;
  }
  return null;
}

/** The lists that stand right after a key in the map whose `{` stands at `from`, with that key. */
export function* listsInMap(text: string, from: number, to: number): Generator<{ readonly key: string; readonly items: readonly FlowItem[] }, undefined> {
  for (let at = from + 1; at < to; at++) {
    const character = text[at]!;
    if ((character === '"' || character === "'") && opensText(text[at - 1]!)) at = closingQuote(text, { from: at + 1, to, quote: character }) ?? at;
    else if (character === '[') {
      const list = flowItems(text, at, to);
      const key = /([^\s,{}[\]:"']+)\s*:\s*$/.exec(text.slice(Math.max(from, at - 200), at))?.[1];
      if (list === null) return undefined;
      if (key !== undefined) yield { key, items: list.items };
      at = list.end - 1;
    }
  }
  return undefined;
}

/** Something in a list in brackets that YAML reads otherwise than a person means it; quoting what stands there repairs it. */
export interface FlowProblem extends FlowItem {
  readonly code: string;
  readonly why: string;
  readonly severity: Severity;
}

/** What is wrong with the items of a list. `known` are the keys that mean something in a list of sentences; absent where it is none. */
export function flowProblems(text: string, items: readonly FlowItem[], { known, among }: { readonly known: readonly string[] | undefined; readonly among: boolean }): readonly FlowProblem[] {
  const found = items.flatMap((item) => itemProblem(text, item, { known, among }) ?? []);
  return found.length > 0 || known === undefined ? found : commaProblems(text, items, known);
}

function itemProblem(text: string, { start, end }: FlowItem, { known, among }: { readonly known: readonly string[] | undefined; readonly among: boolean }): FlowProblem | null {
  const written = text.slice(start, end);
  const key = known === undefined ? null : findKey(written, 0);
  if (key !== null && !known!.includes(key.key)) return { code: 'yaml-mapping', why: `${noCheck(key.key, known!)} Quote it.`, severity: 'error', start, end };
  let from = key?.end ?? 0;
  while (from > 0 && from < written.length && isBlank(written[from]!)) from++;
  const sign = flowTrap(written.slice(from), { sentence: known !== undefined, among, value: key !== null });
  return sign === null ? null : { code: sign.code, why: `${sign.why} Quote it.`, severity: 'error', start: start + from, end };
}

/** Commas in sentences, which make two of each: the second begins like no sentence. */
function commaProblems(text: string, items: readonly FlowItem[], known: readonly string[]): readonly FlowProblem[] {
  return items.flatMap((item, index): FlowProblem[] => {
    const before = items[index - 1];
    if (before === undefined) return [];
    const first = text.slice(before.start, before.end);
    const second = text.slice(item.start, item.end);
    if (!/^\p{Lu}/u.test(first) || /[.!?]$/.test(first) || !/^\p{Ll}/u.test(second) || known.includes(/^\w+/.exec(second)?.[0] ?? '')) return [];
    return [{ code: 'yaml-comma', why: 'In a list in brackets a comma ends the sentence: quote it if this is one.', severity: 'warning', start: before.start, end: item.end }];
  });
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}

/** Where the quote closes; null when it does not. */
function closingQuote(text: string, { from, to, quote }: { readonly from: number; readonly to: number; readonly quote: string }): number | null {
  for (let at = from; at < to; at++) {
    if (quote === '"' && text[at] === '\\') at++;
    else if (text[at] === quote) {
      if (quote === '"' || text[at + 1] !== quote) return at;
      at++;
    }
  }
  return null;
}

/** Whether a quote after this character opens a text in YAML, and is no apostrophe. */
function opensText(before: string): boolean {
  return /[\s[{,:]/.test(before);
}
