import type { Json } from '../json.ts';
import type { Model } from '../models/model.ts';
import type { Problem, Span } from '../problem.ts';

/** What a check decided. `reason` is one sentence, fed back to the model when the check failed. */
export interface Verdict {
  /** null: could not be decided. */
  readonly passed: boolean | null;
  readonly reason: string;
}

/** What a check by code may look at. */
export interface CheckSubject {
  readonly text: string;
  readonly value: Json;
}

export interface CheckContext {
  readonly model: Model;
  readonly signal: AbortSignal;
  matches(pattern: string, flags: string, text: string, signal: AbortSignal): Promise<boolean>;
}

/** A check's argument as written in the front matter: the parsed YAML value and, for scalars, the text exactly as it stands. */
export interface CheckArgument {
  readonly value: Json;
  /** The scalar's source text without its quotes: `007` stays `007`. null for lists and maps. */
  readonly source: string | null;
  readonly span: Span;
  /** For a list: its items. */
  readonly items: readonly CheckArgument[] | null;
}

/** A check that code decides: one file each in `checks/`, `index.ts` is the list. `- contains: paper` is the check `contains`. */
export interface CodeCheck<Parsed = unknown> {
  readonly name: string;
  /** What it checks, one sentence; completion and hover show it. */
  readonly doc: string;
  /** An example argument for completion. */
  readonly example: string;
  /** Whether `- name` alone says enough. */
  readonly argument: 'needed' | 'optional';
  /** Reads the argument. A problem with span where it is no good. */
  parse(argument: CheckArgument): { readonly value: Parsed } | { readonly problem: Problem };
  /** How the check is named in results: `contains: paper`. */
  title(value: Parsed): string;
  run(value: Parsed, subject: CheckSubject, context: CheckContext): Promise<Verdict>;
}
