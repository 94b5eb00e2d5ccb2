import type { Json } from '../json.ts';
import type { Program } from './program.ts';
import type { Value } from '../prompt/message.ts';

/** The notebook's parameters as values: what was given, else the default. One with neither is left out. */
export function parameterValues(program: Program, given: ReadonlyMap<string, Json>): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const { name, default: fallback } of program.options.params) {
    const data = given.has(name) ? given.get(name)! : fallback;
    if (data !== undefined) values.set(name, { data, source: { kind: 'parameter', name }, taint: [] });
  }
  return values;
}
