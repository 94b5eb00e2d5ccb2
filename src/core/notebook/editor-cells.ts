import { readNotebook } from './read.ts';
import type { Attribute, Cell, CellContent, Eol, Notebook, Origin, Output } from './types.ts';

/** A notebook as an editor holds it: cells with plain texts, and data that travels with them (VS Code's `metadata`). */
export interface EditorNotebook {
  readonly metadata: NotebookMetadata;
  readonly cells: readonly EditorCell[];
}

export interface EditorCell {
  readonly kind: 'markup' | 'code';
  /** The editor's id of the language: `promptnb` for `prompt`, `plaintext` for `text`. */
  readonly languageId: string;
  /** Line ends as the editor has them. */
  readonly text: string;
  readonly metadata: CellMetadata;
  readonly output: Output | null;
}

/** How the file is written as a whole. Absent in a notebook that did not come from a file. */
export interface NotebookMetadata {
  readonly bom?: boolean;
  readonly eol?: Eol;
  readonly head?: string;
  readonly finalEol?: boolean;
}

/** What an editor's cell does not show: plain JSON, and nothing that changes when another cell does, so that diffs show changes only. */
export interface CellMetadata {
  readonly name?: string;
  readonly attributes?: readonly Attribute[];
  /** Of the notebook's front matter, which the editor shows as a cell in YAML. */
  readonly frontMatter?: true;
  /** How the file that the cell was read from writes it. */
  readonly source?: CellSource;
}

/** {@link Origin} without what follows from the rest. */
export interface CellSource {
  readonly raw: string;
  readonly textStart: number;
  readonly output?: { readonly gap: string; readonly raw: string };
  readonly after: string;
  readonly last?: true;
}

/** The words of the file that an editor has other ids for. */
const languageIds: Readonly<Record<string, string>> = { prompt: 'promptnb', text: 'plaintext' };

export function languageIdOf(language: string): string {
  return Object.hasOwn(languageIds, language) ? languageIds[language]! : language;
}

function languageOf(id: string): string {
  return Object.keys(languageIds).find((language) => languageIds[language] === id) ?? id;
}

export function toEditor({ cells, bom, eol, head, finalEol }: Notebook): EditorNotebook {
  return { metadata: { bom, eol, head, finalEol }, cells: cells.map(toEditorCell) };
}

function toEditorCell({ kind, language, name, attributes, text, output, origin }: Cell): EditorCell {
  return {
    kind: kind === 'markdown' ? 'markup' : 'code',
    languageId: languageIdOf(language),
    text,
    output,
    metadata: {
      ...(name !== null && { name }),
      ...(attributes.length > 0 && { attributes }),
      ...(kind === 'front-matter' && { frontMatter: true }),
      ...(origin !== undefined && { source: toSource(origin) }),
    },
  };
}

function toSource({ raw, textStart, output, after, last }: Origin): CellSource {
  return { raw, textStart, after, ...(last && { last }), ...(output !== null && { output }) };
}

/**
 * The notebook that an editor holds, to be read as a program or written. A cell counts as untouched when its text is the file's but for
 * line ends. Front matter is the first cell that says so, and comes first; another one is a cell in YAML.
 */
export function fromEditor({ metadata, cells }: EditorNotebook): Notebook {
  const { bom = false, eol = '\n', head = '', finalEol = true } = metadata;
  return { cells: frontMatterFirst(cells).map(fromEditorCell), bom, eol, head, finalEol, problems: [] };
}

function frontMatterFirst(cells: readonly EditorCell[]): readonly EditorCell[] {
  const at = cells.findIndex(isFrontMatter);
  return at <= 0 ? cells : [cells[at]!, ...cells.toSpliced(at, 1)];
}

/** Whether a cell is the notebook's front matter, where it is the first that says so. */
export function isFrontMatter({ kind, languageId, metadata }: Pick<EditorCell, 'kind' | 'languageId' | 'metadata'>): boolean {
  return metadata.frontMatter === true && kind === 'code' && languageId === 'yaml';
}

function fromEditorCell(cell: EditorCell, index: number): Cell {
  const { metadata, output } = cell;
  const text = withLf(cell.text);
  const kind = cell.kind === 'markup' ? 'markdown' : index === 0 && isFrontMatter(cell) ? 'front-matter' : 'code';
  const content: CellContent =
    kind === 'code'
      ? { kind, language: languageOf(cell.languageId), name: nameOf(metadata), attributes: attributesOf(metadata), text, output }
      : { kind, language: kind === 'markdown' ? 'markdown' : 'yaml', name: null, attributes: [], text, output: null };
  const origin = readSource(metadata.source);
  if (origin === null) return content;
  return { ...content, language: sameLanguage(origin.content, cell.languageId) ?? content.language, origin };
}

/** The file's own word for the language, where the editor's id still stands for it. */
function sameLanguage({ kind, language }: CellContent, id: string): string | null {
  return kind === 'code' && languageIdOf(language) === id ? language : null;
}

function nameOf({ name }: CellMetadata): string | null {
  return typeof name === 'string' && name !== '' ? name : null;
}

function attributesOf({ attributes }: CellMetadata): readonly Attribute[] {
  return Array.isArray(attributes) ? (attributes as readonly Attribute[]).filter(isAttribute) : [];
}

function isAttribute(value: unknown): value is Attribute {
  if (typeof value !== 'object' || value === null) return false;
  const { key, value: given } = value as { readonly key?: unknown; readonly value?: unknown };
  return typeof key === 'string' && (given === null || typeof given === 'string');
}

/** Metadata comes back from wherever a cell was copied to: what is not whole counts as nothing, and the cell is written anew. */
function readSource(source: CellSource | undefined): Origin | null {
  if (typeof source !== 'object' || source === null) return null;
  const { raw, textStart, after, last, output } = source;
  if (typeof raw !== 'string' || typeof after !== 'string' || typeof textStart !== 'number' || !/^(?:[ \t\r\n]|<!--[ \t]*cell[ \t]*-->)*$/.test(after)) return null;
  const content = readRaw(raw, textStart);
  if (content === null) return null;
  const written = readOutputSource(output);
  return {
    offset: 0, raw, textStart, after, last: last === true, output: written?.source ?? null,
    content: { ...content, output: written?.content ?? null },
  };
}

function readOutputSource(source: CellSource['output']): { readonly source: NonNullable<CellSource['output']>; readonly content: Output } | null {
  if (typeof source !== 'object' || source === null) return null;
  const { gap, raw } = source;
  if (typeof gap !== 'string' || typeof raw !== 'string' || !/^[ \t\r\n]*$/.test(gap)) return null;
  const read = onlyCell(raw);
  if (read?.language !== 'output') return null;
  return { source: { gap, raw }, content: { attributes: read.name === null ? read.attributes : [{ key: read.name, value: null }, ...read.attributes], text: read.text } };
}

/** What the file's own text of a cell says. */
function readRaw(raw: string, textStart: number): CellContent | null {
  if (textStart === 0) return { kind: 'markdown', language: 'markdown', name: null, attributes: [], text: withLf(raw), output: null };
  return onlyCell(raw);
}

function onlyCell(raw: string): CellContent | null {
  // What was read ends before the file's last line end, which a fence without an end has in it.
  const { cells } = readNotebook(`${raw}${raw.endsWith('\r') ? '\r' : '\n'}`);
  return cells.length === 1 && cells[0]!.kind !== 'markdown' ? cells[0]!.origin!.content : null;
}

function withLf(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}
