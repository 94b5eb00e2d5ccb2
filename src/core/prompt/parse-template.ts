import type { CommentToken, Token } from './lexer.ts';
import type { TagToken } from './tag-scanner.ts';
import { problemList, type ProblemList } from './problem-list.ts';
import { blockNames, endOfHelper, readBlock, type Block } from './block-tags.ts';
import type { Hole, Template, TemplateNode } from './tree.ts';
import { didYouMean } from '../did-you-mean.ts';
import { lex } from './lexer.ts';
import { readTag } from './plain-tags.ts';
import { shiftNodes } from './shift.ts';

/** How deep blocks may stand in each other. */
export const maxDepth = 100;

/**
 * Parses a prompt cell's body, which begins at `offset` of the cell's text. Always a tree and problems, in linear time. The grammar is
 * that of dotprompt (Handlebars' tags with dotprompt's helpers) where the two share a feature.
 */
export function parseTemplate(body: string, offset = 0): Template {
  const list = problemList(offset);
  const builder = new Builder(body, list);
  for (const token of lex(body, list)) builder.add(token);
  builder.finish();
  const nodes = shiftNodes(builder.root, offset);
  const holes = builder.holes.map((hole) => ({ name: hole.name, span: { start: hole.span.start + offset, end: hole.span.end + offset } }));
  return { nodes, problems: [...list.problems].sort((a, b) => a.span.start - b.span.start), holes };
}

/** A block that is still open. */
interface Open {
  /** As written. */
  readonly name: string;
  readonly tag: TagToken;
  /** Absent where the block is not one of ours: what stands in it is kept in its place. */
  readonly block: Block | null;
  readonly parent: TemplateNode[];
  body: TemplateNode[];
  otherwise: TemplateNode[] | null;
  /** From `{{else if …}}`: closed together with the block that it belongs to. */
  readonly chained: boolean;
}

class Builder {
  readonly root: TemplateNode[] = [];
  readonly holes: Hole[] = [];
  readonly #body: string;
  readonly #list: ProblemList;
  readonly #open: Open[] = [];
  /** Names of blocks that are open beyond the bound on depth, and are left out. */
  readonly #beyond: string[] = [];
  #saidTooDeep = false;

  constructor(body: string, list: ProblemList) {
    this.#body = body;
    this.#list = list;
  }

  add(token: Token): void {
    if (token.kind === 'text') {
      if (token.end > token.start) {
        const text = this.#body.slice(token.start, token.end);
        this.#push({ kind: 'text', text: text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text, span: { start: token.start, end: token.end } });
      }
    } else if (token.kind === 'comment') this.#comment(token);
    else if (token.sigil === '#' || token.sigil === '^') this.#openBlock(token, token.parts[0], false);
    else if (token.sigil === '/') this.#close(token);
    else if (token.sigil === 'else') this.#else(token);
    else {
      const node = readTag(token, this.#list);
      if (node === null) return;
      this.#push(node);
      if ((node.kind === 'gen' || node.kind === 'select') && node.name !== null) this.holes.push({ name: node.name, span: node.span });
    }
  }

  finish(): void {
    while (this.#open.length > 0) {
      const open = this.#open.at(-1)!;
      if (!open.chained) this.#unclosed(open, this.#body.length);
      this.#end(this.#body.length);
    }
  }

  #push(node: TemplateNode): void {
    const open = this.#open.at(-1);
    (open === undefined ? this.root : (open.otherwise ?? open.body)).push(node);
  }

  #comment({ start, end }: CommentToken): void {
    this.#push({ kind: 'comment', span: { start, end } });
  }

  #openBlock(tag: TagToken, head: TagToken['parts'][0] | undefined, chained: boolean): void {
    const name = head?.kind === 'path' ? this.#body.slice(head.span.start, head.span.end) : '';
    if (this.#open.length >= maxDepth || this.#beyond.length > 0) {
      if (!chained) this.#beyond.push(name);
      if (!this.#saidTooDeep) this.#list.add('too-deep', `Blocks stand in each other more than ${maxDepth} deep: move some of them into a cell of their own.`, tag);
      this.#saidTooDeep = true;
      return;
    }
    const block = readBlock(tag, head, this.#list);
    const open = this.#open.at(-1);
    const parent = open === undefined ? this.root : (open.otherwise ?? open.body);
    this.#open.push({ name, tag, block, parent, body: [], otherwise: null, chained });
  }

  #else(tag: TagToken): void {
    if (this.#beyond.length > 0) return;
    const open = this.#open.at(-1);
    if (open === undefined) {
      this.#list.add('unexpected-else', '`{{else}}` stands outside of a block.', tag);
      return;
    }
    if (open.otherwise !== null) {
      this.#list.add('unexpected-else', `This \`{{#${open.name}}}\` has an \`{{else}}\` already.`, tag);
      return;
    }
    open.otherwise = [];
    if (tag.parts.length > 0) this.#openBlock({ ...tag, parts: tag.parts }, tag.parts[0], true);
  }

  #close(tag: TagToken): void {
    const head = tag.parts[0];
    const name = head === undefined ? '' : this.#body.slice(head.span.start, head.span.end);
    if (this.#beyond.length > 0) {
      const above = Math.max(0, this.#beyond.length - maxDepth);
      const last = this.#beyond.slice(above).lastIndexOf(name);
      this.#beyond.length = last < 0 ? this.#beyond.length - 1 : above + last;
      return;
    }
    const index = this.#open.findLastIndex((open) => !open.chained && open.name === name);
    if (index < 0) {
      this.#unexpectedClose(tag, name);
      return;
    }
    while (this.#open.length - 1 > index) {
      const inner = this.#open.at(-1)!;
      if (!inner.chained) this.#unclosed(inner, tag.start);
      this.#end(tag.start);
    }
    this.#end(tag.end);
  }

  #unexpectedClose(tag: TagToken, name: string): void {
    const open = this.#open.findLast((candidate) => !candidate.chained);
    const shown = `\`{{/${name}}}\``;
    const helper = endOfHelper(name);
    if (helper !== null) {
      this.#list.add('unexpected-close', helper, { start: tag.start, end: tag.end, fix: { title: 'Remove it', span: { start: tag.start, end: tag.end }, text: '' } });
      return;
    }
    if (open === undefined) {
      this.#list.add('unexpected-close', `${shown} closes nothing: there is no open block here.`, tag);
      return;
    }
    const at = tag.parts[0]?.span;
    this.#list.add('unexpected-close', `${shown} does not close \`{{#${open.name}}}\`, which is open here.`, {
      start: tag.start, end: tag.end, ...(at && { fix: { title: `Change to \`{{/${open.name}}}\``, span: at, text: open.name } }),
    });
    // A misspelt end is still meant as the end.
    if (didYouMean(name, [open.name]) !== undefined) {
      while (this.#open.at(-1) !== open) this.#end(tag.start);
      this.#end(tag.end);
    }
  }

  #unclosed(open: Open, at: number): void {
    // A block that is none of ours is a problem already.
    if (open.block === null) return;
    this.#list.add('unclosed-block', `This \`{{#${open.name}}}\` has no \`{{/${open.name}}}\`.`, {
      start: open.tag.start, end: open.tag.end,
      ...(blockNames.includes(open.name) && { fix: { title: `Add \`{{/${open.name}}}\``, span: { start: at, end: at }, text: `{{/${open.name}}}` } }),
    });
  }

  /** Ends the innermost block, and with it those of its `{{else if}}`, which end first. */
  #end(end: number): void {
    const open = this.#open.pop()!;
    if (open.block === null) {
      for (const node of open.body) open.parent.push(node);
      for (const node of open.otherwise ?? []) open.parent.push(node);
      return;
    }
    open.parent.push({ ...open.block, body: open.body, otherwise: open.otherwise ?? [], span: { start: open.tag.start, end: open.tag.end }, whole: { start: open.tag.start, end } });
  }
}
