import { didYouMean } from '../did-you-mean.ts';
import type { Severity, Span } from '../problem.ts';

/** Where a value of the list stands, by its path (`['models', 0, 'baseUrl']`); the key's place for a key. */
export type Locate = (path: ConfigPath, what: 'key' | 'value') => Span;
export type ConfigPath = readonly (string | number)[];

/** Takes problems while the list is read. */
export interface Reporter {
  report(code: string, message: string, path: ConfigPath, details?: { readonly what?: 'key' | 'value'; readonly severity?: Severity }): void;
}

/** Reports keys that are not known, with the nearest one; keys under `x-` are kept for others. */
export function unknownKeys(keys: readonly string[], known: readonly string[], { reporter, path, of }: { readonly reporter: Reporter; readonly path: ConfigPath; readonly of: string }): void {
  for (const key of keys) {
    if (known.includes(key) || key.startsWith('x-')) continue;
    const near = didYouMean(key, known);
    reporter.report('unknown-model-key', `\`${key}\` is no key of ${of}.${near === undefined ? ` It may have ${known.map((name) => `\`${name}\``).join(', ')}.` : ` Did you mean \`${near}\`?`}`, [...path, key], { what: 'key' });
  }
}
