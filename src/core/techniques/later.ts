/**
 * Options of the language that this version reads and keeps but does not run. Using one is an honest problem; the option's own file
 * takes its place here when it works.
 */
export const laterOptions: readonly string[] = [
  'ask', 'think', 'answer', 'examples', 'samples', 'vote', 'best', 'stop_early', 'judge', 'keep', 'reflect', 'loop', 'approve', 'session', 'state',
  'each', 'when', 'next', 'search', 'retrieve', 'compare', 'cascade', 'mode', 'optimize', 'fit',
];

/** Those that bring names into a body, such as the columns of a row: what else is unknown there may be one of them, and is no problem of its own. */
export const bringsNames: readonly string[] = ['each', 'retrieve'];

/** Those that bring names with an `@`, and the names. */
export const bringsContext: Readonly<Record<string, string>> = { state: 'state' };
