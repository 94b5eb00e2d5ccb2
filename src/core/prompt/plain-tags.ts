import type { Expression, HashPair, Literal, Path, TemplateNode } from './tree.ts';
import type { ProblemList } from './problem-list.ts';
import type { Span } from '../problem.ts';
import type { TagToken } from './tag-scanner.ts';
import { blockNames } from './block-tags.ts';
import { didYouMean } from '../did-you-mean.ts';
import { isMediaUrl, noMediaUrl } from './media-url.ts';
import { helperNames, isName, reservedNames } from './names.ts';
import { written } from './written.ts';

/** The tags with a meaning of their own, as their first word. */
const helpers: Readonly<Record<(typeof helperNames)[number], (tag: Helper, list: ProblemList) => TemplateNode | null>> = {
  json: readJson,
  role: readRole,
  history: readHistory,
  media: readMedia,
  section: readSection,
  gen: readGen,
  select: readSelect,
};

interface Helper {
  readonly name: string;
  readonly values: readonly Expression[];
  readonly hash: readonly HashPair[];
  readonly span: Span;
  readonly broken: boolean;
}

/** Reads a tag that opens no block: a value, a helper or a partial. null where there is nothing that could be kept. */
export function readTag(tag: TagToken, list: ProblemList): TemplateNode | null {
  const span: Span = { start: tag.start, end: tag.end };
  if (tag.sigil === '>') return readPartial(tag, span, list);
  const [first, ...values] = tag.parts;
  const head = first?.kind === 'literal' ? asName(first) : first;
  const [pair] = tag.hash;
  if (head === undefined && pair !== undefined) {
    if (!tag.broken) list.add('bad-tag', `A tag begins with a name; there is none before \`${pair.key}=\`.`, { start: pair.keySpan.start, end: pair.value.span.end });
    return null;
  }
  if (head === undefined) {
    if (!tag.broken) {
      list.add('empty-tag', 'There is nothing in this tag: write a name, or `\\{{` for literal braces.', { ...span, fix: { title: 'Make the braces literal', span: { start: tag.start, end: tag.start }, text: '\\' } });
    }
    return null;
  }
  if (head.kind === 'literal') {
    if (!tag.broken) {
      list.add('bad-tag', 'A tag begins with a name. For literal braces write `\\{{`.', { ...head.span, fix: { title: 'Make the braces literal', span: { start: tag.start, end: tag.start }, text: '\\' } });
    }
    return null;
  }
  const name = bareName(head);
  const helper = helperNames.find((one) => one === name);
  if (tag.params !== null) list.add('bad-argument', 'Only `{{#each}}` and `{{#with}}` name their item with `as |…|`.', tag.params[0]?.span ?? span);
  if (helper !== undefined) return helpers[helper]({ name: helper, values, hash: tag.hash, span, broken: tag.broken }, list);
  if (name !== null && blockNames.includes(name)) {
    list.add('bad-tag', `\`${name}\` opens a block: write \`{{#${name} …}}\`. For a field of that name write \`{{this.${name}}}\`.`, {
      ...head.span, fix: { title: `Change to \`{{#${name}\``, span: { start: head.span.start, end: head.span.start }, text: '#' },
    });
    return null;
  }
  if (values.length === 0 && tag.hash.length === 0) return { kind: 'value', path: head, span };
  if (!tag.broken) unknownHelper(head, list);
  return null;
}

/** A number below zero, alone in its tag, is a name: `-5` can be one. */
function asName(literal: Literal): Expression {
  const name = String(literal.value);
  return typeof literal.value === 'number' && isName(name) ? { kind: 'path', data: false, up: 0, here: false, segments: [{ name, span: literal.span }], span: literal.span } : literal;
}

/** The path's only segment, where it is a plain name. */
export function bareName(path: Path): string | null {
  return !path.data && !path.here && path.segments.length === 1 ? path.segments[0]!.name : null;
}

function unknownHelper(head: Path, list: ProblemList): void {
  const near = didYouMean(head.segments.map((segment) => segment.name).join('.'), [...helperNames, 'else if']);
  list.add('unknown-helper', `There is no helper \`${written(head)}\`${near === undefined ? '; a value stands alone in its tag, as in `{{topic}}`.' : `. Did you mean \`${near}\`?`}`, {
    ...head.span, ...(near !== undefined && { fix: { title: `Change to \`${near}\``, span: head.span, text: near } }),
  });
}

function readPartial(tag: TagToken, span: Span, list: ProblemList): TemplateNode | null {
  const [head, context = null, ...more] = tag.parts;
  const name = head === undefined ? null : head.kind === 'literal' ? (typeof head.value === 'string' ? head.value : null) : bareName(head);
  if (head === undefined || name === null || !isName(name)) {
    if (!tag.broken) list.add('bad-argument', 'A partial is the name of a prompt cell: `{{> persona}}`.', head?.span ?? span);
    return null;
  }
  if (more[0] !== undefined) list.add('bad-argument', 'A partial takes one value, and others by name: `{{> persona person tone="dry"}}`.', more[0].span);
  repeated(tag.hash, list);
  return { kind: 'partial', name, nameSpan: head.span, context, hash: tag.hash, indent: tag.indent, lineEnd: tag.lineEnd, span };
}

function readJson({ values, hash, span, broken }: Helper, list: ProblemList): TemplateNode | null {
  const value = values[0];
  if (value === undefined || values.length > 1) {
    if (!broken) list.add('bad-argument', value === undefined ? '`json` needs a value: `{{json order indent=2}}`. For a field of that name write `{{this.json}}`.' : '`json` takes one value.', values[1]?.span ?? span);
    if (value === undefined) return null;
  }
  let indent = 0;
  for (const pair of hash) {
    const given = pair.value.kind === 'literal' ? pair.value.value : undefined;
    if (pair.key !== 'indent') unknownKey('json', pair, ['indent'], list);
    else if (typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= 10) indent = given;
    else list.add('bad-argument', '`indent` is a whole number from 0 to 10.', pair.value.span);
  }
  return { kind: 'json', value, indent, span };
}

function readRole({ values, hash, span, broken }: Helper, list: ProblemList): TemplateNode | null {
  const [value] = values;
  for (const pair of hash) unknownKey('role', pair, [], list);
  if (values[1] !== undefined && !broken) list.add('bad-argument', '`role` takes the role, and nothing more.', values[1].span);
  if (value?.kind !== 'literal' || typeof value.value !== 'string') {
    if (!broken) {
      const fix = value?.kind === 'path' && bareName(value) !== null && roles.includes(bareName(value)!) ? { title: 'Quote it', span: value.span, text: `"${bareName(value)!}"` } : undefined;
      list.add('bad-role', 'A role is written out, so that no data can choose it: `{{role "system"}}`. For a field of that name write `{{this.role}}`.', { ...(value?.span ?? span), ...(fix && { fix }) });
    }
    return null;
  }
  const role = value.value;
  if (role === 'system' || role === 'user' || role === 'model') return { kind: 'role', role, span };
  const near = role.toLowerCase() === 'assistant' ? 'model' : didYouMean(role, roles);
  list.add('bad-role', `There is no role \`${role}\`: it is \`system\`, \`user\` or \`model\`.${near === undefined ? '' : ` Did you mean \`${near}\`?`}`, {
    ...value.span, ...(near !== undefined && { fix: { title: `Change to \`${near}\``, span: value.span, text: `"${near}"` } }),
  });
  return null;
}

const roles: readonly string[] = ['system', 'user', 'model'];

function readHistory({ values, hash, span }: Helper, list: ProblemList): TemplateNode {
  const extra = values[0]?.span ?? hash[0]?.keySpan;
  if (extra !== undefined) list.add('bad-argument', '`{{history}}` takes nothing.', extra);
  notSupported('history', span, list);
  return { kind: 'history', span };
}

function readMedia({ values, hash, span, broken }: Helper, list: ProblemList): TemplateNode | null {
  if (values[0] !== undefined) list.add('bad-argument', 'Write `{{media url=…}}`: its values have names.', values[0].span);
  for (const pair of hash) if (pair.key !== 'url' && pair.key !== 'contentType') unknownKey('media', pair, ['url', 'contentType'], list);
  repeated(hash, list);
  const url = hash.find((pair) => pair.key === 'url')?.value;
  if (url === undefined) {
    if (!broken && values.length === 0) list.add('bad-argument', '`media` needs `url=`: `{{media url=picture}}`. For a field of that name write `{{this.media}}`.', span);
    return null;
  }
  if (url.kind === 'literal' && !isMediaUrl(String(url.value).trim())) list.add('media-url', noMediaUrl, url.span);
  return { kind: 'media', url, contentType: hash.find((pair) => pair.key === 'contentType')?.value ?? null, span };
}

function readSection({ values, hash, span, broken }: Helper, list: ProblemList): TemplateNode | null {
  const [value] = values;
  for (const pair of hash) unknownKey('section', pair, [], list);
  if (values[1] !== undefined && !broken) list.add('bad-argument', '`section` takes a name, and nothing more.', values[1].span);
  if (value?.kind !== 'literal' || typeof value.value !== 'string') {
    if (!broken) list.add('bad-argument', 'A section\'s name is written out: `{{section "intro"}}`. For a field of that name write `{{this.section}}`.', value?.span ?? span);
    return null;
  }
  return { kind: 'section', name: value.value, span };
}

function readGen({ values, hash, span, broken }: Helper, list: ProblemList): TemplateNode {
  const name = holeName('gen', values[0], broken, list);
  if (values[1] !== undefined) list.add('bad-argument', '`gen` takes one name, and the rest as `key=value`.', values[1].span);
  repeated(hash, list);
  notSupported('gen', span, list);
  return { kind: 'gen', name, hash, span };
}

function readSelect({ values, hash, span, broken }: Helper, list: ProblemList): TemplateNode {
  const [first, ...options] = values;
  const name = holeName('select', first, broken, list);
  if (options.length === 0 && !broken) list.add('bad-argument', '`select` needs its choices: `{{select "armor" "leather" "plate"}}`.', span);
  notSupported('select', span, list);
  return { kind: 'select', name, options, hash, span };
}

function holeName(helper: string, value: Expression | undefined, broken: boolean, list: ProblemList): string | null {
  if (value === undefined) return null;
  if (value.kind === 'literal' && typeof value.value === 'string' && isName(value.value)) return value.value;
  if (!broken) {
    const why = value.kind === 'literal' && typeof value.value === 'string' && reservedNames.includes(value.value) ? ', and no word of the language' : '';
    list.add('bad-name', `The name of a \`${helper}\` hole is a quoted name: letters, digits, \`_\` and \`-\`, not first a digit${why}.`, value.span);
  }
  return null;
}

/** The features that parse and are kept, but do not run yet. */
function notSupported(helper: string, span: Span, list: ProblemList): void {
  list.add('not-supported-yet', `\`{{${helper}}}\` is not supported yet: the cell is kept as it is, and not sent.`, span);
}

function unknownKey(helper: string, pair: HashPair, known: readonly string[], list: ProblemList): void {
  const near = didYouMean(pair.key, known);
  const has = known.length === 0 ? '' : ` It has ${known.map((key) => `\`${key}=\``).join(' and ')}.`;
  list.add('bad-argument', `\`${helper}\` has no \`${pair.key}=\`.${near === undefined ? has : ` Did you mean \`${near}\`?`}`, {
    ...pair.keySpan, ...(near !== undefined && { fix: { title: `Change to \`${near}\``, span: pair.keySpan, text: near } }),
  });
}

function repeated(hash: readonly HashPair[], list: ProblemList): void {
  const seen = new Set<string>();
  for (const { key, keySpan } of hash) {
    if (seen.has(key)) list.add('bad-argument', `\`${key}=\` is given twice.`, keySpan);
    seen.add(key);
  }
}
