import type { Json } from '../json.ts';

/** Takes secrets out of texts and data, by value, wherever they stand. Made once for a set of secrets. */
export interface Redactor {
  text(text: string): string;
  /** All texts of a JSON value, keys of objects and numbers included. */
  json(value: Json): Json;
  /** For text that comes piece by piece: a secret may be cut in two. Holds back only what may be the beginning of one. */
  stream(): RedactorStream;
}

export interface RedactorStream {
  push(chunk: string): string;
  /** What was held back. */
  end(): string;
}

/** Secrets of fewer letters stand by chance in any text: they are left alone. */
const minLength = 4;
/** Shorter ones than this are taken out only where they stand as a word of their own, and in no other form. */
const wordLength = 8;
/** From here on the last four characters stay, so that people can tell keys apart. */
const hintLength = 16;

/** One text or value without the secrets. For several use {@link redactor}. */
export function redact(value: Json, secrets: readonly string[]): Json {
  return redactor(secrets).json(value);
}

/**
 * Replaces each secret by `sk-…` (or `…`) and its last four characters, also where it is written in JSON (once or twice escaped), in a URL,
 * in base64 (alone or inside of a longer text) or in hexadecimal. Secrets of 4 to 7 characters count only as whole words, shorter ones
 * not at all.
 */
export function redactor(secrets: readonly string[]): Redactor {
  const forms = new Map<string, string>();
  const words = new Map<string, string>();
  for (const secret of new Set(secrets.map((one) => one.trim()))) {
    const mark = placeholder(secret);
    if (secret.length < minLength) continue;
    if (secret.length < wordLength) words.set(secret, mark);
    else for (const form of writings(secret)) if (!forms.has(form)) forms.set(form, mark);
  }
  const all = new Map([...words, ...forms]);
  if (all.size === 0) return { text: (text) => text, json: (value) => value, stream: () => ({ push: (chunk) => chunk, end: () => '' }) };
  // Where one form begins with another the longer is tried first.
  const byLength = [...all.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(byLength.map((form) => (words.has(form) ? `(?<![\\p{L}\\p{N}_])${escaped(form)}(?![\\p{L}\\p{N}_])` : escaped(form))).join('|'), 'gu');
  const text = (input: string): string => input.replace(pattern, (found) => all.get(found)!);
  return { text, json: (value) => redactJson(value, text), stream: () => redactorStream({ pattern, all, words }) };
}

function placeholder(secret: string): string {
  const prefix = /^(?:sk|pk|rk|gsk|xai|key|ghp|hf|tvly)[-_]/i.exec(secret)?.[0] ?? '';
  return secret.length >= hintLength ? `${prefix}…${secret.slice(-4)}` : `${prefix}…`;
}

/** The ways in which a secret may stand in what we write: as it is, in JSON, in URLs, in base64 at each of three offsets, in hex. */
function writings(secret: string): readonly string[] {
  const json = (text: string): string => JSON.stringify(text).slice(1, -1);
  const once = json(secret);
  const unicode = secret.replace(/[^\x20-\x7e]/g, unicodeEscape);
  const html = secret.replace(/[<>&'"/]/g, unicodeEscape);
  const url = percentEncoded(secret);
  const strict = url.replace(/[!'()*]/g, percent);
  const urls = [url, strict, strict.replaceAll('%20', '+')].flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
  const bytes = new TextEncoder().encode(secret);
  const base64 = [0, 1, 2].flatMap((offset) => base64Core(bytes, offset)).flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_'), form.replaceAll('/', '\\/')]);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const list = [secret, once, json(once), once.replaceAll('/', '\\/'), unicode, json(unicode), html, ...urls, ...base64, hex, hex.toUpperCase()];
  return list.filter((form) => form.length >= wordLength);
}

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** A lone surrogate is in no URL. */
function percentEncoded(secret: string): string {
  return encodeURIComponent(secret.toWellFormed());
}

/** The characters of base64 that depend on the secret alone when `offset` bytes of a group stand before it and anything after it. */
function base64Core(bytes: Uint8Array, offset: number): readonly string[] {
  const padded = new Uint8Array(offset + bytes.length);
  padded.set(bytes, offset);
  let binary = '';
  for (const byte of padded) binary += String.fromCharCode(byte);
  const whole = btoa(binary);
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor((padded.length * 8) / 6);
  return [whole.slice(first, last)];
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function redactJson(value: Json, text: (input: string) => string): Json {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') {
    const shown = String(value);
    const clean = text(shown);
    return clean === shown ? value : clean;
  }
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => redactJson(item, text));
  if (typeof value !== 'object' || value === null) return value;
  // From entries, so that a key `__proto__` stays a key.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [text(key), redactJson(inner, text)]));
}

interface Forms {
  readonly pattern: RegExp;
  /** Each form with what takes its place. */
  readonly all: ReadonlyMap<string, string>;
  readonly words: ReadonlyMap<string, string>;
}

function redactorStream({ pattern, all, words }: Forms): RedactorStream {
  const longest = Math.max(...[...all.keys()].map((form) => form.length));
  /** Every beginning of a form; of a word also the whole, since what follows decides. Looked up once a character at the end of a chunk. */
  const beginnings = new Set<string>();
  for (const form of all.keys()) for (let length = 1; length < form.length + (words.has(form) ? 1 : 0); length++) beginnings.add(form.slice(0, length));
  /** The last character that went out as it came: whether a word begins depends on it. */
  let before = '';
  let held = '';

  /** Where what may become a secret begins. */
  const holdFrom = (text: string): number => {
    for (let at = Math.max(0, text.length - longest); at < text.length; at++) {
      if (beginnings.has(text[at]!) && beginnings.has(text.slice(at))) return at;
    }
    return text.length;
  };

  const take = (limit: (text: string) => number): string => {
    const text = before + held;
    const hold = Math.max(limit(text), before.length);
    let out = '';
    let at = before.length;
    pattern.lastIndex = at;
    for (let found = pattern.exec(text); found !== null && found.index < hold; found = pattern.exec(text)) {
      out += text.slice(at, found.index) + all.get(found[0])!;
      at = found.index + found[0].length;
    }
    const end = Math.max(at, hold);
    out += text.slice(at, end);
    held = text.slice(end);
    before = lastCharacter(text.slice(Math.max(0, end - 2), end));
    return out;
  };

  return {
    push: (chunk) => {
      held += chunk;
      return take(holdFrom);
    },
    end: () => take((text) => text.length),
  };
}

function lastCharacter(text: string): string {
  return [...text].at(-1) ?? '';
}
