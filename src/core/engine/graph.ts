import type { Problem, Span } from '../problem.ts';

/** A cell that another needs. */
export interface Need {
  readonly name: string;
  /** Whether each use stands inside `{{#if name}}`. */
  readonly guarded: boolean;
  /** The first use. */
  readonly span: Span;
}

/** A cell as the graph sees it. */
export interface Node {
  readonly index: number;
  readonly name: string | null;
  readonly needs: readonly Need[];
}

/** Every cell that is on a cycle, each with the problem at the use that closes it. */
export function checkNeeds(nodes: readonly Node[]): readonly { readonly cell: number; readonly problem: Problem }[] {
  const found: { cell: number; problem: Problem }[] = [];
  const byName = nodesByName(nodes);
  for (const component of components(nodes)) {
    const inside = new Set(component);
    // The way round is told from each cell; of a large ring from one for all.
    const shared = component.length > 50 ? shown(cyclePath(component[0]!, { inside, byName })) : null;
    for (const node of component) {
      const need = node.needs.find((one) => inside.has(byName.get(one.name)!));
      if (need === undefined) continue;
      const path = shared ?? shown(cyclePath(node, { inside, byName }));
      found.push({ cell: node.index, problem: { code: 'cycle', severity: 'error', message: `These cells need each other: ${path}. None of them can run first.`, span: need.span } });
    }
  }
  return found;
}

function shown(path: readonly string[]): string {
  const names = path.length > 12 ? [...path.slice(0, 8), `… ${path.length - 10} more …`, ...path.slice(-2)] : path;
  return names.join(' → ');
}

/** The given cells and all that they need, each after what it needs. What stands on a cycle comes in any order. */
export function inOrder<N extends Node>(targets: readonly N[], all: readonly N[]): readonly N[] {
  const byName = nodesByName(all);
  const order: N[] = [];
  const seen = new Set<N>();
  for (const target of targets) {
    if (seen.has(target)) continue;
    seen.add(target);
    const stack: { node: N; next: number }[] = [{ node: target, next: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const need = top.node.needs[top.next++];
      if (need === undefined) {
        order.push(top.node);
        stack.pop();
        continue;
      }
      const node = byName.get(need.name);
      if (node === undefined || seen.has(node)) continue;
      seen.add(node);
      stack.push({ node, next: 0 });
    }
  }
  return order;
}

/** The given cells and all that need them, directly or through others. */
export function withDependents<N extends Node>(first: readonly N[], all: readonly N[]): readonly N[] {
  const users = new Map<string, N[]>();
  for (const node of all) {
    for (const { name } of node.needs) {
      const list = users.get(name);
      if (list === undefined) users.set(name, [node]);
      else list.push(node);
    }
  }
  const reached = new Set(first);
  for (const node of reached) for (const user of (node.name === null ? undefined : users.get(node.name)) ?? []) reached.add(user);
  return all.filter((node) => reached.has(node));
}

function nodesByName<N extends Node>(nodes: readonly N[]): ReadonlyMap<string, N> {
  const byName = new Map<string, N>();
  for (const node of nodes) if (node.name !== null && !byName.has(node.name)) byName.set(node.name, node);
  return byName;
}

/** Strongly connected components that hold a cycle (Tarjan 1972), without recursion, since chains may be long. */
function components(nodes: readonly Node[]): readonly (readonly Node[])[] {
  const byName = nodesByName(nodes);
  const index = new Map<Node, number>();
  const low = new Map<Node, number>();
  const open: Node[] = [];
  const isOpen = new Set<Node>();
  const found: Node[][] = [];
  const enter = (node: Node): { node: Node; next: number } => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    open.push(node);
    isOpen.add(node);
    return { node, next: 0 };
  };
  for (const root of nodes) {
    if (index.has(root)) continue;
    const stack = [enter(root)];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const need = top.node.needs[top.next++];
      if (need !== undefined) {
        const node = byName.get(need.name);
        if (node === undefined) continue;
        if (!index.has(node)) stack.push(enter(node));
        else if (isOpen.has(node)) low.set(top.node, Math.min(low.get(top.node)!, index.get(node)!));
        continue;
      }
      stack.pop();
      const above = stack.at(-1)?.node;
      if (above !== undefined) low.set(above, Math.min(low.get(above)!, low.get(top.node)!));
      if (low.get(top.node) !== index.get(top.node)) continue;
      const component: Node[] = [];
      for (let node = open.pop()!; ; node = open.pop()!) {
        isOpen.delete(node);
        component.push(node);
        if (node === top.node) break;
      }
      if (component.length > 1 || component[0]!.needs.some((one) => byName.get(one.name) === component[0])) found.push(component.reverse());
    }
  }
  return found;
}

/** The names of a shortest way from a cell back to itself. */
function cyclePath(start: Node, { inside, byName }: { readonly inside: ReadonlySet<Node>; readonly byName: ReadonlyMap<string, Node> }): readonly string[] {
  const from = new Map<Node, Node | null>([[start, null]]);
  for (const node of from.keys()) {
    for (const { name } of node.needs) {
      const next = byName.get(name);
      if (next === start) {
        const path = [start.name!];
        for (let at: Node | null = node; at !== null; at = from.get(at)!) path.unshift(at.name!);
        return path;
      }
      if (next !== undefined && inside.has(next) && !from.has(next)) from.set(next, node);
    }
  }
  return [start.name ?? ''];
}
