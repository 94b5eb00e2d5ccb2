import { closingQuote, flowEnd } from './yaml-lines.ts';
import { didYouMean } from '../did-you-mean.ts';

/** What YAML reads as something else, and why. */
export interface Sign {
  readonly code: string;
  readonly why: string;
}

export const comments = 'A `#` after a space begins a comment in YAML: the text is cut there.';

/** A text that begins with what means something else in YAML. */
export function indicator(text: string): Sign | null {
  const first = text[0];
  if (first === undefined) return null;
  if (first === '*') return { code: 'yaml-alias', why: '`*` begins an alias in YAML.' };
  if (first === '&') return { code: 'yaml-anchor', why: '`&` begins an anchor in YAML.' };
  if (first === '!') return { code: 'yaml-tag', why: '`!` begins a tag in YAML.' };
  if ('@`%,]}'.includes(first)) return { code: 'yaml-indicator', why: `A text cannot begin with ${first === '`' ? 'a backtick' : `\`${first}\``} in YAML.` };
  return /^[?:-](?:\s|$)/.test(text) ? { code: 'yaml-indicator', why: `A text cannot begin with \`${first} \` in YAML.` } : null;
}

/** What YAML reads as something else in an item of a list in brackets: in a sentence, or in the value of a check in a list of them. */
export function flowTrap(text: string, { sentence, among, value }: { readonly sentence: boolean; readonly among: boolean; readonly value: boolean }): Sign | null {
  const first = text[0];
  if (first === undefined) return null;
  if (first === '"' || first === "'") {
    const end = closingQuote(text, 1, first);
    if (end === text.length - 1) return null;
    return { code: 'yaml-quote', why: end < 0 ? `This \`${first}\` opens a quoted text that does not end.` : 'The quoted part ends the text in YAML, and more stands after it.' };
  }
  if (first === '#') return { code: 'yaml-comment', why: '`#` begins a comment in YAML.' };
  if (first === '|' || first === '>') return { code: 'yaml-block', why: `\`${first}\` begins a block of text in YAML.` };
  const begins = indicator(text);
  if (begins !== null) return begins;
  if (first === '[' || first === '{') {
    const whole = isWhole(text);
    if (whole && (first === '{' || !sentence || value)) return null;
    return { code: 'yaml-flow', why: whole ? 'This is a list in the list.' : `\`${first}\` begins a ${first === '[' ? 'list' : 'map'} in YAML, and more stands after its end.` };
  }
  const comment = text.search(/\s#/);
  if (comment >= 0 && (among || /\S\s+\S/.test(text.slice(0, comment)))) return { code: 'yaml-comment', why: comments };
  if (sentence && /:(?:\s|$)/.test(text)) return { code: 'yaml-mapping', why: 'A `: ` makes a map in YAML.' };
  if (text.includes(',')) return { code: 'yaml-comma', why: 'A comma ends the text in a list in brackets.' };
  const bracket = /[[\]{}]/.exec(text)?.[0];
  return bracket === undefined ? null : { code: 'yaml-flow', why: `\`${bracket}\` cannot stand in a text in a list in brackets.` };
}

/** Whether the bracket that a text begins with closes at its end. */
function isWhole(text: string): boolean {
  const lines = [{ start: 0, text: text.replace(/[\r\n]/g, ' '), indent: 0, blank: false }];
  return !text.startsWith('{{') && flowEnd(lines, { index: 0, position: 0, last: 0 })?.position === text.length;
}

export function noCheck(key: string, known: readonly string[]): string {
  const near = didYouMean(key, known);
  return `YAML reads \`${short(key)}:\` as the key of a map, and there is no check of that name${near === undefined ? '' : ` (is \`${near}\` meant?)`}.`;
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
