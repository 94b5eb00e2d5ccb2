/**
 * Options of the language that this version reads and keeps but does not run. Using one is an honest problem; the option's own file
 * takes its place here when it works.
 */
export const laterOptions: readonly string[] = [
  'ask', 'think', 'answer', 'examples', 'samples', 'vote', 'best', 'stop_early', 'judge', 'keep', 'reflect', 'loop', 'approve', 'session', 'state',
  'each', 'when', 'next', 'search', 'retrieve', 'compare', 'cascade', 'mode', 'optimize', 'fit',
];
