/** Ranks of byte sequences: what a token spells, as one character per byte, to its id. */
export type Ranks = ReadonlyMap<string, number>;

export interface Vocabulary {
  readonly ranks: Ranks;
  /** Bytes of the longest token. */
  readonly longest: number;
}

/** Ranks as js-tiktoken ships them: lines `! FIRST_ID TOKEN TOKEN …`, tokens in base64, ids counting up. */
export function readRanks(text: string): Vocabulary {
  const ranks = new Map<string, number>();
  let longest = 0;
  for (const line of text.split('\n')) {
    const [, first, ...tokens] = line.split(' ');
    if (first === undefined) continue;
    for (const [index, token] of tokens.entries()) {
      const bytes = atob(token);
      ranks.set(bytes, Number(first) + index);
      if (bytes.length > longest) longest = bytes.length;
    }
  }
  return { ranks, longest };
}

/** Up to here looking at every pair for each merge is quicker than keeping them in order. */
const shortPiece = 24;

/**
 * Appends the tokens of one piece of text to `ids`: the pair of neighbours with the lowest rank is merged, the leftmost first, until
 * none is left (byte pair encoding as in OpenAI's tiktoken). `bytes` is its UTF-8, one character per byte. n log n in its length.
 */
export function mergePairs(bytes: string, vocabulary: Vocabulary, ids: number[]): void {
  const whole = bytes.length <= vocabulary.longest ? vocabulary.ranks.get(bytes) : undefined;
  if (whole !== undefined) ids.push(whole);
  else if (bytes.length <= shortPiece) mergeShort(bytes, vocabulary, ids);
  else mergeLong(bytes, vocabulary, ids);
}

const none = Number.MAX_SAFE_INTEGER;

function rankOf(bytes: string, { ranks, longest }: Vocabulary, start: number, end: number): number {
  return end - start > longest ? none : (ranks.get(bytes.slice(start, end)) ?? none);
}

function mergeShort(bytes: string, vocabulary: Vocabulary, ids: number[]): void {
  /** Where each part begins, and the end. */
  const starts = Array.from({ length: bytes.length + 1 }, (_, index) => index);
  const rankAt = (index: number): number => (index + 2 < starts.length ? rankOf(bytes, vocabulary, starts[index]!, starts[index + 2]!) : none);
  const pairs = starts.map((_, index) => rankAt(index));
  for (;;) {
    let lowest = 0;
    for (let index = 1; index < pairs.length; index++) if (pairs[index]! < pairs[lowest]!) lowest = index;
    if (pairs[lowest] === none) break;
    starts.splice(lowest + 1, 1);
    pairs.splice(lowest + 1, 1);
    pairs[lowest] = rankAt(lowest);
    if (lowest > 0) pairs[lowest - 1] = rankAt(lowest - 1);
  }
  for (let index = 0; index + 1 < starts.length; index++) ids.push(vocabulary.ranks.get(bytes.slice(starts[index], starts[index + 1]))!);
}

/** Parts as a linked list by where they begin, their pairs in a heap. A pair that has changed since stays in the heap and is passed over. */
function mergeLong(bytes: string, vocabulary: Vocabulary, ids: number[]): void {
  const { length } = bytes;
  const next = Int32Array.from({ length: length + 1 }, (_, index) => index + 1);
  const previous = Int32Array.from({ length: length + 1 }, (_, index) => index - 1);
  const pair = new Float64Array(length + 1).fill(none);
  const heap = newHeap();
  const look = (start: number): void => {
    const middle = next[start]!;
    const rank = middle < length ? rankOf(bytes, vocabulary, start, next[middle]!) : none;
    pair[start] = rank;
    // One number orders by rank and then by place.
    if (rank !== none) heap.push(rank * (length + 1) + start);
  };
  for (let start = 0; start < length; start++) look(start);
  for (let lowest = heap.pop(); lowest !== undefined; lowest = heap.pop()) {
    const start = lowest % (length + 1);
    if (pair[start] !== (lowest - start) / (length + 1)) continue;
    const middle = next[start]!;
    pair[middle] = none;
    next[start] = next[middle]!;
    if (next[start] <= length) previous[next[start]] = start;
    look(start);
    if (previous[start]! >= 0) look(previous[start]!);
  }
  for (let start = 0; start < length; start = next[start]!) ids.push(vocabulary.ranks.get(bytes.slice(start, next[start]))!);
}

/** A binary heap of numbers, the lowest first. */
function newHeap() {
  const heap: number[] = [];
  return {
    push(value: number): void {
      let at = heap.length;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (heap[parent]! <= value) break;
        heap[at] = heap[parent]!;
        at = parent;
      }
      heap[at] = value;
    },
    pop(): number | undefined {
      const top = heap[0];
      const last = heap.pop();
      if (top === undefined || last === undefined || heap.length === 0) return top;
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child += 1;
        if (heap[child]! >= last) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = last;
      return top;
    },
  };
}
