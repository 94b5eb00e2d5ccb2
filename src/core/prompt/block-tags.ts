import type { EachNode, Expression, HashPair, IfEqualsNode, IfNode, WithNode } from './tree.ts';
import type { ProblemList } from './problem-list.ts';
import type { TagToken } from './tag-scanner.ts';
import { didYouMean } from '../did-you-mean.ts';
import { isName } from './names.ts';

/** The blocks of the language. */
export const blockNames: readonly string[] = ['each', 'if', 'unless', 'with', 'ifEquals', 'unlessEquals'] satisfies BlockName[];

export type BlockName = 'each' | 'if' | 'unless' | 'with' | 'ifEquals' | 'unlessEquals';

type Inner<N> = Omit<N, 'body' | 'otherwise' | 'span' | 'whole'>;

/** A block's head: everything but what stands in it. */
export type Block = Inner<IfNode> | Inner<IfEqualsNode> | Inner<EachNode> | Inner<WithNode>;

/** Reads the head of `{{#name …}}` or `{{else name …}}`. null when it is no block of the language; then its content stands for itself. */
export function readBlock(tag: TagToken, head: Expression | undefined, list: ProblemList): Block | null {
  if (head === undefined) {
    if (!tag.broken) list.add('bad-tag', 'A block needs a name, such as `{{#if topic}}`.', tag);
    return null;
  }
  if (head.kind !== 'path' || head.data || head.here || head.segments.length !== 1 || !blockNames.includes(head.segments[0]!.name)) {
    unknownBlock(tag, head, list);
    return null;
  }
  const name = head.segments[0]!.name as BlockName;
  if (tag.sigil === '^') {
    list.add('not-in-language', `Write \`{{#${name === 'if' ? 'unless' : name}}}\`: inverted blocks are not part of the language.`, tag);
    return null;
  }
  const values = tag.parts.slice(1);
  switch (name) {
    case 'if':
    case 'unless': {
      const condition = only(values, tag, list);
      const includeZero = onlyHash(tag, 'includeZero', list)?.value;
      return { kind: 'if', negated: name === 'unless', condition, includeZero: includeZero?.kind === 'literal' && includeZero.value === true };
    }
    case 'ifEquals':
    case 'unlessEquals': {
      if (values.length !== 2 && !tag.broken) list.add('bad-argument', `\`{{#${name} a b}}\` compares two values; this has ${values.length}.`, tag);
      onlyHash(tag, null, list);
      return { kind: 'if-equals', negated: name === 'unlessEquals', left: values[0] ?? nothing(tag), right: values[1] ?? nothing(tag) };
    }
    case 'each':
      onlyHash(tag, null, list);
      return { kind: 'each', list: only(values, tag, list), params: itemNames(tag, 2, list) };
    case 'with':
      onlyHash(tag, null, list);
      return { kind: 'with', value: only(values, tag, list), params: itemNames(tag, 1, list) };
  }
}

function unknownBlock(tag: TagToken, head: Expression, list: ProblemList): void {
  const name = head.kind === 'path' ? head.segments.map((segment) => segment.name).join('.') : String(head.value);
  const near = didYouMean(name, blockNames);
  if (near !== undefined) {
    list.add('unknown-block', `There is no block \`${name}\`. Did you mean \`${near}\`?`, { ...head.span, fix: { title: `Change to \`${near}\``, span: head.span, text: near } });
    return;
  }
  if (tag.sigil === '^') list.add('not-in-language', `Write \`{{#unless ${name}}}\`: inverted blocks are not part of the language.`, head.span);
  else list.add('unknown-block', `There is no block \`${name}\`: write \`{{#each ${name}}}\` or \`{{#if ${name}}}\`.`, head.span);
}

function only(values: readonly Expression[], tag: TagToken, list: ProblemList): Expression {
  if (values.length !== 1 && !tag.broken) {
    const extra = values[1]?.span ?? tag;
    list.add('bad-argument', values.length === 0 ? 'This block needs a value, such as `{{#if topic}}`.' : 'This block takes one value; there are more.', extra);
  }
  return values[0] ?? nothing(tag);
}

function onlyHash(tag: TagToken, key: string | null, list: ProblemList): HashPair | undefined {
  for (const pair of tag.hash) {
    if (pair.key !== key) list.add('bad-argument', `This block has no \`${pair.key}=\`${key === null ? '' : `; it has \`${key}=true\``}.`, pair.keySpan);
  }
  return tag.hash.find((pair) => pair.key === key);
}

function itemNames(tag: TagToken, most: number, list: ProblemList): readonly string[] {
  const params = tag.params ?? [];
  for (const [index, { name, span }] of params.entries()) {
    if (index >= most) list.add('bad-argument', `There is nothing for \`${name}\` to name: ${most === 1 ? 'only the value' : 'the item and its index'} can be named.`, span);
    else if (!isName(name)) list.add('bad-name', `\`${name}\` cannot be a name: it is letters, digits, \`_\` and \`-\`, not first a digit, and no word of the language.`, span);
  }
  return params.slice(0, most).map(({ name }) => name);
}

/** Stands where an argument is missing, which is a problem already. */
function nothing(tag: TagToken): Expression {
  return { kind: 'literal', value: null, span: { start: tag.end, end: tag.end } };
}
