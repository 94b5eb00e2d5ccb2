import type { Problem, Span } from '../problem.ts';
import type { Role } from './message.ts';

/** A prompt cell's body as a tree. Every span is an offset into the cell's text. There is always a tree, whatever the problems. */
export interface Template {
  readonly nodes: readonly TemplateNode[];
  readonly problems: readonly Problem[];
  /** The holes of `{{gen}}` and `{{select}}`, in order. */
  readonly holes: readonly Hole[];
}

export interface Hole {
  readonly name: string;
  readonly span: Span;
}

export type TemplateNode =
  | TextNode
  | CommentNode
  | ValueNode
  | JsonNode
  | IfNode
  | IfEqualsNode
  | EachNode
  | WithNode
  | RoleNode
  | HistoryNode
  | MediaNode
  | SectionNode
  | PartialNode
  | GenNode
  | SelectNode;

/** Literal text after white-space control, escapes and lone lines were applied. `span` is where it stands. */
export interface TextNode {
  readonly kind: 'text';
  readonly text: string;
  readonly span: Span;
}

export interface CommentNode {
  readonly kind: 'comment';
  readonly span: Span;
}

/** `{{poem}}`, `{{{poem}}}` and `{{&poem}}` are the same: nothing is escaped. */
export interface ValueNode {
  readonly kind: 'value';
  readonly path: Path;
  readonly span: Span;
}

/** `{{json value indent=2}}`; indent 0 is compact. */
export interface JsonNode {
  readonly kind: 'json';
  readonly value: Expression;
  readonly indent: number;
  readonly span: Span;
}

/** `{{#if}}`; `{{#unless}}` with `negated`. `span` is the opening tag, `whole` runs to the end of the closing tag. */
export interface IfNode {
  readonly kind: 'if';
  readonly negated: boolean;
  readonly condition: Expression;
  /** `includeZero=true`: the number 0 counts as true. */
  readonly includeZero: boolean;
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
  readonly span: Span;
  readonly whole: Span;
}

/** `{{#ifEquals a b}}`; `{{#unlessEquals a b}}` with `negated`. */
export interface IfEqualsNode {
  readonly kind: 'if-equals';
  readonly negated: boolean;
  readonly left: Expression;
  readonly right: Expression;
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
  readonly span: Span;
  readonly whole: Span;
}

/** `{{#each rows}}`, `{{#each rows as |row index|}}`. */
export interface EachNode {
  readonly kind: 'each';
  readonly list: Expression;
  readonly params: readonly string[];
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
  readonly span: Span;
  readonly whole: Span;
}

/** `{{#with order}}`, `{{#with order as |o|}}`. */
export interface WithNode {
  readonly kind: 'with';
  readonly value: Expression;
  readonly params: readonly string[];
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
  readonly span: Span;
  readonly whole: Span;
}

export interface RoleNode {
  readonly kind: 'role';
  readonly role: Exclude<Role, 'tool'>;
  readonly span: Span;
}

export interface HistoryNode {
  readonly kind: 'history';
  readonly span: Span;
}

export interface MediaNode {
  readonly kind: 'media';
  readonly url: Expression;
  readonly contentType: Expression | null;
  readonly span: Span;
}

export interface SectionNode {
  readonly kind: 'section';
  readonly name: string;
  readonly span: Span;
}

/** `{{> persona}}`, `{{> persona person key=value}}`. */
export interface PartialNode {
  readonly kind: 'partial';
  readonly name: string;
  readonly nameSpan: Span;
  /** What the other body's names are looked up in first, as in `{{#with}}`. */
  readonly context: Expression | null;
  readonly hash: readonly HashPair[];
  /** White space before a tag alone on its line: set before every line of the partial, as Handlebars does. */
  readonly indent: string;
  /** The line end after a tag alone on its line, which dotprompt's white space drops. */
  readonly lineEnd: string;
  readonly span: Span;
}

export interface GenNode {
  readonly kind: 'gen';
  readonly name: string | null;
  readonly hash: readonly HashPair[];
  readonly span: Span;
}

export interface SelectNode {
  readonly kind: 'select';
  readonly name: string | null;
  readonly options: readonly Expression[];
  readonly hash: readonly HashPair[];
  readonly span: Span;
}

export type Expression = Path | Literal;

/** A literal in a tag: text, number, `true`, `false`, `null`. */
export interface Literal {
  readonly kind: 'literal';
  readonly value: string | number | boolean | null;
  readonly span: Span;
}

/** `order.items[0].name`, `../x`, `this.x`, `@root.x`, `@index`. */
export interface Path {
  readonly kind: 'path';
  /** After `@`. */
  readonly data: boolean;
  /** How many `../`. */
  readonly up: number;
  /** Whether it begins with `this`, `.` or `..`, so that the first segment is a field and no name. */
  readonly here: boolean;
  readonly segments: readonly PathSegment[];
  readonly span: Span;
}

export interface PathSegment {
  readonly name: string;
  readonly span: Span;
}

export interface HashPair {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Expression;
}
