import type { Attribute } from './types.ts';

/** What an info string in braces says: `{language [name] [key=value …]}`. */
export interface Info {
  readonly language: string;
  readonly name: string | null;
  readonly attributes: readonly Attribute[];
}

/** Reads an info string; null when it does not stand in braces, and the fence is plain Markdown. */
export function parseInfo(info: string): Info | null {
  const text = info.trim();
  if (!text.startsWith('{') || !text.endsWith('}') || text.length < 3) return null;
  const words = splitWords(text.slice(1, -1));
  const [language, ...rest] = words;
  if (language === undefined) return null;
  const named = rest[0] !== undefined && !isPair(rest[0]);
  return { language, name: named ? rest[0]! : null, attributes: rest.slice(named ? 1 : 0).map(readAttribute) };
}

/** Writes an info string without its braces' fence. Never holds a backtick or a line end, which would undo the fence. */
export function writeInfo({ language, name, attributes }: Info): string {
  const words = [bare(language)];
  if (name !== null && name !== '') words.push(bare(name));
  for (const { key, value } of attributes) words.push(value === null ? bare(key) : `${bare(key)}=${writeValue(value)}`);
  return `{${words.join(' ')}}`;
}

const quotedPart = /"(?:[^"\\]|\\.)*"/y;

/** At white space outside of quotes. */
function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  for (let at = 0; at < text.length; ) {
    quotedPart.lastIndex = at;
    const quoted = text[at] === '"' && word.endsWith('=') ? quotedPart.exec(text) : null;
    if (quoted !== null) {
      word += quoted[0];
      at = quotedPart.lastIndex;
    } else if (/\s/.test(text[at]!)) {
      if (word !== '') words.push(word);
      word = '';
      at += 1;
    } else {
      word += text[at]!;
      at += 1;
    }
  }
  if (word !== '') words.push(word);
  return words;
}

function isPair(word: string): boolean {
  return word.indexOf('=') > 0;
}

function readAttribute(word: string): Attribute {
  const equals = word.indexOf('=');
  if (equals <= 0) return { key: word, value: null };
  const value = word.slice(equals + 1);
  return { key: word.slice(0, equals), value: value.startsWith('"') ? unquote(value) : value };
}

function unquote(value: string): string {
  try {
    const text: unknown = JSON.parse(value);
    return typeof text === 'string' ? text : value;
  } catch {
    return value;
  }
}

function writeValue(value: string): string {
  if (value !== '' && !/[\s"`{}\\\u0000-\u001f]/.test(value)) return value;
  return JSON.stringify(value).replaceAll('`', '\\u0060').replace(/[\u007f\u0085\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A word that stays one word. */
function bare(word: string): string {
  const kept = word.replace(/[\s`"{}]+/g, '-');
  return kept === '' ? '-' : kept;
}
