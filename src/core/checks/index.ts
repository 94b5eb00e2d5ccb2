import type { CodeCheck } from './check.ts';
import { contains } from './contains.ts';
import { equals } from './equals.ts';
import { json } from './json.ts';
import { matches } from './matches.ts';
import { maxTokens } from './max-tokens.ts';
import { oneCodeBlock } from './one-code-block.ts';

/** The checks that code decides, in the order of completion and docs. A new one is a file here and a line in this list. */
export const codeChecks: readonly CodeCheck[] = [contains, matches, equals, json, maxTokens, oneCodeBlock];

/** Checks that the language has names for and that cannot be run yet. */
export const laterChecks: readonly string[] = ['schema', 'min_tokens', 'cites', 'same_when_swapped', 'javascript', 'similar'];

/** Every key that may stand in a map under `check:`. Any other is most likely a sentence with a colon. */
export const checkNames: readonly string[] = [...codeChecks.map((check) => check.name), ...laterChecks, 'check', 'warn'];
