import type { Attribute, Cell, CellContent, Notebook, Output } from './types.ts';

/** A cell to insert. */
export type NewCell = Partial<CellContent> & Pick<CellContent, 'kind' | 'text'>;

/** The notebook with another text in a cell. */
export function setText(notebook: Notebook, index: number, text: string): Notebook {
  return change(notebook, index, { text });
}

export function setName(notebook: Notebook, index: number, name: string | null): Notebook {
  return change(notebook, index, { name });
}

/** The language `markdown` makes a text cell, any other a code cell. */
export function setLanguage(notebook: Notebook, index: number, language: string): Notebook {
  if (language === 'markdown') return change(notebook, index, { kind: 'markdown', language, name: null, attributes: [], output: null });
  return change(notebook, index, { kind: 'code', language });
}

/** Sets an attribute in its place, or at the end; null takes it out. */
export function setAttribute(notebook: Notebook, index: number, key: string, value: string | null): Notebook {
  const { attributes } = notebook.cells[index]!;
  const others = attributes.filter((attribute) => attribute.key !== key);
  if (value === null) return change(notebook, index, { attributes: others });
  const known = attributes.some((attribute) => attribute.key === key);
  const set: readonly Attribute[] = known ? attributes.map((attribute) => (attribute.key === key ? { key, value } : attribute)) : [...attributes, { key, value }];
  return change(notebook, index, { attributes: set });
}

/** Sets or, with null, takes away the output of a code cell. */
export function setOutput(notebook: Notebook, index: number, output: Output | null): Notebook {
  return change(notebook, index, { output });
}

/** Inserts a cell before the one at `index`; front matter stays first. */
export function insertCell(notebook: Notebook, index: number, cell: NewCell): Notebook {
  const first = notebook.cells[0]?.kind === 'front-matter' ? 1 : 0;
  const at = Math.max(first, Math.min(index, notebook.cells.length));
  const whole: Cell = { language: cell.kind === 'code' ? 'prompt' : cell.kind === 'markdown' ? 'markdown' : 'yaml', name: null, attributes: [], output: null, ...cell };
  return { ...notebook, cells: notebook.cells.toSpliced(at, 0, whole) };
}

export function deleteCell(notebook: Notebook, index: number): Notebook {
  return { ...notebook, cells: notebook.cells.toSpliced(index, 1) };
}

/** Moves a cell so that it stands at `to`; front matter stays first. */
export function moveCell(notebook: Notebook, from: number, to: number): Notebook {
  const cell = notebook.cells[from]!;
  if (cell.kind === 'front-matter') return notebook;
  const first = notebook.cells[0]?.kind === 'front-matter' ? 1 : 0;
  const rest = notebook.cells.toSpliced(from, 1);
  return { ...notebook, cells: rest.toSpliced(Math.max(first, Math.min(to, rest.length)), 0, cell) };
}

/** Cuts a cell in two at an offset of its text. The first keeps name and output; the line end at the cut goes. */
export function splitCell(notebook: Notebook, index: number, offset: number): Notebook {
  const cell = notebook.cells[index]!;
  if (cell.kind === 'front-matter') return notebook;
  const atLineStart = cell.text[offset - 1] === '\n';
  const before = cell.text.slice(0, atLineStart ? offset - 1 : offset);
  const after = cell.text.slice(!atLineStart && cell.text[offset] === '\n' ? offset + 1 : offset);
  const second: Cell = { kind: cell.kind, language: cell.language, name: null, attributes: [], text: after, output: null };
  return { ...notebook, cells: notebook.cells.toSpliced(index, 1, { ...cell, text: before }, second) };
}

/** Joins a cell with the next one of its language: the first keeps its name, outputs of what is not the same any more go. */
export function joinCells(notebook: Notebook, index: number): Notebook {
  const first = notebook.cells[index]!;
  const second = notebook.cells[index + 1];
  if (second === undefined || first.kind === 'front-matter' || second.kind !== first.kind || second.language !== first.language) return notebook;
  const gap = first.kind === 'markdown' ? '\n\n' : '\n';
  const text = first.text === '' ? second.text : second.text === '' ? first.text : `${first.text}${gap}${second.text}`;
  return { ...notebook, cells: notebook.cells.toSpliced(index, 2, { ...first, text, output: null }) };
}

function change(notebook: Notebook, index: number, changes: Partial<CellContent>): Notebook {
  const cell = notebook.cells[index];
  return cell === undefined ? notebook : { ...notebook, cells: notebook.cells.with(index, { ...cell, ...changes }) };
}
