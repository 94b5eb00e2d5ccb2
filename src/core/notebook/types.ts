import type { Problem } from '../problem.ts';

/** How line ends are written. Texts in memory always have `\n`. */
export type Eol = '\n' | '\r\n' | '\r';

/** A `key=value` of an info string, in order; `value` is null for a bare word after the name. */
export interface Attribute {
  readonly key: string;
  readonly value: string | null;
}

/** What a cell holds, apart from how the file writes it. */
export interface CellContent {
  /**
   * - `front-matter`: the notebook's YAML, first in the file; `text` is what stands between the `---` lines.
   * - `markdown`: text between cells; `text` without the blank lines that separate it from its neighbours.
   * - `code`: a fence whose info string stands in braces; `text` is the fence's lines joined by LF, without the last line end.
   */
  readonly kind: 'front-matter' | 'markdown' | 'code';
  /** `prompt`, `json`, `yaml`, `csv`, `text`, `javascript` or whatever the file says; `yaml` for front matter, `markdown` for text. */
  readonly language: string;
  readonly name: string | null;
  readonly attributes: readonly Attribute[];
  readonly text: string;
  readonly output: Output | null;
}

/** A piece of a `.promptnb` file. */
export interface Cell extends CellContent {
  /** How the file that the cell was read from writes it; absent for a new cell. What has not changed since is written verbatim. */
  readonly origin?: Origin;
}

/** A run's result in the file: the `{output …}` fence below a cell. */
export interface Output {
  readonly attributes: readonly Attribute[];
  readonly text: string;
}

/**
 * Exactly what the file holds of a cell: `raw`, then `output` (the blank lines before it and its fence), then `after` (what separates
 * the cell from the next: its last line end, blank lines, `<!-- cell -->`). All of these joined are the file.
 */
export interface Origin {
  /** UTF-16 offset of `raw` in the file (after a BOM, which belongs to no cell). */
  readonly offset: number;
  readonly raw: string;
  /** Where in `raw` the text begins. */
  readonly textStart: number;
  readonly output: { readonly gap: string; readonly raw: string } | null;
  readonly after: string;
  /** Whether the file ends with `after`. */
  readonly last: boolean;
  /** What was read. */
  readonly content: CellContent;
}

export interface Notebook {
  readonly cells: readonly Cell[];
  readonly bom: boolean;
  /** The file's commonest line end; what new cells get. */
  readonly eol: Eol;
  /** Blank lines before the first cell; of a file without cells all that it holds. */
  readonly head: string;
  /** Whether the file's last line has an end. */
  readonly finalEol: boolean;
  /** Damage of the file's structure; spans are offsets into the file's text without BOM. */
  readonly problems: readonly Problem[];
}
