import type { EachNode, Expression, IfNode, MediaNode, PartialNode, Path, Template, TemplateNode, WithNode } from './tree.ts';
import { mergeTaint, type Message, type Source, type Value } from './message.ts';
import type { Problem, Severity, Span } from '../problem.ts';
import { insertedText, jsonText } from '../values/inserted-text.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { locate, type Target } from './locate.ts';
import type { Scope } from './scope.ts';
import { MessageWriter, type Origin } from './message-writer.ts';
import { isMediaUrl, noMediaUrl } from './media-url.ts';
import { getPath, setOwn } from '../values/path.ts';
import { sameJson } from '../values/same-json.ts';

export interface RenderOptions {
  /** `trim` takes white space from both ends of every message; `keep` keeps it, and is what dotprompt does. */
  readonly whitespace?: 'trim' | 'keep';
  /** The most UTF-16 units that the messages may have together. */
  readonly maxLength?: number;
}

export interface Rendered {
  readonly messages: readonly Message[];
  /** One of severity error means that the messages are not whole and must not be sent. */
  readonly problems: readonly Problem[];
}

const defaultMaxLength = 32 * 1024 * 1024;
const maxSegments = 2_000_000;
const maxSteps = 20_000_000;
const maxDepth = 200;
/** Of errors, and of the rest, so that no error is lost behind hints. */
const maxProblems = 200;

/**
 * Fills a body with values. Roles, loops and media come from the template alone; a value fills a leaf and is never parsed again, so
 * data cannot forge a message. Every segment knows its source and the untrusted sources it was made from. Time and memory are linear in
 * what is written, and bounded.
 */
export function renderTemplate(template: Template, scope: Scope, options: RenderOptions = {}): Rendered {
  const renderer = new Renderer(scope, options);
  renderer.nodes(template.nodes);
  return { messages: renderer.writer.finish(), problems: renderer.problems };
}

/** A frame with its values. The fields of a loop's frame change with each round. */
interface ItemFrame {
  readonly kind: 'item';
  readonly loop: boolean;
  readonly params: readonly string[];
  value: Value;
  index: number;
  key: Json;
  last: boolean;
}

interface PartialFrame {
  readonly kind: 'partial';
  readonly keys: readonly string[];
  readonly inputs: { has(name: string): boolean };
  readonly context: boolean;
  readonly value: Value;
  readonly hash: ReadonlyMap<string, Value>;
  readonly defaults: ReadonlyMap<string, Value | null>;
}

type ValueFrame = { readonly kind: 'root' } | ItemFrame | PartialFrame;

const literal: Source = { kind: 'literal' };
const nothing: Value = { data: null, source: literal, taint: [] };

class Renderer {
  readonly writer: MessageWriter;
  readonly problems: Problem[] = [];
  readonly #scope: Scope;
  readonly #keep: boolean;
  readonly #maxLength: number;
  readonly #frames: ValueFrame[] = [{ kind: 'root' }];
  readonly #seen = new Set<string>();
  /** Inside partials: the outermost tag, where everything is shown, and the cell whose text it is. */
  #partial: { readonly span: Span; readonly source: Source; readonly names: readonly string[] } | null = null;
  #root: Value | null = null;
  #depth = 0;
  #steps = 0;
  #stopped = false;
  #errors = 0;

  constructor(scope: Scope, options: RenderOptions) {
    this.#scope = scope;
    this.#keep = options.whitespace === 'keep';
    this.#maxLength = options.maxLength ?? defaultMaxLength;
    this.writer = new MessageWriter(!this.#keep);
  }

  nodes(nodes: readonly TemplateNode[]): void {
    if (++this.#depth > maxDepth) this.#stop('too-deep', `Blocks and partials stand in each other more than ${maxDepth} deep.`, nodes[0]?.span);
    for (const node of nodes) {
      if (this.#stopped) break;
      if (this.#spend(1, node.span)) this.#node(node);
      if (this.writer.length > this.#maxLength) this.#stop('too-large', `The rendered prompt is longer than ${this.#maxLength.toLocaleString('en-US')} characters.`, node.span);
      else if (this.writer.segments > maxSegments) this.#stop('too-large', `The rendered prompt has more than ${maxSegments.toLocaleString('en-US')} pieces.`, node.span);
    }
    this.#depth--;
  }

  #node(node: TemplateNode): void {
    switch (node.kind) {
      case 'text':
        return this.writer.text(node.text, this.#origin(node.span));
      case 'value':
        return this.#insert(this.#evaluate(node.path), node.span);
      case 'json': {
        const value = this.#evaluate(node.value);
        return this.#write(() => jsonText(value.data, node.indent), value, node.span);
      }
      case 'if':
        return this.nodes(this.#holds(node) ? node.body : node.otherwise);
      case 'if-equals': {
        const equal = sameJson(this.#evaluate(node.left).data, this.#evaluate(node.right).data, (steps) => this.#spend(steps, node.span));
        return this.nodes(equal !== node.negated ? node.body : node.otherwise);
      }
      case 'each':
        return this.#each(node);
      case 'with':
        return this.#with(node);
      case 'role':
        return this.writer.role(node.role, this.#origin(node.span));
      case 'media':
        return this.#media(node);
      case 'section':
        return this.writer.section(node.name, this.#origin(node.span));
      case 'partial':
        return this.#renderPartial(node);
      case 'comment':
      // The problem "not supported yet" keeps a cell with one of these from being sent.
      case 'history':
      case 'gen':
      case 'select':
        return;
    }
  }

  #insert(value: Value, span: Span): void {
    if (typeof value.data === 'object' && value.data !== null) {
      this.#problem('inserted-as-json', 'This value is a list or an object, and is inserted as compact JSON. `{{json …}}` says so, and can indent it.', span, 'info');
    }
    this.#write(() => insertedText(value.data), value, span);
  }

  #write(text: () => string, value: Value, span: Span): void {
    try {
      this.writer.text(text(), { source: value.source, taint: value.taint, span: this.#at(span) });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#stop('too-deep', 'This value nests too deep, or is too long, to be written as JSON.', span);
    }
  }

  /** Handlebars' truth: null, false, the empty text, 0 and the empty list are false. */
  #holds(node: IfNode): boolean {
    const { data } = this.#evaluate(node.condition);
    const truth = data === 0 ? node.includeZero : Array.isArray(data) ? data.length > 0 : data !== null && data !== false && data !== '';
    return truth !== node.negated;
  }

  #each(node: EachNode): void {
    const list = this.#evaluate(node.list);
    const { data } = list;
    const isList = Array.isArray(data);
    const keys = isObject(data) ? Object.keys(data) : null;
    const count = isList ? data.length : (keys?.length ?? 0);
    if (count === 0) {
      if (!isList && keys === null && data !== null) this.#problem('not-a-list', '`{{#each}}` got neither a list nor an object, and goes through nothing.', node.span, 'warning');
      return this.nodes(node.otherwise);
    }
    // Listing keys and looking each up takes longer than going through a list.
    if (keys !== null && !this.#spend(2 * keys.length, node.span)) return;
    const frame: ItemFrame = { kind: 'item', loop: true, params: node.params, value: nothing, index: 0, key: null, last: false };
    this.#frames.push(frame);
    for (let index = 0; index < count && !this.#stopped; index++) {
      const key = keys === null ? index : keys[index]!;
      const item = keys === null ? (data as readonly Json[])[index]! : (data as JsonObject)[key as string]!;
      frame.value = { data: item, source: list.source, taint: list.taint };
      frame.index = index;
      frame.key = key;
      frame.last = index === count - 1;
      if (this.#spend(1, node.span)) this.nodes(node.body);
    }
    this.#frames.pop();
  }

  #with(node: WithNode): void {
    const value = this.#evaluate(node.value);
    const { data } = value;
    const empty = data === null || data === false || data === '' || (Array.isArray(data) && data.length === 0);
    if (empty) return this.nodes(node.otherwise);
    this.#frames.push({ kind: 'item', loop: false, params: node.params, value, index: 0, key: null, last: true });
    this.nodes(node.body);
    this.#frames.pop();
  }

  #media(node: MediaNode): void {
    const value = this.#evaluate(node.url);
    if (value.data === null || value.data === '') return;
    const type = node.contentType === null ? nothing : this.#evaluate(node.contentType);
    if (typeof value.data === 'string') this.#spend(value.data.length / 100, node.span);
    const url = typeof value.data === 'string' ? value.data.trim() : '';
    if (!isMediaUrl(url)) {
      this.#problem('media-url', noMediaUrl, node.span, 'error');
      return;
    }
    const contentType = typeof type.data === 'string' && type.data !== '' ? type.data : null;
    const origin: Origin = { source: value.source, taint: mergeTaint([value.taint, type.taint]), span: this.#at(node.span) };
    this.writer.media({ url, ...(contentType !== null && { contentType }) }, origin);
  }

  #renderPartial(node: PartialNode): void {
    const body = this.#scope.partial?.(node.name);
    if (body === undefined || this.#partial?.names.includes(node.name)) {
      const problem = body === undefined ? `There is no prompt cell \`${node.name}\`.` : `The partial \`${node.name}\` cannot hold itself.`;
      return this.#problem(body === undefined ? 'unknown-partial' : 'partial-recursion', problem, node.span, 'error');
    }
    const outer = this.#partial;
    const value = node.context === null ? nothing : this.#evaluate(node.context);
    this.#spend(node.hash.length, node.span);
    const hash = new Map(node.hash.map((pair) => [pair.key, this.#evaluate(pair.value)]));
    this.#frames.push({ kind: 'partial', keys: [...hash.keys()], inputs: body.inputs, context: node.context !== null, value, hash, defaults: body.inputs });
    this.#partial = { span: outer?.span ?? node.span, source: { kind: 'cell', name: node.name }, names: [...(outer?.names ?? []), node.name] };
    if (node.indent !== '') this.writer.indent(node.indent);
    this.nodes(body.template.nodes);
    if (node.indent !== '') this.writer.outdent();
    this.#partial = outer;
    this.#frames.pop();
    if (!this.#keep) this.writer.text(node.lineEnd, this.#origin(node.span));
  }

  #evaluate(expression: Expression): Value {
    if (expression.kind === 'literal') return { data: expression.value, source: this.#partial?.source ?? literal, taint: [] };
    return this.#target(locate(expression, this.#frames), expression);
  }

  #target(target: Target, path: Path): Value {
    switch (target.kind) {
      case 'name':
        return part(this.#name(target.name, path), target.fields);
      case 'root':
        return this.#inputs();
      case 'item':
        return part((this.#frames[target.frame] as ItemFrame | PartialFrame).value, target.fields);
      case 'param': {
        const frame = this.#frames[target.frame] as ItemFrame;
        return part(target.param === 0 ? frame.value : { ...frame.value, data: frame.key }, target.fields);
      }
      case 'hash':
        return part((this.#frames[target.frame] as PartialFrame).hash.get(target.key)!, target.fields);
      case 'partial-input': {
        const { outer } = target;
        const given = outer.kind === 'name' && !this.#knows(outer.name) ? nothing : this.#target(outer, path);
        const value = given.data === null ? ((this.#frames[target.frame] as PartialFrame).defaults.get(target.name) ?? nothing) : given;
        return part(value, target.fields);
      }
      case 'overlay':
        return this.#overlay(this.#target(target.outer, path), (this.#frames[target.frame] as PartialFrame).hash, path.span);
      case 'position': {
        const frame = this.#frames[target.frame] as ItemFrame;
        const data = target.which === 'index' ? frame.index : target.which === 'key' ? frame.key : target.which === 'first' ? frame.index === 0 : frame.last;
        return { ...frame.value, data };
      }
      case 'context':
        return part(this.#scope.context?.get(target.name) ?? nothing, target.fields);
      case 'too-far':
      case 'no-loop':
        return nothing;
    }
  }

  #knows(name: string): boolean {
    const { inputs, holes, cells, parameters, row } = this.#scope;
    return Boolean(inputs?.has(name) || holes?.has(name) || cells.has(name) || parameters?.has(name) || row !== undefined);
  }

  /** The fixed order of names: see `resolveNames`. */
  #name(name: string, path: Path): Value {
    const { inputs, holes, cells, parameters, row } = this.#scope;
    if (row !== undefined && name === 'row') return row;
    if (inputs?.has(name)) return inputs.get(name) ?? nothing;
    const found = holes?.get(name) ?? cells.get(name) ?? parameters?.get(name);
    if (found !== undefined) return found;
    if (row !== undefined) return part(row, [name]);
    this.#problem('no-value', `There is no value for \`${name}\`.`, path.span, 'error');
    return nothing;
  }

  #inputs(): Value {
    if (this.#root !== null) return this.#root;
    const data: Record<string, Json> = {};
    const given = [...(this.#scope.inputs ?? [])].flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
    for (const { name, value } of given) setOwn(data, name, value.data);
    this.#root = { data, source: { kind: 'input', name: 'this' }, taint: mergeTaint(given.map(({ value }) => value.taint)) };
    return this.#root;
  }

  /** `this` in a partial: the caller's object with the partial's `key=value`s laid over it, as in Handlebars. */
  #overlay(outer: Value, hash: ReadonlyMap<string, Value>, span: Span): Value {
    if (!isObject(outer.data) && outer.data !== null) return outer;
    const entries = Object.entries(outer.data ?? {});
    // Setting a key takes longer than other steps.
    if (!this.#spend(5 * (entries.length + hash.size), span)) return nothing;
    const data: Record<string, Json> = {};
    for (const [key, value] of entries) setOwn(data, key, value);
    for (const [key, value] of hash) setOwn(data, key, value.data);
    return { data, source: outer.source, taint: mergeTaint([outer.taint, ...[...hash.values()].map((value) => value.taint)]) };
  }

  /** Whether there may be more work. One step is about 0.1 µs. */
  #spend(steps: number, span: Span): boolean {
    this.#steps += steps;
    if (this.#steps > maxSteps) this.#stop('too-large', 'Rendering this prompt takes too many steps: the loops are too long.', span);
    return !this.#stopped;
  }

  /** Of what the template itself says. */
  #origin(span: Span): Origin {
    return { source: this.#partial?.source ?? literal, taint: [], span: this.#at(span) };
  }

  #at(span: Span): Span {
    return this.#partial?.span ?? span;
  }

  #stop(code: string, message: string, span: Span | undefined): void {
    if (!this.#stopped) this.#problem(code, message, span ?? { start: 0, end: 0 }, 'error');
    this.#stopped = true;
  }

  /** Once for each tag, however often a loop comes by. */
  #problem(code: string, message: string, span: Span, severity: Severity): void {
    const at = this.#at(span);
    const key = `${code} ${at.start}`;
    if (this.#seen.has(key)) return;
    if (severity === 'error' ? this.#errors++ >= maxProblems : this.#seen.size >= maxProblems) return;
    this.#seen.add(key);
    this.problems.push({ code, severity, message, span: at });
  }
}

function part(value: Value, fields: readonly string[]): Value {
  return fields.length === 0 ? value : { ...value, data: getPath(value.data, fields) ?? null };
}
