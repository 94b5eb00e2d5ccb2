import type { Template } from './tree.ts';
import type { Value } from './message.ts';
import type { Work } from './work.ts';

/** What is known about a name before a run. */
export interface NameInfo {
  /** Its value is text and has no fields: of a prompt cell without `output` or `answer`, or of other text. Absent: unknown or not text. */
  readonly text?: 'prompt' | 'data';
}

/** The names that a prompt cell can use, for the check before a run. */
export interface Names {
  /** The inputs that the cell declares. */
  readonly inputs?: ReadonlyMap<string, NameInfo>;
  /** The notebook's cells that have a name, this one included. */
  readonly cells: ReadonlyMap<string, NameInfo>;
  /** The notebook's parameters. */
  readonly parameters?: ReadonlyMap<string, NameInfo>;
  /** Of a cell with the option `each`: the columns of its rows, `unknown` before the rows are there. Absent: no `each`. */
  readonly columns?: readonly string[] | 'unknown';
  /** Names that are read with `@`, such as `state`. */
  readonly context?: ReadonlySet<string>;
  /** The prompt cell of this name as a partial; undefined when there is none. */
  readonly partial?: (name: string) => PartialBody | undefined;
  /** Shared by the cells of a notebook; absent, a body has its own. */
  readonly work?: Work;
}

/** A prompt cell whose body stands in another. Of its front matter only `input` counts. */
export interface PartialBody {
  readonly template: Template;
  /** Whether its front matter cannot be read, so that neither its inputs nor where its body begins are known. */
  readonly broken?: boolean;
  /** Its declared inputs with their defaults; null without one. */
  readonly inputs: ReadonlyMap<string, Value | null>;
}

/** The values that a body is rendered with. The kinds of names are those of {@link Names}, in the same order. */
export interface Scope {
  /** Every declared input; null is one without a value, which renders as nothing. */
  readonly inputs?: ReadonlyMap<string, Value | null>;
  /** What the model has put into holes. */
  readonly holes?: ReadonlyMap<string, Value>;
  /** At least the cells that are referred to. A cell skipped by `when` has the data null. */
  readonly cells: ReadonlyMap<string, Value>;
  readonly parameters?: ReadonlyMap<string, Value>;
  /** The row of a cell with the option `each`. */
  readonly row?: Value;
  readonly context?: ReadonlyMap<string, Value>;
  readonly partial?: (name: string) => PartialBody | undefined;
}
