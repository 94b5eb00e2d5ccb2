import { parseOptions } from '../src/core/prompt/front-matter.ts';
import { sentenceLists } from '../src/core/engine/notebook-options.ts';
import type { Technique } from '../src/core/techniques/technique.ts';

/** What a technique reads of its option, written as in a cell: `parseOption(retry, '2')`. Problems of the YAML itself are thrown. */
export function parseOption<V>(technique: Technique<V>, yaml: string): { readonly value: V | undefined; readonly problems: readonly string[] } {
  const { root, problems } = parseOptions(`${technique.name}: ${yaml}\n`, 0, sentenceLists);
  const entry = root?.entries?.[0];
  if (entry === undefined || problems.length > 0) throw new Error(problems[0]?.message ?? `There is no option in ${yaml}`);
  const read = technique.parse(entry.node);
  return { value: read.value, problems: read.problems.map((problem) => problem.message) };
}
