import type { EachNode, Expression, HashPair, IfEqualsNode, IfNode, WithNode } from './tree.ts';
import type { ProblemList } from './problem-list.ts';
import { isWord, type TagToken } from './tag-scanner.ts';
import { didYouMean } from '../did-you-mean.ts';
import { written } from './written.ts';
import { helperNames, isName } from './names.ts';

/** The blocks of the language. */
export const blockNames: readonly string[] = ['each', 'if', 'unless', 'with', 'ifEquals', 'unlessEquals'] satisfies BlockName[];

export type BlockName = 'each' | 'if' | 'unless' | 'with' | 'ifEquals' | 'unlessEquals';

type Inner<N> = Omit<N, 'body' | 'otherwise' | 'span' | 'whole'>;

/** A block's head: everything but what stands in it. */
export type Block = Inner<IfNode> | Inner<IfEqualsNode> | Inner<EachNode> | Inner<WithNode>;

/** Reads the head of `{{#name …}}` or `{{else name …}}`. null when it is no block of the language; then its content stands for itself. */
export function readBlock(tag: TagToken, head: Expression | undefined, list: ProblemList): Block | null {
  if (tag.foreign) return null;
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
      const condition = only(name, tag, list);
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
      return { kind: 'each', list: only(name, tag, list), params: itemNames(tag, 2, list) };
    case 'with':
      onlyHash(tag, null, list);
      return { kind: 'with', value: only(name, tag, list), params: itemNames(tag, 1, list) };
  }
}

function unknownBlock(tag: TagToken, head: Expression, list: ProblemList): void {
  const name = head.kind === 'path' ? head.segments.map((segment) => segment.name).join('.') : String(head.value);
  if ((helperNames as readonly string[]).includes(name)) {
    list.add('unknown-block', `\`${name}\` opens no block: ${helperUse(name)}.`, { ...head.span, fix: { title: `Change to \`{{${name}\``, span: { start: head.span.start - 1, end: head.span.start }, text: '' } });
    return;
  }
  const near = didYouMean(name, blockNames);
  if (near !== undefined) {
    list.add('unknown-block', `There is no block \`${name}\`. Did you mean \`${near}\`?`, { ...head.span, fix: { title: `Change to \`${near}\``, span: head.span, text: near } });
    return;
  }
  if (tag.sigil === '^') list.add('not-in-language', `Write \`{{#unless ${name}}}\`: inverted blocks are not part of the language.`, head.span);
  else list.add('unknown-block', `There is no block \`${name}\`: write \`{{#each ${name}}}\` or \`{{#if ${name}}}\`.`, head.span);
}

/** What to write in place of `{{#name …}}` and `{{/name}}`. */
function helperUse(name: string): string {
  if (name === 'role') return '`{{role "system"}}` stands before the text, and holds until the next role';
  return name === 'section' ? '`{{section "x"}}` stands before the text, and has no end' : `it is a tag of its own, \`{{${name} …}}\``;
}

/** The problem of an end tag whose name opens no block, where it is a helper's. */
export function endOfHelper(name: string): string | null {
  return (helperNames as readonly string[]).includes(name) ? `\`${name}\` has no end tag: ${helperUse(name)}.` : null;
}

/** The one value of `{{#if}}` and its kind. */
function only(name: BlockName, tag: TagToken, list: ProblemList): Expression {
  const [, value, extra, row] = tag.parts;
  if (tag.broken) return value ?? nothing(tag);
  if (value === undefined) list.add('bad-argument', `This block needs a value, such as \`{{#${name} topic}}\`.`, tag);
  else if (isWord(extra, 'as') && (name === 'each' || name === 'with')) {
    const fix = row?.kind === 'path' ? { title: `Change to \`|${written(row)}|\``, span: row.span, text: `|${written(row)}|` } : undefined;
    list.add('bad-argument', `Names for the item stand between bars: \`{{#${name} topic as |row|}}\`.`, { start: extra!.span.start, end: (row ?? extra!).span.end, ...(fix && { fix }) });
  } else if (extra !== undefined) list.add('bad-argument', 'This block takes one value; there are more.', extra.span);
  return value ?? nothing(tag);
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
