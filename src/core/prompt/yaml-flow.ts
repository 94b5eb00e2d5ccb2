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
 * opens is still open. A `#` is a comment only where no item has begun. null where the list does not end before `to`. Linear time.
 */
export function flowItems(text: string, from: number, to: number): FlowList | null {
  const items: FlowItem[] = [];
  let start = -1;
  let end = from;
  let depth = 0;
  for (let at = from + 1; at < to; at++) {
    const character = text[at]!;
    if (character === ' ' || character === '\t' || character === '\n' || character === '\r') continue;
    if (start < 0 && character === '#') {
      const lineEnd = text.indexOf('\n', at);
      at = lineEnd < 0 ? to : lineEnd;
      continue;
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
