import type { Tiktoken, TiktokenBPE } from 'js-tiktoken/lite';

/** Encodings by their short names. `o200k_harmony` splits and merges as `o200k` does; its further special tokens are no text. */
export type EncodingName = 'o200k' | 'cl100k' | 'p50k' | 'r50k' | 'gpt2';

const names: Readonly<Record<string, EncodingName>> = {
  o200k: 'o200k', o200k_base: 'o200k', o200k_harmony: 'o200k',
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

/** Model names by prefix, the longest that fits wins (OpenAI's tiktoken, `model.py`, and models that came since). */
const prefixes: readonly (readonly [prefix: string, encoding: EncodingName])[] = [
  ['gpt-oss-', 'o200k'], ['gpt-5', 'o200k'], ['gpt-4.5', 'o200k'], ['gpt-4.1', 'o200k'], ['gpt-4o', 'o200k'], ['chatgpt-4o', 'o200k'],
  ['o1', 'o200k'], ['o3', 'o200k'], ['o4', 'o200k'],
  ['gpt-4', 'cl100k'], ['gpt-3.5', 'cl100k'], ['gpt-35', 'cl100k'], ['text-embedding-3-', 'cl100k'], ['text-embedding-ada-002', 'cl100k'],
  ['text-davinci-003', 'p50k'], ['text-davinci-002', 'p50k'], ['davinci', 'r50k'], ['gpt2', 'gpt2'], ['gpt-2', 'gpt2'],
];

/**
 * The encoding of a model by its name, with or without the vendor before it (`openai/gpt-4.1`) and OpenAI's fine-tuning prefix
 * (`ft:gpt-4o:…`); undefined when the name is not known: other vendors have other tokenizers.
 */
export function encodingOfModel(model: string): EncodingName | undefined {
  const name = model.replace(/^(?:openai\/|ft:)/, '');
  let best: readonly [string, EncodingName] | undefined;
  for (const row of prefixes) if (name.startsWith(row[0]) && isWhole(row[0], name) && row[0].length > (best?.[0].length ?? 0)) best = row;
  return best?.[1];
}

/** After a prefix that ends in a digit no letter follows: `o1` is a prefix of `o1-mini` and not of `o1abc` (but `gpt-4o` has its own row). */
function isWhole(prefix: string, name: string): boolean {
  return !/\d$/.test(prefix) || !/^[a-z]/i.test(name.slice(prefix.length));
}

export interface Encoder {
  /** Token ids of a text. Special tokens in it are text. */
  encode(text: string): readonly number[];
}

/** Loads the ranks of an encoding: half a second and some tens of megabytes, so only when they are needed. */
export async function loadEncoder(name: EncodingName): Promise<Encoder> {
  const [{ Tiktoken: TiktokenClass }, ranks] = await Promise.all([import('js-tiktoken/lite'), loadRanks(name)]);
  const encoder: Tiktoken = new TiktokenClass({ ...ranks, pat_str: asRustReadsIt(ranks.pat_str) });
  return { encode: (text) => encoder.encode(text, [], []) };
}

async function loadRanks(name: EncodingName): Promise<TiktokenBPE> {
  switch (name) {
    case 'o200k':
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
