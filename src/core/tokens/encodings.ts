import type { TiktokenBPE } from 'js-tiktoken/lite';
import { mergePairs, readRanks } from './byte-pairs.ts';

/** Encodings by their short names. `o200k_harmony` splits and merges as `o200k` does; its further special tokens are no text. */
export type EncodingName = 'o200k' | 'o200k_harmony' | 'cl100k' | 'p50k' | 'r50k' | 'gpt2';

const names: Readonly<Record<string, EncodingName>> = {
  o200k: 'o200k', o200k_base: 'o200k',
  o200k_harmony: 'o200k_harmony',
  cl100k: 'cl100k', cl100k_base: 'cl100k',
  p50k: 'p50k', p50k_base: 'p50k',
  r50k: 'r50k', r50k_base: 'r50k',
  gpt2: 'gpt2',
};

/** The names that {@link encodingNamed} takes, for messages and completion. */
export const encodingNames: readonly string[] = Object.keys(names);

/** An encoding by its short or full name: `o200k`, `o200k_base`. */
export function encodingNamed(name: string): EncodingName | undefined {
  return Object.hasOwn(names, name) ? names[name] : undefined;
}

/**
 * Model names by how they begin, the longest that fits wins (OpenAI's tiktoken, `model.py`, and models that came since). A row that
 * ends in `-` needs something after it, any other one ends there or before `-`, `.`, `:` or `@` (a version, a date, a variant).
 */
const beginnings: readonly (readonly [beginning: string, encoding: EncodingName])[] = [
  ['gpt-oss-', 'o200k_harmony'], ['gpt-5', 'o200k'], ['gpt-4.5', 'o200k'], ['gpt-4.1', 'o200k'], ['gpt-4o', 'o200k'], ['chatgpt-4o', 'o200k'],
  ['o1', 'o200k'], ['o3', 'o200k'], ['o4', 'o200k'], ['codex-mini', 'o200k'],
  ['gpt-4-', 'cl100k'], ['gpt-3.5', 'cl100k'], ['gpt-35', 'cl100k'], ['text-embedding-3-', 'cl100k'], ['text-embedding-ada-002', 'cl100k'],
  ['davinci-002', 'cl100k'], ['babbage-002', 'cl100k'],
  ['text-davinci-003', 'p50k'], ['text-davinci-002', 'p50k'], ['text-davinci-001', 'r50k'], ['text-curie-001', 'r50k'], ['text-babbage-001', 'r50k'], ['text-ada-001', 'r50k'],
  ['code-davinci', 'p50k'], ['code-cushman', 'p50k'], ['davinci', 'r50k'], ['curie', 'r50k'], ['babbage', 'r50k'], ['ada', 'r50k'], ['gpt2', 'gpt2'], ['gpt-2', 'gpt2'],
];

/**
 * The encoding of a model by its name, with or without the vendor before it (`openai/gpt-4.1`) and OpenAI's fine-tuning prefix
 * (`ft:gpt-4o:…`); undefined when the name is not known: other vendors have other tokenizers.
 */
export function encodingOfModel(model: string): EncodingName | undefined {
  const name = model.replace(/^openai\//, '').replace(/^ft:/, '').toLowerCase();
  // By itself without a version; with `.` behind it the name is another model's.
  if (name === 'gpt-4' || name.startsWith('gpt-4:')) return 'cl100k';
  let best: readonly [string, EncodingName] | undefined;
  for (const row of beginnings) if (fits(row[0], name) && row[0].length > (best?.[0].length ?? 0)) best = row;
  return best?.[1];
}

function fits(beginning: string, name: string): boolean {
  if (!name.startsWith(beginning)) return false;
  const after = name.slice(beginning.length);
  return beginning.endsWith('-') ? after !== '' : after === '' || /^[-.:@]/.test(after);
}

export interface Encoder {
  /** Token ids of a text. Special tokens in it are text. A half of a character (a lone surrogate) counts as U+FFFD, as in its UTF-8. */
  encode(text: string): readonly number[];
}

/**
 * Loads the ranks of an encoding from js-tiktoken: some tenths of a second and some tens of megabytes, so only when they are needed.
 * The merging is our own: js-tiktoken's takes a time that grows with the square of a word's length, which for text without spaces
 * (Chinese, base64, one letter held down) is seconds.
 */
export async function loadEncoder(name: EncodingName): Promise<Encoder> {
  const { bpe_ranks: ranks, pat_str: pattern } = await loadRanks(name);
  const vocabulary = readRanks(ranks);
  const pieces = new RegExp(asRustReadsIt(pattern), 'gu');
  const utf8 = new TextEncoder();
  const inBytes = (text: string): string => {
     
    if (/^[\x00-\x7f]*$/.test(text)) return text;
    let bytes = '';
    for (const byte of utf8.encode(text)) bytes += String.fromCharCode(byte);
    return bytes;
  };
  return {
    encode(text) {
      const ids: number[] = [];
      for (const [piece] of text.toWellFormed().matchAll(pieces)) mergePairs(inBytes(piece), vocabulary, ids);
      return ids;
    },
  };
}

async function loadRanks(name: EncodingName): Promise<TiktokenBPE> {
  switch (name) {
    case 'o200k':
    case 'o200k_harmony':
      return (await import('js-tiktoken/ranks/o200k_base')).default;
    case 'cl100k':
      return (await import('js-tiktoken/ranks/cl100k_base')).default;
    case 'p50k':
      return (await import('js-tiktoken/ranks/p50k_base')).default;
    case 'r50k':
      return (await import('js-tiktoken/ranks/r50k_base')).default;
    case 'gpt2':
      return (await import('js-tiktoken/ranks/gpt2')).default;
  }
}

/**
 * The split pattern as OpenAI's own library reads it: there white space is Unicode's property, which has U+0085 and lacks U+FEFF;
 * JavaScript's `\s` is the other way round.
 */
function asRustReadsIt(pattern: string): string {
  return pattern.replaceAll('\\s', '\\p{White_Space}').replaceAll('\\S', '\\P{White_Space}');
}
