/**
 * GBNF for the decimal integers from `min` to `max`, both included and either infinite; null when there is none. Without a bound a
 * number has at most 15 digits, so that a model cannot write digits for ever; with one, at most those of the greatest integer that
 * JSON readers keep exact.
 */
export function integerRange(min: number, max: number): string | null {
  const from = Math.max(min === -Infinity && max >= -largest ? -largest : min, -exact);
  const to = Math.min(max === Infinity && min <= largest ? largest : max, exact);
  if (from > to) return null;
  const parts: string[] = [];
  if (from < 0) parts.push(`"-" (${integerAlternatives(String(Math.max(1, -to)), String(-from)).join(' | ')})`);
  if (to >= 0) parts.push(...integerAlternatives(String(Math.max(from, 0)), String(to)));
  return `(${parts.join(' | ')})`;
}

const largest = 999_999_999_999_999;
const exact = Number.MAX_SAFE_INTEGER;

/** Alternatives for the numbers from `low` to `high`, both without sign, written without leading zeros. */
export function integerAlternatives(low: string, high: string): readonly string[] {
  if (low.length === high.length) return sameLength(low, high);
  const parts = sameLength(low, '9'.repeat(low.length));
  for (let length = low.length + 1; length < high.length; length++) parts.push(`[1-9]${any(length - 1)}`);
  return [...parts, ...sameLength(`1${'0'.repeat(high.length - 1)}`, high)];
}

/** The same for two numbers of as many digits. */
function sameLength(low: string, high: string): string[] {
  if (low === high) return [`"${low}"`];
  const [first, last] = [Number(low[0]), Number(high[0])];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  if (lowRest === '') return [range(first, last)];
  if (first === last) return [`"${first}" (${sameLength(lowRest, highRest).join(' | ')})`];
  const parts: string[] = [];
  const lowWhole = /^0*$/.test(lowRest);
  const highWhole = /^9*$/.test(highRest);
  if (!lowWhole) parts.push(`"${first}" (${sameLength(lowRest, '9'.repeat(lowRest.length)).join(' | ')})`);
  const [from, to] = [lowWhole ? first : first + 1, highWhole ? last : last - 1];
  if (from <= to) parts.push(`${range(from, to)}${any(lowRest.length)}`);
  if (!highWhole) parts.push(`"${last}" (${sameLength('0'.repeat(highRest.length), highRest).join(' | ')})`);
  return parts;
}

function range(from: number, to: number): string {
  return from === to ? `"${from}"` : `[${from}-${to}]`;
}

function any(count: number): string {
  return count === 0 ? '' : ` [0-9]{${count}}`;
}
