import type { Problem } from '../problem.ts';

/** How line ends are written. Texts in memory always have `\n`. */
export type Eol = '\n' | '\r\n' | '\r';

/** A `key=value` of an info string, in order; `value` is null for a bare word after the name. */
export interface Attribute {
  readonly key: string;
  readonly value: string | null;
}

/**
 * A piece of a `.promptnb` file. The raw slices of all cells, joined, are the file: reading and writing an untouched notebook
 * gives the same bytes.
 *
 * - `front-matter`: the notebook's YAML, first in the file; `text` is what stands between the `---` lines.
 * - `markdown`: text between cells; `text` without the blank lines that separate it from its neighbours.
 * - `code`: a fence whose info string stands in braces; `text` is the fence's lines joined by LF, without the last line end.
 */
export interface Cell {
  readonly kind: 'front-matter' | 'markdown' | 'code';
  /** `prompt`, `json`, `yaml`, `csv`, `text`, `javascript` or whatever the file says; `yaml` for front matter, `markdown` for text. */
  readonly language: string;
  readonly name: string | null;
  readonly attributes: readonly Attribute[];
  readonly text: string;
  readonly output: Output | null;
  /** The slice of the file that this cell was read from; absent for a new cell. The writer uses it verbatim when nothing changed. */
  readonly origin?: Origin;
}

/** A run's result in the file: the `{output …}` fence below a cell. */
export interface Output {
  readonly attributes: readonly Attribute[];
  readonly text: string;
}

export interface Origin {
  /** Exactly what the file holds, line ends, blank lines after it and output included. */
  readonly raw: string;
  /** UTF-16 offset of `raw` in the file (after a BOM, which belongs to no cell). */
  readonly offset: number;
}

export interface Notebook {
  readonly cells: readonly Cell[];
  readonly bom: boolean;
  /** The file's commonest line end; what new cells get. */
  readonly eol: Eol;
  /** Damage of the file's structure; spans are offsets into the file's text without BOM. */
  readonly problems: readonly Problem[];
}
