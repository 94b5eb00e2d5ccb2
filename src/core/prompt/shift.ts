import type { TemplateNode } from './tree.ts';

/** The same nodes with every `start` and `end` moved by `offset`: from the body's own offsets to those of the cell's text. */
export function shiftNodes(nodes: readonly TemplateNode[], offset: number): readonly TemplateNode[] {
  return offset === 0 ? nodes : (shift(nodes, offset) as readonly TemplateNode[]);
}

function shift(value: unknown, offset: number): unknown {
  if (Array.isArray(value)) return value.map((inner) => shift(inner, offset));
  if (typeof value !== 'object' || value === null) return value;
  const moved: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    moved[key] = (key === 'start' || key === 'end') && typeof inner === 'number' ? inner + offset : shift(inner, offset);
  }
  return moved;
}
