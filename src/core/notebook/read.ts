import { closesFence, isBlank, newBlockScanner, openingFence, type Fence } from './blocks.ts';
import { fenceIndent } from './positions.ts';
import { findDamage } from './damage.ts';
import { commonestEol, lineReader } from './lines.ts';
import { parseInfo, type Info } from './info.ts';
import type { Cell, CellContent, Notebook, Output } from './types.ts';
import type { Problem } from '../problem.ts';

/**
 * Reads the text of a `.promptnb` file. Never throws: whatever is damaged is visible in some cell, with a problem, and
 * `writeNotebook(readNotebook(text))` is `text`. Linear in the text.
 */
export function readNotebook(text: string): Notebook {
  const bom = text.startsWith('\ufeff');
  const body = bom ? text.slice(1) : text;
  const { pieces, problems } = findPieces(body);
  const cells = toCells(body, pieces, problems);
  const head = cells.length === 0 ? body : body.slice(0, cells[0]!.origin!.offset);
  problems.push(...findDamage(body));
  return { cells, bom, eol: commonestEol(body) ?? '\n', head, finalEol: body === '' || /[\r\n]$/.test(body), problems: problems.sort((a, b) => a.span.start - b.span.start) };
}

/** Whether a text would be read as one with front matter. */
export function beginsWithFrontMatter(text: string): boolean {
  return frontMatter(text, []) !== null;
}

/** A part of the file at the top level; `end` is without the last line end. */
type Piece = { readonly kind: 'markdown' | 'separator'; readonly start: number; end: number } | FrontMatterPiece | CodePiece;

interface FrontMatterPiece extends Body {
  readonly kind: 'front-matter';
  readonly start: number;
}

interface CodePiece extends Body {
  readonly kind: 'code';
  readonly start: number;
  readonly info: Info;
}

function findPieces(text: string): { readonly pieces: readonly Piece[]; readonly problems: Problem[] } {
  const pieces: Piece[] = [];
  const problems: Problem[] = [];
  const hasCr = text.includes('\r');
  const lines = lineReader(text, hasCr);
  const front = frontMatter(text, problems);
  if (front !== null) {
    pieces.push(front);
    lines.skipTo(front.end);
  }
  const blocks = newBlockScanner();
  const markdown = (start: number, end: number): void => {
    const last = pieces.at(-1);
    if (last?.kind === 'markdown') last.end = end;
    else pieces.push({ kind: 'markdown', start, end });
  };
  let htmlStart = 0;
  for (let line = lines.next(); line !== null; line = lines.next()) {
    const wasOpen = blocks.open !== null;
    const found = blocks.line(text.slice(line.start, line.end));
    if (!wasOpen && blocks.open !== null) htmlStart = line.start;
    if (found.kind === 'text') markdown(line.start, line.end);
    else if (found.kind === 'separator') pieces.push({ kind: 'separator', start: line.start, end: line.end });
    else if (found.kind === 'fence') {
      const info = parseInfo(found.fence.info);
      const body = readFence(text, { fence: found.fence, start: line.start, openEnd: line.end, next: line.next, isCell: info !== null, hasCr }, problems);
      lines.skipTo(body.end);
      if (info === null) markdown(line.start, body.end);
      else pieces.push({ kind: 'code', start: line.start, info, ...body });
    }
  }
  if (blocks.open !== null && htmlStart < text.length) {
    problems.push({ code: 'unclosed-html', severity: 'warning', message: `This HTML does not end: everything after it is text, cells included. Close it with \`${blocks.open}\`.`, span: { start: htmlStart, end: Math.min(htmlStart + 4, text.length) } });
  }
  return { pieces, problems };
}

interface Opening {
  readonly fence: Fence;
  readonly start: number;
  readonly openEnd: number;
  readonly next: number;
  readonly isCell: boolean;
  readonly hasCr: boolean;
}

interface Body {
  readonly end: number;
  readonly textStart: number;
  readonly textEnd: number;
}

/** The lines of a fence up to the one that closes it, or to the end of the file. */
function readFence(text: string, { fence, start, openEnd, next, isCell, hasCr }: Opening, problems: Problem[]): Body {
  const lines = lineReader(text, hasCr);
  lines.skipTo(openEnd);
  const span = { start, end: openEnd };
  let inner = false;
  let lastEnd = next;
  for (let line = lines.next(); line !== null; line = lines.next()) {
    let at = line.start;
    while (at < line.start + 3 && text[at] === ' ') at += 1;
    if (text[at] === fence.char) {
      const content = text.slice(line.start, line.end);
      if (closesFence(content, fence)) return { end: line.end, textStart: next, textEnd: Math.max(next, lastEnd) };
      const nested = openingFence(content);
      // With a fence of this length the end of the inner cell would end this one.
      if (isCell && !inner && nested !== null && nested.length >= fence.length && parseInfo(nested.info) !== null) {
        inner = true;
        problems.push({ code: 'unclosed-fence', severity: 'error', message: 'Another cell begins inside this one: a line that closes it is missing, or its fence must be longer than the one inside.', span });
      }
    }
    lastEnd = line.end;
  }
  const marks = fence.char.repeat(fence.length);
  problems.push(
    isCell
      ? { code: 'unclosed-fence', severity: 'error', message: `This cell does not end: everything up to the end of the file stands in it. Close it with a line \`${marks}\`.`, span }
      : { code: 'unclosed-fence', severity: 'warning', message: `This fence does not end: everything after it is text. Close it with a line \`${marks}\`.`, span },
  );
  const end = Math.max(openEnd, withoutLastEol(text));
  return { end, textStart: Math.min(next, text.length), textEnd: Math.max(Math.min(next, text.length), end) };
}

/** The `---` lines at the very start of the file and what stands between. */
function frontMatter(text: string, problems: Problem[]): FrontMatterPiece | null {
  if (!/^---[ \t]*(?:[\r\n]|$)/.test(text)) return null;
  const lines = lineReader(text);
  const first = lines.next()!;
  let textEnd = first.next;
  for (let line = lines.next(); line !== null; line = lines.next()) {
    if (text.startsWith('---', line.start) && isBlank(text.slice(line.start + 3, line.end))) {
      return { kind: 'front-matter', start: 0, end: line.end, textStart: first.next, textEnd };
    }
    textEnd = line.end;
  }
  // Without an end it may be a rule of Markdown; with an option right below it is meant as front matter.
  if (/^[A-Za-z_][\w-]*:/.test(text.slice(first.next, first.next + 200))) {
    problems.push({ code: 'front-matter-unclosed', severity: 'error', message: 'The front matter does not end: close it with a line `---`.', span: { start: 0, end: 3 } });
  }
  return null;
}

function toCells(text: string, pieces: readonly Piece[], problems: Problem[]): readonly Cell[] {
  const found: Found[] = [];
  for (let at = 0; at < pieces.length; ) {
    const piece = pieces[at]!;
    if (piece.kind === 'code' || piece.kind === 'front-matter') {
      const before = at > 0 ? pieces[at - 1] : undefined;
      const owner = found.at(-1);
      if (piece.kind === 'code' && piece.info.language === 'output' && before?.kind === 'code' && owner !== undefined && owner.output === null && !owner.orphan) {
        owner.output = piece;
      } else {
        const orphan = piece.kind === 'code' && piece.info.language === 'output';
        if (orphan) problems.push({ code: 'orphan-output', severity: 'warning', message: 'This output has no cell right above it. It is kept as it is.', span: { start: piece.start, end: Math.min(piece.end, piece.start + 12) } });
        found.push({ piece, output: null, orphan });
      }
      at += 1;
    } else {
      let end = at + 1;
      while (end < pieces.length && pieces[end]!.kind !== 'code' && pieces[end]!.kind !== 'front-matter') end += 1;
      for (const markdown of splitMarkdown(pieces.slice(at, end))) found.push({ piece: markdown, output: null, orphan: false });
      at = end;
    }
  }
  return found.map((one, index) => toCell(text, one, found[index + 1]?.piece.start ?? null));
}

interface Found {
  readonly piece: MarkdownPiece | FrontMatterPiece | CodePiece;
  output: CodePiece | null;
  readonly orphan: boolean;
}

interface MarkdownPiece {
  readonly kind: 'markdown';
  readonly start: number;
  readonly end: number;
}

/** n separators make n + 1 cells; what stands between two of them may be nothing. */
function splitMarkdown(pieces: readonly Piece[]): readonly MarkdownPiece[] {
  const cells: MarkdownPiece[] = [];
  let current: MarkdownPiece | null = null;
  let at = pieces[0]!.start;
  for (const piece of pieces) {
    if (piece.kind === 'separator') {
      cells.push(current ?? { kind: 'markdown', start: at === pieces[0]!.start ? piece.start : at, end: at === pieces[0]!.start ? piece.start : at });
      current = null;
      at = piece.end;
    } else current = { kind: 'markdown', start: piece.start, end: piece.end };
  }
  cells.push(current ?? { kind: 'markdown', start: at, end: at });
  return cells;
}

/** @param next where the next cell begins; null for the last one. */
function toCell(text: string, { piece, output }: Found, next: number | null): Cell {
  const raw = text.slice(piece.start, piece.end);
  const written = output === null ? null : { gap: text.slice(piece.end, output.start), raw: text.slice(output.start, output.end) };
  const end = output === null ? piece.end : output.end;
  const textStart = piece.kind === 'markdown' ? 0 : piece.textStart - piece.start;
  const content: CellContent = { ...contentOf(text, piece), output: output === null ? null : readOutputFence(text, output) };
  return { ...content, origin: { offset: piece.start, raw, textStart, output: written, after: text.slice(end, next ?? text.length), last: next === null, content } };
}

function contentOf(text: string, piece: Found['piece']): Omit<CellContent, 'output'> {
  if (piece.kind === 'markdown') return { kind: 'markdown', language: 'markdown', name: null, attributes: [], text: withLf(text.slice(piece.start, piece.end)) };
  const body = withLf(text.slice(piece.textStart, piece.textEnd));
  if (piece.kind === 'front-matter') return { kind: 'front-matter', language: 'yaml', name: null, attributes: [], text: body };
  const indent = fenceIndent(text.slice(piece.start, piece.start + 3));
  return { kind: 'code', language: piece.info.language, name: piece.info.name, attributes: piece.info.attributes, text: unindented(body, indent) };
}

function readOutputFence(text: string, piece: CodePiece): Output {
  const indent = fenceIndent(text.slice(piece.start, piece.start + 3));
  const { name, attributes } = piece.info;
  const all = name === null ? attributes : [{ key: name, value: null }, ...attributes];
  return { attributes: all, text: unindented(withLf(text.slice(piece.textStart, piece.textEnd)), indent) };
}

function withLf(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

function unindented(text: string, indent: number): string {
  return indent === 0 ? text : text.replace(new RegExp(`^ {1,${indent}}`, 'gm'), '');
}

function withoutLastEol(text: string): number {
  if (text.endsWith('\r\n')) return text.length - 2;
  return /[\r\n]$/.test(text) ? text.length - 1 : text.length;
}
