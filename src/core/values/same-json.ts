import { isObject, type Json } from '../json.ts';

/**
 * Whether two values are the same JSON: scalars by type and value, lists by items in order, objects by own keys in any order. `spend` is
 * told of the work before it is done, one for each value or thousand characters; false from it ends the comparison, with false.
 */
export function sameJson(left: Json, right: Json, spend: (steps: number) => boolean = () => true): boolean {
  const pending: [Json, Json][] = [[left, right]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [a, b] = pair;
    if (!spend(typeof a === 'string' && typeof b === 'string' && a.length === b.length ? 1 + a.length / 1000 : 1)) return false;
    if (a === b) continue;
    if (Array.isArray(a) && Array.isArray(b)) {
      if (a.length !== b.length || !spend(a.length)) return false;
      for (let index = 0; index < a.length; index++) pending.push([a[index] as Json, b[index] as Json]);
    } else if (isObject(a) && isObject(b)) {
      const keys = Object.keys(a);
      if (!spend(2 * keys.length) || keys.length !== Object.keys(b).length) return false;
      for (const key of keys) {
        if (!Object.hasOwn(b, key)) return false;
        pending.push([a[key]!, b[key]!]);
      }
    } else return false;
  }
  return true;
}
