import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type Pair } from 'yaml';
import type { Json } from '../json.ts';
import { readModelList, type ModelList } from './config.ts';
import type { ConfigPath } from './config-report.ts';
import type { Problem, Span } from '../problem.ts';

/** The name of the file that the command line looks for beside a notebook and above it. */
export const configFileName = 'promptnb.config.yaml';

/** YAML is quadratic on very many keys, so a larger text is refused. */
const longestText = 65_536;

/** Reads the text of `promptnb.config.yaml`. Never throws: what is wrong with it is in `problems`, with spans into the text. */
export function parseConfigFile(text: string): ModelList {
  if (text.length > longestText) return failed({ code: 'bad-yaml', severity: 'error', message: `The configuration is longer than ${longestText / 1024} KiB.`, span: { start: 0, end: 0 } });
  const document = parseDocument(text, { lineCounter: new LineCounter(), prettyErrors: false, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) return failed({ code: 'bad-yaml', severity: 'error', message: `The configuration is not valid YAML: ${error.message.split('\n')[0]!}`, span: { start: error.pos[0], end: error.pos[1] } });
  let value: Json;
  try {
    value = document.toJS({ maxAliasCount: 100 }) as Json;
  } catch {
    return failed({ code: 'bad-yaml', severity: 'error', message: 'The configuration has too many aliases.', span: { start: 0, end: text.length } });
  }
  return readModelList(value, (path, what) => spanOf(document.contents, path, what));
}

function failed(problem: Problem): ModelList {
  return { models: [], problems: [problem] };
}

/** The span of the value at a path, or of its key; of what is nearest above when there is nothing. */
function spanOf(root: Node | null, path: ConfigPath, what: 'key' | 'value'): Span {
  let node: Node | null = root;
  let found = rangeOf(root) ?? { start: 0, end: 0 };
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) break;
      const key = rangeOf(pair.key as Node);
      const value = rangeOf(pair.value as Node | null);
      found = (depth === path.length - 1 && what === 'key' ? key : (value ?? key)) ?? found;
      node = pair.value as Node | null;
    } else if (isSeq(node) && typeof step === 'number') {
      node = (node.items[step] as Node | undefined) ?? null;
      found = rangeOf(node) ?? found;
    } else break;
  }
  return found;
}

function rangeOf(node: Node | null | undefined): Span | undefined {
  const range = node?.range;
  return range === undefined || range === null ? undefined : { start: range[0], end: range[1] };
}
