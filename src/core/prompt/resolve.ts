import type { EachNode, Expression, HashPair, IfNode, PartialNode, Path, Template, TemplateNode, WithNode } from './tree.ts';
import type { NameInfo, Names } from './scope.ts';
import type { Problem, Span } from '../problem.ts';
import { locate, type Frame, type Target } from './locate.ts';
import { didYouMean } from '../did-you-mean.ts';
import { problemList, type ProblemList } from './problem-list.ts';
import { newWork, type Work } from './work.ts';
import { written } from './written.ts';

/** A use of a name in a body. */
export interface Reference {
  readonly kind: 'input' | 'hole' | 'cell' | 'parameter' | 'row' | 'column' | 'context' | 'partial';
  readonly name: string;
  /** What follows the name: `items`, `0`. For a `row` the column comes first. */
  readonly path: readonly string[];
  /** The whole path as written; in a partial the partial's tag. */
  readonly span: Span;
  /** The name alone. */
  readonly nameSpan: Span;
  /** Whether it stands inside `{{#if name}}`, so that a cell skipped by `when` may be missing. */
  readonly guarded: boolean;
  /** The partial whose body holds the use; absent for the body itself. */
  readonly via?: string;
}

export interface Resolved {
  readonly references: readonly Reference[];
  readonly problems: readonly Problem[];
}

/** How deep partials may stand in each other, and how many nodes they may have together. */
const maxPartialDepth = 100;
const maxPartialNodes = 100_000;
/** For how many unknown names of a body the nearest one is looked for. */
const maxSuggestions = 50;

/**
 * Finds what every name of a body means, by the template and the known names alone, never by data. Inside `#each` and `#with` a bare
 * name is the item's field; elsewhere a declared input, a hole, a cell, a parameter, a column of the row, in this order.
 */
export function resolveNames(template: Template, names: Names): Resolved {
  const resolver = new Resolver(names, template);
  resolver.walk(template.nodes, { frames: [{ kind: 'root' }], guards: new Set(), partial: null });
  return { references: resolver.references, problems: resolver.list.problems };
}

/** Whether a name's value is text is known of names only; items are unknown. */
type StaticFrame = Frame & { readonly text?: NameInfo['text']; readonly hash?: ReadonlyMap<string, NameInfo['text']>; readonly outerName?: string };

interface Place {
  readonly frames: readonly StaticFrame[];
  /** Names that an `{{#if}}` around has found to be there. */
  readonly guards: ReadonlySet<string>;
  /** The partial that this is in: problems and references stand at its tag. */
  readonly partial: { readonly names: readonly string[]; readonly span: Span; readonly holes: ReadonlySet<string> } | null;
}

class Resolver {
  readonly references: Reference[] = [];
  readonly list: ProblemList = problemList();
  readonly #names: Names;
  readonly #holes: ReadonlyMap<string, number>;
  readonly #suggestions = new Map<string, string | undefined>();
  readonly #work: Work;
  #nodes = 0;
  #tooLarge = false;

  constructor(names: Names, template: Template) {
    this.#names = names;
    this.#work = names.work ?? newWork();
    const holes = new Map<string, number>();
    for (const { name, span } of template.holes) {
      if (holes.has(name)) this.list.add('duplicate-name', `There are two holes \`${name}\`: each needs a name of its own.`, span);
      else holes.set(name, span.start);
    }
    this.#holes = holes;
  }

  walk(nodes: readonly TemplateNode[], place: Place): void {
    for (const node of nodes) {
      if (place.partial !== null && !this.#mayGoOn(place.partial.span)) return;
      this.#node(node, place);
    }
  }

  /** Counts a node of a partial. */
  #mayGoOn(span: Span): boolean {
    if (this.#tooLarge) return false;
    this.#nodes++;
    this.#work.partialNodes--;
    if (this.#nodes <= maxPartialNodes && this.#work.partialNodes >= 0) return true;
    this.#tooLarge = true;
    this.list.add('too-large', `With all its partials this ${this.#nodes > maxPartialNodes ? 'prompt' : 'notebook'} is too large to check: use fewer, or insert the values of cells.`, span);
    return false;
  }

  #node(node: TemplateNode, place: Place): void {
    switch (node.kind) {
      case 'text':
      case 'comment':
      case 'role':
      case 'history':
      case 'section':
        return;
      case 'value':
        return this.#use(node.path, place);
      case 'json':
        return this.#use(node.value, place);
      case 'media':
        this.#use(node.url, place);
        return node.contentType === null ? undefined : this.#use(node.contentType, place);
      case 'if':
        return this.#if(node, place);
      case 'if-equals':
        this.#use(node.left, place);
        this.#use(node.right, place);
        this.walk(node.body, place);
        return this.walk(node.otherwise, place);
      case 'each':
        return this.#item(node, node.list, place);
      case 'with':
        return this.#item(node, node.value, place);
      case 'partial':
        return this.#partial(node, place);
      case 'gen':
        return this.#hash(node.hash, place);
      case 'select':
        for (const option of node.options) this.#use(option, place);
        return this.#hash(node.hash, place);
    }
  }

  #hash(hash: readonly HashPair[], place: Place): void {
    for (const { value } of hash) this.#use(value, place);
  }

  #if(node: IfNode, place: Place): void {
    const name = this.#nameOf(node.condition, place.frames);
    const guarded = name === null ? place : { ...place, guards: new Set([...place.guards, name]) };
    this.#use(node.condition, guarded);
    this.walk(node.body, node.negated ? place : guarded);
    this.walk(node.otherwise, node.negated ? guarded : place);
  }

  #item(node: EachNode | WithNode, expression: Expression, place: Place): void {
    this.#use(expression, place);
    const loop = node.kind === 'each';
    const text = this.#textOf(expression, place.frames);
    if (loop && text !== undefined) {
      const what = expression.kind === 'path' ? `\`${written(expression)}\`` : 'This';
      this.list.add('path-into-text', `${what} is text, not a list${text === 'prompt' ? ': declare `output:` in its cell' : ''}.`, place.partial?.span ?? expression.span);
    }
    this.walk(node.body, { ...place, frames: [...place.frames, { kind: 'item', loop, params: node.params, ...(!loop && text !== undefined && { text }) }] });
    this.walk(node.otherwise, place);
  }

  #partial(node: PartialNode, place: Place): void {
    if (this.#tooLarge) return;
    const span = place.partial?.span ?? node.span;
    const body = this.#names.partial?.(node.name);
    if (node.context !== null) this.#use(node.context, place);
    this.#hash(node.hash, place);
    if (body === undefined) {
      this.#unknownPartial(node, place);
      return;
    }
    this.#refer('partial', { name: node.name, path: [], span: node.span, nameSpan: node.nameSpan }, place);
    const through = place.partial?.names ?? [];
    if (through.includes(node.name)) {
      this.list.add('partial-recursion', `A partial cannot hold itself: ${[...through.slice(through.indexOf(node.name)), node.name].join(' → ')}.`, span);
      return;
    }
    if (through.length >= maxPartialDepth) {
      this.list.add('too-deep', `Partials stand in each other more than ${maxPartialDepth} deep.`, span);
      return;
    }
    if (body.broken === true || body.template.problems.some((problem) => problem.severity === 'error')) {
      this.list.add('partial-has-problems', `The cell \`${node.name}\` has problems; its body cannot be used until they are solved.`, span);
    }
    const text = node.context === null ? undefined : this.#textOf(node.context, place.frames);
    const frame: StaticFrame = {
      kind: 'partial', keys: node.hash.map((pair) => pair.key), inputs: body.inputs, context: node.context !== null,
      hash: new Map(node.hash.map((pair) => [pair.key, this.#textOf(pair.value, place.frames)])), ...(text !== undefined && { text }),
    };
    const outer = place.partial?.holes;
    const holes = body.template.holes.length === 0 && outer !== undefined ? outer : new Set([...(outer ?? []), ...body.template.holes.map((hole) => hole.name)]);
    this.walk(body.template.nodes, { ...place, frames: [...place.frames, frame], partial: { names: [...through, node.name], span, holes } });
  }

  #unknownPartial(node: PartialNode, place: Place): void {
    const nearest = this.#nearest(`> ${node.name}`, () => didYouMean(node.name, this.#names.cells.keys()));
    const near = nearest !== undefined && this.#names.partial?.(nearest) !== undefined ? nearest : undefined;
    const what = this.#names.cells.has(node.name) ? `\`${node.name}\` is no prompt cell: to insert its value write \`{{${node.name}}}\`.` : `There is no prompt cell \`${node.name}\`.`;
    this.list.add('unknown-partial', `${what}${near === undefined ? '' : ` Did you mean \`${near}\`?`}`, {
      ...(place.partial?.span ?? node.nameSpan),
      ...(near !== undefined && place.partial === null && { fix: { title: `Change to \`${near}\``, span: node.nameSpan, text: near } }),
    });
  }

  #use(expression: Expression, place: Place): void {
    if (expression.kind === 'literal') return;
    this.#target(expression, locate(expression, place.frames), place);
  }

  #target(path: Path, target: Target, place: Place): void {
    const span = place.partial?.span ?? path.span;
    switch (target.kind) {
      case 'name':
        return this.#name(path, target, place);
      case 'root':
        return this.#root(path, place);
      case 'item':
        return this.#field(path, target, place);
      case 'hash': {
        const frame = place.frames[target.frame]!;
        const text = frame.hash?.get(target.key);
        if (text !== undefined && target.fields.length > 0) this.#intoText({ name: target.key, fields: target.fields, text }, span);
        return;
      }
      case 'partial-input':
        // An outer name that nobody knows leaves the default.
        if (target.outer.kind !== 'name' || this.#kind(target.outer.name, place) !== undefined) this.#target(path, target.outer, place);
        return;
      case 'overlay':
        return target.outer.kind === 'root' ? undefined : this.#target(path, target.outer, place);
      case 'context':
        if (!this.#names.context?.has(target.name)) {
          const known = ['index', 'key', 'first', 'last', 'root', ...(this.#names.context ?? [])];
          const near = didYouMean(target.name, known);
          this.list.add('unknown-name', `There is no \`@${target.name}\`.${near === undefined ? ` There is ${list(known.map((name) => `\`@${name}\``))}.` : ` Did you mean \`@${near}\`?`}`, {
            ...span, ...(near !== undefined && place.partial === null && { fix: { title: `Change to \`@${near}\``, span: path.segments[0]!.span, text: near } }),
          });
        } else this.#refer('context', { name: target.name, path: target.fields, span, nameSpan: span }, place);
        return;
      case 'too-far':
        this.list.add('too-far', '`../` reaches out of all blocks here.', span);
        return;
      case 'no-loop':
        this.list.add('no-loop', `\`@${target.which}\` means something inside \`{{#each}}\` only.`, span);
        return;
      case 'param':
      case 'position':
        return;
    }
  }

  /** `this` outside of all blocks is the object of the inputs, as in dotprompt. */
  #root(path: Path, place: Place): void {
    const span = place.partial?.span ?? path.span;
    const inputs = [...(this.#names.inputs?.keys() ?? [])];
    if (inputs.length === 0) this.list.add('no-this', 'Outside of `{{#each}}` and `{{#with}}`, `this` is the object of the inputs, and this cell declares none.', { ...span, severity: 'warning' });
    for (const name of inputs) this.#refer('input', { name, path: [], span, nameSpan: span }, place);
  }

  #field(path: Path, target: Extract<Target, { kind: 'item' }>, place: Place): void {
    const span = place.partial?.span ?? path.span;
    const [name] = target.fields;
    if (name === undefined) return;
    const { text } = place.frames[target.frame]!;
    if (text !== undefined) {
      this.#intoText({ name: 'this', fields: target.fields, text }, span);
      return;
    }
    const kind = path.here || path.data ? undefined : this.#kind(name, place);
    if (kind === undefined || kind === 'column' || kind === 'row') return;
    const first = path.segments[0]!.span;
    this.list.add('name-is-field', `Inside \`{{#each}}\` and \`{{#with}}\`, \`${name}\` is the item's field, not the ${kind} \`${name}\`: for that write \`@root.${name}\`; for the field \`this.${name}\` says so.`, {
      ...span, severity: 'warning', ...(place.partial === null && { fix: { title: `Change to \`@root.${name}\``, span: { start: first.start, end: first.start }, text: '@root.' } }),
    });
  }

  #name(path: Path, { name, fields }: { readonly name: string; readonly fields: readonly string[] }, place: Place): void {
    const span = place.partial?.span ?? path.span;
    const nameSpan = place.partial?.span ?? nameSegment(path, fields.length);
    const kind = this.#kind(name, place);
    if (kind === undefined) {
      this.#unknown(name, nameSpan, place);
      return;
    }
    this.#refer(kind, { name, path: fields, span, nameSpan }, place);
    const { columns } = this.#names;
    if (kind === 'row' && Array.isArray(columns) && fields[0] !== undefined && !(columns as readonly string[]).includes(fields[0])) {
      const near = didYouMean(fields[0], columns as readonly string[]);
      this.list.add('unknown-name', `The rows have no column \`${fields[0]}\`.${near === undefined ? '' : ` Did you mean \`${near}\`?`}`, span);
    }
    if (kind !== 'column' && kind !== 'row' && Array.isArray(columns) && (columns as readonly string[]).includes(name)) {
      this.list.add('hidden-column', `The ${kind} \`${name}\` hides the column \`${name}\`: for the column write \`row.${name}\`.`, {
        ...nameSpan, ...(place.partial === null && { fix: { title: `Change to \`row.${name}\``, span: nameSpan, text: `row.${name}` } }),
      });
    }
    if (kind === 'hole' && place.partial === null && (this.#holes.get(name) ?? 0) > path.span.start) {
      this.list.add('hole-not-filled', `The hole \`${name}\` comes later: only the text after it can use it.`, span);
    }
    const text = this.#info(kind, name)?.text;
    if (text !== undefined && fields.length > 0) this.#intoText({ name, fields, text }, span);
  }

  #intoText({ name, fields, text }: { readonly name: string; readonly fields: readonly string[]; readonly text: 'prompt' | 'data' }, span: Span): void {
    const what = text === 'prompt' ? `The result of \`${name}\` is text, so it has no \`${fields[0]!}\`: declare \`output:\` in that cell.` : `\`${name}\` is text, so it has no \`${fields[0]!}\`.`;
    this.list.add('path-into-text', what, span);
  }

  #unknown(name: string, span: Span, place: Place): void {
    const near = this.#nearest(name, () => didYouMean(name, this.#candidates()));
    const through = place.partial === null ? '' : ` (in the partial \`${place.partial.names.at(-1)!}\`)`;
    const kinds = Array.isArray(this.#names.columns) ? 'input, cell, parameter or column' : 'input, cell or parameter';
    this.list.add('unknown-name', `There is no ${kinds} \`${name}\`${through}.${near === undefined ? ' Name a cell so, or declare it under `input:`.' : ` Did you mean \`${near}\`?`}`, {
      ...span, ...(near !== undefined && place.partial === null && { fix: { title: `Change to \`${near}\``, span, text: near } }),
    });
  }

  /** Looked for once a name, and not for ever: a text of unknown names would take a comparison with every known one. */
  #nearest(key: string, look: () => string | undefined): string | undefined {
    if (this.#suggestions.has(key) || this.#suggestions.size >= maxSuggestions || this.#work.comparisons <= 0) return this.#suggestions.get(key);
    // A comparison takes the product of two lengths.
    const each = 1 + Math.min(key.length, 64) ** 2 / 100;
    this.#work.comparisons -= each * (this.#names.cells.size + (this.#names.inputs?.size ?? 0) + (this.#names.parameters?.size ?? 0));
    const near = look();
    this.#suggestions.set(key, near);
    return near;
  }

  *#candidates(): Iterable<string> {
    const { inputs, cells, parameters, columns } = this.#names;
    if (inputs) yield* inputs.keys();
    yield* this.#holes.keys();
    yield* cells.keys();
    if (parameters) yield* parameters.keys();
    if (Array.isArray(columns)) yield* columns as readonly string[];
  }

  /** The fixed order. */
  #kind(name: string, place: Place): Exclude<Reference['kind'], 'partial' | 'context'> | undefined {
    const { inputs, cells, parameters, columns } = this.#names;
    if (columns !== undefined && name === 'row') return 'row';
    if (inputs?.has(name)) return 'input';
    if (this.#holes.has(name) || place.partial?.holes.has(name)) return 'hole';
    if (cells.has(name)) return 'cell';
    if (parameters?.has(name)) return 'parameter';
    return columns !== undefined && (columns === 'unknown' || columns.includes(name)) ? 'column' : undefined;
  }

  #info(kind: Reference['kind'], name: string): NameInfo | undefined {
    const { inputs, cells, parameters } = this.#names;
    return kind === 'input' ? inputs?.get(name) : kind === 'cell' ? cells.get(name) : kind === 'parameter' ? parameters?.get(name) : undefined;
  }

  #refer(kind: Reference['kind'], use: Pick<Reference, 'name' | 'path' | 'span' | 'nameSpan'>, place: Place): void {
    const via = place.partial?.names.at(-1);
    this.references.push({
      kind, name: use.name, path: use.path, guarded: kind !== 'partial' && place.guards.has(use.name),
      span: place.partial?.span ?? use.span, nameSpan: place.partial?.span ?? use.nameSpan, ...(via !== undefined && { via }),
    });
  }

  /** The name of the notebook that an expression reads; null when it reads an item. */
  #nameOf(expression: Expression, frames: readonly StaticFrame[]): string | null {
    if (expression.kind === 'literal') return null;
    let target = locate(expression, frames);
    if (target.kind === 'partial-input') target = target.outer;
    return target.kind === 'name' ? target.name : null;
  }

  #textOf(expression: Expression, frames: readonly StaticFrame[]): NameInfo['text'] {
    if (expression.kind === 'literal') return typeof expression.value === 'string' ? 'data' : undefined;
    const target = locate(expression, frames);
    if (target.kind === 'hash' && target.fields.length === 0) return frames[target.frame]!.hash?.get(target.key);
    if (target.kind === 'item' && target.fields.length === 0) return frames[target.frame]!.text;
    if (target.kind !== 'name' || target.fields.length > 0) return undefined;
    const kind = this.#kind(target.name, { frames, guards: new Set(), partial: null });
    return kind === undefined ? undefined : this.#info(kind, target.name)?.text;
  }
}

function list(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`;
}

function nameSegment(path: Path, fields: number): Span {
  return path.segments[path.segments.length - fields - 1]?.span ?? path.span;
}
