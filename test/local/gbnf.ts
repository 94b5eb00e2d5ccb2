/**
 * A small interpreter of GBNF (llama.cpp's `grammars/README.md`), so that what a grammar allows can be tested without a model: it makes
 * texts of a grammar, and says whether a text is one.
 */
export interface Grammar {
  /** A text that the grammar allows. `random` gives numbers in [0, 1); the same numbers give the same text. */
  sample(random: () => number): string;
  accepts(text: string): boolean;
}

type Node =
  | { readonly kind: 'literal'; readonly points: readonly number[] }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'repeat'; readonly item: Node; readonly min: number; readonly max: number };

/** @throws Error where llama.cpp would refuse the text, as far as its grammar's notation goes. */
export function readGbnf(text: string): Grammar {
  const rules = new Map<string, Node>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [, name, body] = /^([a-zA-Z0-9-]+) ::= (.*)$/s.exec(line) ?? [];
    if (name === undefined || body === undefined) throw new Error(`No rule: ${line.slice(0, 200)}`);
    rules.set(name, readBody(body));
  }
  const rule = (name: string): Node => {
    const node = rules.get(name);
    if (node === undefined) throw new Error(`There is no rule ${name}.`);
    return node;
  };
  for (const node of rules.values()) walk(node, (inner) => void (inner.kind === 'rule' && rule(inner.name)));
  const costs = leastDepths(rules);
  return {
    sample: (random) => sample(rule('root'), { rule, random, costs }),
    accepts: (text) => ends(rule('root'), { points: [...text].map((one) => one.codePointAt(0)!), rule, memo: new Map() }, 0).has([...text].length),
  };
}

function readBody(text: string): Node {
  const points = [...text];
  let at = 0;
  const fail = (why: string): never => {
    throw new Error(`${why} at ${at} of ${text.slice(0, 300)}`);
  };
  const skip = (): void => {
    while (points[at] === ' ') at += 1;
  };
  const character = (): number => {
    const one = points[at++] ?? fail('It ends');
    if (one !== '\\') return one.codePointAt(0)!;
    const escaped = points[at++] ?? fail('It ends');
    const length = { x: 2, u: 4, U: 8 }[escaped];
    if (length !== undefined) {
      const hex = points.slice(at, at + length).join('');
      if (!/^[0-9a-fA-F]+$/.test(hex) || hex.length !== length) fail('No number');
      at += length;
      return parseInt(hex, 16);
    }
    return { n: 10, r: 13, t: 9, '\\': 92, '"': 34, '[': 91, ']': 93 }[escaped] ?? fail(`Unknown escape ${escaped}`);
  };
  const literal = (): Node => {
    const found: number[] = [];
    while (points[at] !== '"') found.push(character());
    at += 1;
    return { kind: 'literal', points: found };
  };
  const readClass = (): Node => {
    const negated = points[at] === '^';
    if (negated) at += 1;
    const ranges: (readonly [number, number])[] = [];
    while (points[at] !== ']') {
      const from = character();
      let to = from;
      if (points[at] === '-' && points[at + 1] !== ']') {
        at += 1;
        to = character();
      }
      if (to < from) fail('A range that ends before it begins');
      ranges.push([from, to]);
    }
    at += 1;
    return { kind: 'class', negated, ranges };
  };
  const atom = (): Node => {
    const one = points[at];
    if (one === '"') return (at += 1), literal();
    if (one === '[') return (at += 1), readClass();
    if (one === '(') {
      at += 1;
      const inner = choice();
      if (points[at++] !== ')') fail('A group is not closed');
      return inner;
    }
    const name = /^[a-zA-Z0-9-]+/.exec(points.slice(at, at + 40).join(''))?.[0] ?? fail('Neither a literal nor a name');
    at += name.length;
    return { kind: 'rule', name };
  };
  const quantified = (): Node => {
    let item = atom();
    const count = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})/.exec(points.slice(at, at + 24).join(''));
    if (count !== null) {
      at += count[0].length;
      const [, mark, least, comma, most] = count;
      const min = mark === undefined ? Number(least) : mark === '+' ? 1 : 0;
      const max = mark === undefined ? (comma === undefined ? min : most === '' ? Infinity : Number(most)) : mark === '?' ? 1 : Infinity;
      if (max < min) fail('A repetition that ends before it begins');
      item = { kind: 'repeat', item, min, max };
    }
    return item;
  };
  const sequence = (): Node => {
    const items: Node[] = [];
    for (skip(); at < points.length && points[at] !== '|' && points[at] !== ')'; skip()) items.push(quantified());
    if (items.length === 0) fail('An empty alternative');
    return { kind: 'sequence', items };
  };
  const choice = (): Node => {
    const options = [sequence()];
    while (points[at] === '|') {
      at += 1;
      options.push(sequence());
    }
    return { kind: 'choice', options };
  };
  const body = choice();
  if (at < points.length) fail('Something follows');
  return body;
}

function walk(node: Node, see: (node: Node) => void): void {
  see(node);
  if (node.kind === 'repeat') walk(node.item, see);
  else if (node.kind === 'choice') for (const option of node.options) walk(option, see);
  else if (node.kind === 'sequence') for (const item of node.items) walk(item, see);
}

/** How deep the shallowest text of each rule goes, so that sampling ends. */
function leastDepths(rules: ReadonlyMap<string, Node>): (node: Node) => number {
  const depths = new Map<string, number>();
  const depth = (node: Node): number => {
    switch (node.kind) {
      case 'literal':
      case 'class':
        return 0;
      case 'rule':
        return 1 + (depths.get(node.name) ?? Infinity);
      case 'choice':
        return Math.min(...node.options.map(depth));
      case 'sequence':
        return Math.max(0, ...node.items.map(depth));
      case 'repeat':
        return node.min === 0 ? 0 : depth(node.item);
    }
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const [name, node] of rules) {
      const found = depth(node);
      if (found >= (depths.get(name) ?? Infinity)) continue;
      depths.set(name, found);
      changed = true;
    }
  }
  return depth;
}

interface Sampling {
  readonly rule: (name: string) => Node;
  readonly random: () => number;
  readonly costs: (node: Node) => number;
}

/** Characters that are taken of a class that is negated, as far as it allows them: some that trip readers of JSON up. */
const odd = [...'aZ0 _-"\\/{}[]:,\'`é漢😀\u00a0\u2028\u2029\u1680\u3000\ufeff\u0000\u001f\u007f\n'].map((one) => one.codePointAt(0)!);

function sample(root: Node, { rule, random, costs }: Sampling): string {
  let left = 2000;
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  const make = (node: Node, depth: number): string => {
    left -= 1;
    const careful = depth > 12 || left < 0;
    switch (node.kind) {
      case 'literal':
        return String.fromCodePoint(...node.points);
      case 'class': {
        if (!node.negated) {
          const [from, to] = pick(node.ranges);
          return String.fromCodePoint(pick([from, to, from + Math.floor(random() * (to - from + 1))]));
        }
        const inside = (point: number): boolean => node.ranges.some(([from, to]) => point >= from && point <= to);
        return String.fromCodePoint(pick(odd.filter((point) => !inside(point))));
      }
      case 'rule':
        return make(rule(node.name), depth + 1);
      case 'choice': {
        const least = Math.min(...node.options.map(costs));
        return make(pick(careful ? node.options.filter((option) => costs(option) === least) : node.options.filter((option) => costs(option) < Infinity)), depth);
      }
      case 'sequence':
        return node.items.map((item) => make(item, depth)).join('');
      case 'repeat': {
        const most = careful || costs(node.item) === Infinity ? node.min : Math.min(node.max, node.min + pick([0, 1, 2, 3, 12]));
        let text = '';
        for (let times = node.min === 0 || random() < 0.5 ? most : node.min; times > 0; times--) text += make(node.item, depth);
        return text;
      }
    }
  };
  return make(root, 0);
}

interface Reading {
  readonly points: readonly number[];
  readonly rule: (name: string) => Node;
  readonly memo: Map<Node, Map<number, ReadonlySet<number>>>;
}

/** Where a text of this node may end that begins at `start`. */
function ends(node: Node, reading: Reading, start: number): ReadonlySet<number> {
  let known = reading.memo.get(node);
  if (known === undefined) reading.memo.set(node, (known = new Map<number, ReadonlySet<number>>()));
  const before = known.get(start);
  if (before !== undefined) return before;
  // A rule that begins with itself adds nothing.
  known.set(start, new Set());
  const found = endsOf(node, reading, start);
  known.set(start, found);
  return found;
}

function endsOf(node: Node, reading: Reading, start: number): ReadonlySet<number> {
  const { points } = reading;
  const next = (from: ReadonlySet<number>, item: Node): ReadonlySet<number> => new Set([...from].flatMap((at) => [...ends(item, reading, at)]));
  switch (node.kind) {
    case 'literal':
      return node.points.every((point, index) => points[start + index] === point) ? new Set([start + node.points.length]) : new Set();
    case 'class': {
      const point = points[start];
      if (point === undefined) return new Set();
      return node.ranges.some(([from, to]) => point >= from && point <= to) !== node.negated ? new Set([start + 1]) : new Set();
    }
    case 'rule':
      return ends(reading.rule(node.name), reading, start);
    case 'choice':
      return new Set(node.options.flatMap((option) => [...ends(option, reading, start)]));
    case 'sequence':
      return node.items.reduce<ReadonlySet<number>>(next, new Set([start]));
    case 'repeat': {
      const all = new Set<number>();
      let at: ReadonlySet<number> = new Set([start]);
      for (let times = 0; times <= node.max && at.size > 0; times++) {
        const seen = all.size;
        if (times >= node.min) for (const end of at) all.add(end);
        if (times > node.min && all.size === seen) break;
        at = next(at, node.item);
      }
      return all;
    }
  }
}
