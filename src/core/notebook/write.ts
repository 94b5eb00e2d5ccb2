import { fenceIndent } from './positions.ts';
import { closesFence, fenceLengthFor, newBlockScanner, openingFence, type BlockScanner, type Fence } from './blocks.ts';
import { beginsWithFrontMatter } from './read.ts';
import { commonestEol, lineReader } from './lines.ts';
import { parseInfo, writeInfo } from './info.ts';
import type { Attribute, Cell, Eol, Notebook, Output } from './types.ts';

/**
 * The text of a notebook's file. What has not changed since it was read is written as it stood, byte for byte; a changed cell changes
 * only its own lines. A text that holds fences gets a longer one around it, so that nothing in it becomes a cell.
 */
export function writeNotebook(notebook: Notebook): string {
  const { cells, bom, eol, finalEol } = notebook;
  const parts: string[] = [head(notebook)];
  for (const [index, cell] of cells.entries()) {
    const next = cells[index + 1];
    const follows = next !== undefined && separates(cell, next);
    const last = next === undefined && cell.origin?.last === true;
    const before = cells[index - 1]?.kind === 'markdown' ? parts.slice(-2) : null;
    const body = writeCell(cell, { eol: eolOf(cell, eol), closed: follows || last, outdent: before !== null && wouldBeText(cell, before) });
    parts.push(body);
    if (follows || last) parts.push(onItsOwn(cell.origin!.after, { cell, next, eol }));
    else if (next === undefined) parts.push(finalEol ? eol : '');
    else parts.push(gapBetween(cell, next, eol));
  }
  const text = parts.join('');
  // A text cell that begins with a rule must not become front matter with the help of what comes later.
  const rule = cells[0]?.kind === 'markdown' && beginsWithFrontMatter(text) ? eol : '';
  return `${bom ? '\ufeff' : ''}${rule}${text}`;
}

/** Blank lines before the first cell. */
function head({ cells, head: kept, eol }: Notebook): string {
  const [first] = cells;
  if (first?.kind === 'front-matter') return '';
  return first !== undefined && kept !== '' && !/[\r\n]$/.test(kept) ? `${kept}${eol}` : kept;
}

/**
 * Whether what came after a cell in its file does for the cell that comes after it now: text is divided from text by one separator, and
 * what else there is by the end of a line. It always does where the two stood one after the other.
 */
function separates({ kind, origin }: Cell, next: Cell): boolean {
  if (origin === undefined || origin.last || next.origin === undefined || origin.content.kind !== kind || next.origin.content.kind !== next.kind) return false;
  const { after } = origin;
  const separators = after.match(/<!--/g)?.length ?? 0;
  if (kind !== 'markdown' || next.kind !== 'markdown') return separators === 0 && /[\r\n]/.test(after);
  return separators === 1 && (/[\r\n]$/.test(after) || (next.origin.raw === '' && !next.origin.after.startsWith('<')));
}

/** Blank lines around a separator where a cell beside it had no text, and has one now. */
function onItsOwn(after: string, { cell, next, eol }: { readonly cell: Cell; readonly next: Cell | undefined; readonly eol: Eol }): string {
  const begins = cell.text !== '' && cell.origin!.raw === '' && after !== '' && !/^[\r\n]/.test(after) ? `${eol}${eol}` : '';
  const ends = next !== undefined && next.text !== '' && next.origin!.raw === '' && !/[\r\n]$/.test(after) ? `${eol}${eol}` : '';
  const blank = next !== undefined && cell.kind === 'markdown' && cell.text !== cell.origin!.content.text && /^\n(?![ \t]*\n)/.test(after.replace(/\r\n?/g, '\n')) && openEnd(cell.text).needsBlank ? eol : '';
  return `${begins}${blank}${after}${ends}`;
}

function gapBetween(cell: Cell, next: Cell, eol: Eol): string {
  if (cell.kind === 'markdown' && next.kind === 'markdown') return `${eol}${eol}<!-- cell -->${eol}${eol}`;
  // What stood after the cell will do where it is no more than a blank line.
  const after = cell.origin?.after;
  return after !== undefined && /^\n(?:[ \t]*\n)+$/.test(after.replace(/\r\n?/g, '\n')) ? after : `${eol}${eol}`;
}

interface Writing {
  readonly eol: Eol;
  /** Whether what comes after is what came after when it was read: then even an open fence reads as it did. */
  readonly closed: boolean;
  /** Whether a fence must not be indented, since the text before it may be a list now, which it would become a part of. */
  readonly outdent: boolean;
}

/** An edited cell keeps its own line ends, those of which it has most; a new one gets the file's. */
function eolOf({ origin }: Cell, eol: Eol): Eol {
  return origin === undefined ? eol : (commonestEol(origin.raw) ?? eol);
}

/** Whether a cell's fence, with the spaces before it, would be a part of the text before it: of a list, say. */
function wouldBeText({ origin }: Cell, before: readonly string[]): boolean {
  const indent = origin === undefined ? 0 : fenceIndent(origin.raw);
  if (indent === 0) return false;
  const { blocks, fence } = scan(before.join(''));
  return fence === null && blocks.line(`${' '.repeat(indent)}\`\`\``).kind !== 'fence';
}

function writeCell(cell: Cell, writing: Writing): string {
  const { origin, output } = cell;
  const same = origin !== undefined && origin.content.text === cell.text && origin.content.kind === cell.kind;
  const body = cell.kind === 'code' ? writeCode(cell, same, { ...writing, closed: writing.closed && output === (origin?.content.output ?? null) }) : cell.kind === 'markdown' ? writeMarkdown(cell, same, writing) : writeFrontMatter(cell, same, writing);
  if (output === null || cell.kind !== 'code') return body;
  const gap = origin?.output?.gap ?? `${writing.eol}${writing.eol}`;
  if (origin?.output != null && origin.content.output !== null && sameOutput(output, origin.content.output) && (writing.closed || isClosed(origin.output.raw))) return `${body}${gap}${origin.output.raw}`;
  return `${body}${gap}${writeOutput(output, writing.eol)}`;
}

function sameOutput(a: Output, b: Output): boolean {
  return a === b || (a.text === b.text && sameAttributes(a.attributes, b.attributes));
}

function sameAttributes(a: readonly Attribute[], b: readonly Attribute[]): boolean {
  return a === b || (a.length === b.length && a.every(({ key, value }, index) => key === b[index]!.key && value === b[index]!.value));
}

function writeMarkdown(cell: Cell, same: boolean, { eol, closed }: Writing): string {
  const text = same ? cell.origin!.raw : fromLf(trimBlankLines(cell.text), eol);
  if (same && closed) return text;
  const { close } = openEnd(text);
  return close === null ? text : `${text}${eol}${close}`;
}

/** What would end the fence or HTML that a Markdown text leaves open, so that the next cell does not become part of it. */
function openEnd(text: string): { readonly close: string | null; readonly needsBlank: boolean } {
  const { blocks, fence } = scan(text);
  return { close: fence === null ? blocks.open : fence.char.repeat(fence.length), needsBlank: fence === null && blocks.needsBlank };
}

/** The state after a Markdown text, and the fence that it leaves open. */
function scan(text: string): { readonly blocks: BlockScanner; readonly fence: Fence | null } {
  const blocks = newBlockScanner();
  const lines = lineReader(text);
  let fence: Fence | null = null;
  for (let line = lines.next(); line !== null; line = lines.next()) {
    const content = text.slice(line.start, line.end);
    if (fence !== null) {
      if (closesFence(content, fence)) fence = null;
      continue;
    }
    const found = blocks.line(content);
    if (found.kind === 'fence') ({ fence } = found);
  }
  return { blocks, fence };
}

function trimBlankLines(text: string): string {
  return text.replace(/^(?:[ \t]*\n)+/, '').replace(/(?:\n[ \t]*)+$/, '');
}

function writeFrontMatter(cell: Cell, same: boolean, { eol }: Writing): string {
  if (same) return cell.origin!.raw;
  return `---${eol}${cell.text === '' ? '' : `${fromLf(cell.text, eol)}${eol}`}---`;
}

function writeCode(cell: Cell, same: boolean, writing: Writing): string {
  const { origin, text } = cell;
  const content = origin?.content;
  const sameInfo = content !== undefined && content.kind === 'code' && content.language === cell.language && content.name === cell.name && sameAttributes(content.attributes, cell.attributes);
  if (same && sameInfo && !writing.outdent && (writing.closed || isClosed(origin!.raw))) return origin!.raw;
  const old = content?.kind === 'code' ? firstLine(origin!.raw) : null;
  const was = old === null ? null : openingFence(old);
  // Info strings of tildes may hold backticks; ours never do.
  const char = was?.char ?? '`';
  const length = Math.max(was?.length ?? 3, fenceLengthFor(text, char));
  const indent = was === null || writing.outdent ? '' : ' '.repeat(fenceIndent(origin!.raw));
  const marks = char.repeat(length);
  const info = sameInfo && was !== null ? was.info : writeInfo(cell);
  const lines = text === '' && content?.text !== '' ? '' : `${indented(fromLf(text, writing.eol), indent)}${writing.eol}`;
  const keepsBody = same && !writing.outdent && was !== null && isClosed(origin!.raw) && length === was.length;
  if (keepsBody) return `${indent}${marks}${info}${origin!.raw.slice(old!.length)}`;
  return `${indent}${marks}${info}${writing.eol}${text === '' ? '' : lines}${indent}${marks}`;
}

function writeOutput({ attributes, text }: Output, eol: Eol): string {
  const marks = '`'.repeat(fenceLengthFor(text, '`'));
  const info = writeInfo({ language: 'output', name: null, attributes });
  return `${marks}${info}${eol}${text === '' ? '' : `${fromLf(text, eol)}${eol}`}${marks}`;
}

/** Whether a fence as it was read has its closing line. */
function isClosed(raw: string): boolean {
  const fence = openingFence(firstLine(raw));
  if (fence === null) return false;
  const last = /(?:^|[\r\n])([^\r\n]*)$/.exec(raw.slice(-1000))?.[1] ?? '';
  return raw.length > firstLine(raw).length && new RegExp(`^ {0,3}${fence.char}{${fence.length},}[ \\t]*$`).test(last) && parseInfo(fence.info) !== null;
}

function firstLine(raw: string): string {
  return /^[^\r\n]*/.exec(raw)![0];
}

function fromLf(text: string, eol: Eol): string {
  const lf = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  return eol === '\n' ? lf : lf.replaceAll('\n', eol);
}

function indented(text: string, indent: string): string {
  return indent === '' ? text : text.replace(/^(?=[^\r\n])/gm, indent);
}
