import { isObject, ownProperty, type Json } from '../json.ts';

/**
 * The part of `value` at the end of `path`; undefined when there is none. Own properties of objects, items of lists by index, and
 * `length` of a list: `__proto__` and `constructor` reach nothing that the data does not hold.
 */
export function getPath(value: Json, path: readonly string[]): Json | undefined {
  let current: Json | undefined = value;
  for (const key of path) {
    if (Array.isArray(current) && key === 'length') current = (current as readonly Json[]).length;
    else if (Array.isArray(current) || isObject(current)) current = ownProperty(current, key);
    else return undefined;
  }
  return current;
}

/** Sets an own property whatever its name: `__proto__` is data like any other. */
export function setOwn(target: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}
