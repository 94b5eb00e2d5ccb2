import type { Path } from './tree.ts';

/**
 * Where a path of a template leads, decided by the template alone: the same rules for the check of names before a run and for
 * rendering, so that no data can change what a name means.
 */
export type Target =
  /** A name of the notebook or cell, to be found by the fixed order; `fields` is what follows. */
  | { readonly kind: 'name'; readonly name: string; readonly fields: readonly string[] }
  /** `this` outside of all blocks: the object of the inputs. */
  | { readonly kind: 'root' }
  /** The item of the frame at `frame`, or a field of it. */
  | { readonly kind: 'item'; readonly frame: number; readonly fields: readonly string[] }
  /** The item (0) or its index (1) under a name of its own: `as |row index|`. */
  | { readonly kind: 'param'; readonly frame: number; readonly param: number; readonly fields: readonly string[] }
  /** A `key=value` of the partial at `frame`. */
  | { readonly kind: 'hash'; readonly frame: number; readonly key: string; readonly fields: readonly string[] }
  /** A name that the partial at `frame` declares as its input: the value is the caller's `outer`, or else its default. */
  | { readonly kind: 'partial-input'; readonly frame: number; readonly name: string; readonly outer: Target; readonly fields: readonly string[] }
  /** `this` in a partial with `key=value`s: the caller's `outer` with these laid over. */
  | { readonly kind: 'overlay'; readonly frame: number; readonly outer: Target }
  /** `@index`, `@key`, `@first`, `@last` of the frame. */
  | { readonly kind: 'position'; readonly frame: number; readonly which: Position }
  /** Another `@name`: a value of the run's context. */
  | { readonly kind: 'context'; readonly name: string; readonly fields: readonly string[] }
  /** `../` reaches out of everything. */
  | { readonly kind: 'too-far' }
  /** `@index` and its kind where no `#each` is around. */
  | { readonly kind: 'no-loop'; readonly which: Position };

export type Position = 'index' | 'key' | 'first' | 'last';

/** What surrounds a place in a template. The first frame is the root. */
export type Frame =
  | { readonly kind: 'root' }
  | { readonly kind: 'item'; readonly loop: boolean; readonly params: readonly string[] }
  | {
      readonly kind: 'partial';
      /** The keys of its `key=value`s. */
      readonly keys: readonly string[];
      /** The inputs that the partial's cell declares. */
      readonly inputs: { has(name: string): boolean };
      /** Whether a value was given that it stands in, as in `{{#with}}`. */
      readonly context: boolean;
    };

const positions: readonly string[] = ['index', 'key', 'first', 'last'] satisfies Position[];

export function locate(path: Path, frames: readonly Frame[]): Target {
  const names = path.segments.map((segment) => segment.name);
  if (path.data) return locateData(path, names, frames);
  let frame = frames.length - 1;
  for (let up = 0; up < path.up; up++) {
    const outer = outside(frames, frame);
    if (outer === null) return { kind: 'too-far' };
    frame = outer;
  }
  const [name, ...fields] = names;
  if (name === undefined) return here(frames, frame);
  return path.here ? field(frames, frame, { name, fields }) : bare(frames, frame, { name, fields });
}

interface Name {
  readonly name: string;
  readonly fields: readonly string[];
}

function locateData(path: Path, names: readonly string[], frames: readonly Frame[]): Target {
  const [name, ...fields] = names;
  if (name === undefined) return { kind: 'too-far' };
  if (name === 'root' && path.up === 0) return fields.length === 0 ? { kind: 'root' } : { kind: 'name', name: fields[0]!, fields: fields.slice(1) };
  if (!positions.includes(name)) return { kind: 'context', name, fields };
  const which = name as Position;
  let loops = path.up;
  for (let frame = frames.length - 1; frame >= 0; frame--) {
    const candidate = frames[frame]!;
    if (candidate.kind === 'item' && candidate.loop && loops-- === 0) return { kind: 'position', frame, which };
  }
  return { kind: 'no-loop', which };
}

/** The frame around the innermost one that changes what `this` is; null at the root. */
function outside(frames: readonly Frame[], frame: number): number | null {
  let at = frame;
  while (at > 0 && !changesThis(frames[at]!)) at--;
  return at === 0 ? null : at - 1;
}

function changesThis(frame: Frame): boolean {
  return frame.kind === 'item' || (frame.kind === 'partial' && (frame.context || frame.keys.length > 0));
}

function here(frames: readonly Frame[], at: number): Target {
  const frame = frames[at]!;
  if (frame.kind === 'root') return { kind: 'root' };
  if (frame.kind === 'item') return { kind: 'item', frame: at, fields: [] };
  const outer: Target = frame.context ? { kind: 'item', frame: at, fields: [] } : here(frames, at - 1);
  return frame.keys.length === 0 ? outer : { kind: 'overlay', frame: at, outer };
}

/** `this.x`: a field, whatever names the blocks around have given. */
function field(frames: readonly Frame[], at: number, wanted: Name): Target {
  const frame = frames[at]!;
  if (frame.kind === 'item') return { kind: 'item', frame: at, fields: [wanted.name, ...wanted.fields] };
  return bare(frames, at, wanted);
}

/** A bare name: what the block around calls its item; the item's field; in a partial its own order; else a name of the notebook. */
function bare(frames: readonly Frame[], at: number, wanted: Name): Target {
  const { name, fields } = wanted;
  for (let frame = at; frame > 0 && frames[frame]!.kind === 'item'; frame--) {
    const { params } = frames[frame] as Extract<Frame, { kind: 'item' }>;
    const param = params.indexOf(name);
    if (param >= 0) return { kind: 'param', frame, param, fields };
  }
  const frame = frames[at]!;
  if (frame.kind === 'root') return { kind: 'name', name, fields };
  if (frame.kind === 'item') return { kind: 'item', frame: at, fields: [name, ...fields] };
  if (frame.keys.includes(name)) return { kind: 'hash', frame: at, key: name, fields };
  const declared = frame.inputs.has(name);
  const outer: Target = frame.context ? { kind: 'item', frame: at, fields: [name] } : bare(frames, at - 1, { ...wanted, fields: [] });
  if (declared) return { kind: 'partial-input', frame: at, name, outer, fields };
  return withFields(outer, fields);
}

function withFields(target: Target, fields: readonly string[]): Target {
  return 'fields' in target ? { ...target, fields: [...target.fields, ...fields] } : target;
}
