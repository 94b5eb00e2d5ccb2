/** Tags with a meaning of their own that open no block. */
export const helperNames = ['role', 'json', 'history', 'section', 'media', 'gen', 'select'] as const;

/**
 * Words that no cell, parameter, input or hole can be called: helpers, and what the grammar reads as something else than a name.
 * The first line is the language's own list; the second holds the two-argument helpers and the literals.
 */
export const reservedNames: readonly string[] = [
  ...helperNames, 'if', 'unless', 'each', 'with', 'this',
  'ifEquals', 'unlessEquals', 'else', 'true', 'false', 'null', 'undefined',
];

/** Whether `text` can name a cell, a parameter, an input or a hole: letters, digits, `_`, `-`, not first a digit, not reserved. */
export function isName(text: string): boolean {
  return namePattern.test(text) && !reservedNames.includes(text);
}

const namePattern = /^[\p{L}_-][\p{L}\p{M}\p{N}_-]*$/u;
