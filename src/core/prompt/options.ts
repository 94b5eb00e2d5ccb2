import type { Json } from '../json.ts';
import type { Span } from '../problem.ts';

/**
 * A node of a cell's (or notebook's) front matter: the parsed YAML with, for every part, where it stands and how it is written.
 * Spans are offsets into the cell's text.
 */
export interface OptionNode {
  /** The value as YAML 1.2 reads it. */
  readonly value: Json;
  readonly span: Span;
  /** For a scalar: its text as written, without quotes and with escapes resolved (`007` stays `007`); null for lists and maps. */
  readonly source: string | null;
  /** For a scalar: whether it stands in quotes or in a block (`|`, `>`). */
  readonly quoted: boolean;
  /** For a list: its items. */
  readonly items: readonly OptionNode[] | null;
  /** For a map: its entries in order. */
  readonly entries: readonly OptionEntry[] | null;
}

export interface OptionEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly node: OptionNode;
}
