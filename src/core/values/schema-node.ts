import { checkSchema } from './json-schema.ts';
import type { JsonSchema } from '../json.ts';
import type { OptionNode } from '../prompt/options.ts';
import type { Problem } from '../problem.ts';
import { picoschema } from './picoschema.ts';

/** A schema of an option, picoschema or JSON Schema, as JSON Schema; null where it is neither. Problems stand at the field that they are about. */
export function readSchemaNode(node: OptionNode): { readonly schema: JsonSchema | null; readonly problems: readonly Problem[] } {
  const read = picoschema(node.value);
  if ('problem' in read) return { schema: null, problems: [{ code: 'schema', severity: 'error', message: read.problem, span: nodeAt(node, read.path).span }] };
  const problem = checkSchema(read.schema);
  return { schema: read.schema, problems: problem === null ? [] : [{ code: 'schema', severity: 'error', message: problem, span: node.span }] };
}

/** The node that the keys lead to, as far as they do. */
function nodeAt(node: OptionNode, path: readonly string[]): OptionNode {
  let at = node;
  for (const key of path) {
    const next = at.entries?.findLast((entry) => entry.key === key)?.node;
    if (next === undefined) break;
    at = next;
  }
  return at;
}
