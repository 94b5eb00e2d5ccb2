import type { OptionEntry, OptionNode } from './options.ts';
import type { Problem, Span } from '../problem.ts';
import { findTraps, type SentenceLists, type Trap } from './yaml-traps.ts';
import { readYamlTree } from '../values/yaml-tree.ts';
import { quoteYaml } from './yaml-quote.ts';

export type { SentenceLists } from './yaml-traps.ts';

/** The most UTF-16 units of a front matter. */
export const maxFrontMatter = 64 * 1024;

export interface FrontMatter {
  /** The options; null where there are none or they cannot be read. */
  readonly root: OptionNode | null;
  readonly body: string;
  /** Where the body begins in the cell's text, as an offset that counts from where `text` begins plus `offset`. */
  readonly bodyStart: number;
  readonly problems: readonly Problem[];
}

/**
 * Cuts a prompt cell's text into front matter and body. The front matter stands between `---` lines at the very start; without one the
 * whole text is the body, and an empty one lets a body begin with `---`. Never throws. Spans are offsets into `text` plus `offset`.
 */
export function parseFrontMatter(text: string, offset = 0, lists: SentenceLists = {}): FrontMatter {
  const open = /^---[ \t]*(?:\r\n|\r|\n|$)/.exec(text);
  if (open === null) return { root: null, body: text, bodyStart: offset, problems: notFirst(text, offset) };
  const start = open[0].length;
  const close = /^---[ \t]*(?:\r\n|\r|\n|$(?![\s\S]))/gm;
  close.lastIndex = start;
  const end = close.exec(text);
  if (end === null) {
    const span = { start: offset, end: offset + Math.max(3, open[0].trimEnd().length) };
    const message = 'The front matter does not end: close it with a line `---`. A body that begins with `---` needs an empty front matter before it.';
    return { root: null, body: text, bodyStart: offset, problems: [{ code: 'front-matter-unclosed', severity: 'error', message, span }] };
  }
  const bodyStart = end.index + end[0].length;
  const { root, problems } = parseOptions(text.slice(start, end.index), offset + start, lists);
  const advice = ' A body that begins with `---` needs an empty front matter before it.';
  const advised = problems.map((problem) => (problem.code === 'yaml-root' ? { ...problem, message: problem.message + advice } : problem));
  return { root, problems: advised, body: text.slice(bodyStart), bodyStart: offset + bodyStart };
}

/**
 * Reads options written in YAML 1.2: a map from option to value, with a span for every part. What YAML would read as something else than
 * a person meant is a problem with a fix, and never silently another meaning; the tree is then what it is with the fixes applied. Bounded
 * in size and depth; aliases, anchors and tags are refused. Never throws. Spans are offsets into `yaml` plus `offset`.
 */
export function parseOptions(yaml: string, offset = 0, lists: SentenceLists = {}): { readonly root: OptionNode | null; readonly problems: readonly Problem[] } {
  if (yaml.length > maxFrontMatter) {
    const message = `These options are longer than ${maxFrontMatter / 1024} KiB: move data into a cell of its own.`;
    return { root: null, problems: [{ code: 'too-large', severity: 'error', message, span: { start: offset, end: offset + yaml.length } }] };
  }
  const traps = findTraps(yaml, lists);
  const { healed, back } = heal(yaml, traps.filter((trap) => trap.severity === 'error'));
  const tree = readYamlTree(healed, 'options');
  const problems: Problem[] = [...traps];
  for (const { code, severity, message, span, quote } of tree.issues) {
    const at = back(span);
    problems.push({ code, severity, message, span: at, ...(quote !== undefined && { fix: { title: 'Quote it', span: at, text: quoteYaml(quote) } }) });
  }
  const root = tree.root === null ? null : moveNode(tree.root, (span) => moved(back(span), offset));
  const moveFix = (problem: Problem): Problem => ({
    ...problem, span: moved(problem.span, offset), ...(problem.fix && { fix: { ...problem.fix, span: moved(problem.fix.span, offset) } }),
  });
  const all = problems.map(moveFix);
  if (root !== null && root.entries === null) {
    if (!all.some((problem) => problem.severity === 'error')) {
      all.push({ code: 'yaml-root', severity: 'error', message: 'Options are lines of `name: value`.', span: root.span });
    }
    return { root: null, problems: sorted(all) };
  }
  return { root, problems: sorted(all) };
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.span.start - b.span.start);
}

function moved({ start, end }: Span, offset: number): Span {
  return { start: start + offset, end: end + offset };
}

/** Blank lines and lines with `#` before `---`, or white space, make it text, which is easily overlooked. */
function notFirst(text: string, offset: number): readonly Problem[] {
  const beginning = text.length > 10_000 ? text.slice(0, 10_000) : text;
  const match = /^(?:(?:#[^\r\n]*|[ \t]*)(?:\r?\n|\r(?!\n)))*[ \t]*(?=---[ \t]*[\r\n]+[ \t]*[A-Za-z_][\w-]*:)/.exec(beginning);
  if (match === null || !/^[ \t]*---[ \t]*$/m.test(beginning.slice(match[0].length + 3))) return [];
  const before = { start: offset, end: offset + match[0].length };
  const span = { start: before.end, end: before.end + 3 };
  const message = 'Front matter begins at the very start of the cell: with something before it, it is part of the prompt.';
  return [{ code: 'front-matter-not-first', severity: 'warning', message, span, ...(match[0].trim() === '' && { fix: { title: 'Remove what stands before', span: before, text: '' } }) }];
}

/** The text with the fixes applied, and the way back from its offsets to the text's own. */
function heal(text: string, traps: readonly Trap[]): { readonly healed: string; readonly back: (span: Span) => Span } {
  if (traps.length === 0) return { healed: text, back: (span) => span };
  const edits = traps.map((trap) => trap.fix).sort((a, b) => a.span.start - b.span.start);
  let healed = '';
  let at = 0;
  const pieces: { readonly from: number; readonly to: number; readonly start: number; readonly end: number }[] = [];
  for (const { span, text: replacement } of edits) {
    healed += text.slice(at, span.start);
    pieces.push({ from: healed.length, to: healed.length + replacement.length, start: span.start, end: span.end });
    healed += replacement;
    at = span.end;
  }
  healed += text.slice(at);
  const original = (offset: number, isEnd: boolean): number => {
    let delta = 0;
    for (const { from, to, start, end } of pieces) {
      if (offset < from || (offset === from && isEnd)) break;
      if (offset < to) return isEnd ? end : start;
      delta = end - to;
    }
    return offset + delta;
  };
  return { healed, back: ({ start, end }) => ({ start: original(start, false), end: Math.max(original(start, false), original(end, true)) }) };
}

function moveNode(node: OptionNode, move: (span: Span) => Span): OptionNode {
  const entry = ({ key, keySpan, node: inner }: OptionEntry): OptionEntry => ({ key, keySpan: move(keySpan), node: moveNode(inner, move) });
  return { ...node, span: move(node.span), items: node.items?.map((item) => moveNode(item, move)) ?? null, entries: node.entries?.map(entry) ?? null };
}
