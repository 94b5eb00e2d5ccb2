import type { Path } from './tree.ts';

/** A path as a person writes it: `order.items`, `../x`, `@index`, `this.x`. */
export function written(path: Path): string {
  const names = path.segments.map((segment) => segment.name).join('.');
  if (path.data) return `@${'../'.repeat(path.up)}${names}`;
  if (path.up > 0) return names === '' ? '../'.repeat(path.up).slice(0, -1) : '../'.repeat(path.up) + names;
  return path.here ? ['this', ...path.segments.map((segment) => segment.name)].join('.') : names;
}
