/** What may still be spent on checking the names of one notebook, counted down as it is spent: what its cells ask for together is bounded. */
export interface Work {
  /** Nodes of partials, each as often as it stands somewhere. */
  partialNodes: number;
  /** Comparisons of an unknown name with a known one; one takes about a microsecond. */
  comparisons: number;
}

export function newWork(): Work {
  return { partialNodes: 500_000, comparisons: 1_000_000 };
}
