/**
 * A regular expression that is tested in time linear in the text, by following all ways at once instead of one after the other
 * (K. Thompson, "Regular Expression Search Algorithm", CACM 1968; R. Cox, "Regular Expression Matching: the Virtual Machine Approach",
 * 2009). JavaScript's syntax; back references and look-behind are refused, look-ahead costs a walk of its own.
 */
export interface LinearRegex {
  /** Whether it matches somewhere in `text`. Takes its work from `budget`. @throws BudgetError when that is used up. */
  test(text: string, budget: Budget): boolean;
}

/** Steps that may still be taken. One is about 10 ns. */
export interface Budget {
  left: number;
}

export class BudgetError extends Error {
  override readonly name = 'BudgetError';
}

export function spend(budget: Budget, steps: number): void {
  budget.left -= steps;
  if (budget.left < 0) throw new BudgetError('Too much work.');
}

/** @throws SyntaxError with a message for people where the pattern is invalid, too large, or uses what is not supported. */
export function linearRegex(pattern: string): LinearRegex {
  if (pattern.length > maxPattern) throw new SyntaxError(`it is ${pattern.length} characters long; at most ${maxPattern} are allowed`);
  const program = compile(parse(pattern));
  return { test: (text, budget) => run(program, { text, budget, from: 0, anywhere: true }) };
}

const maxPattern = 2000;
const maxInstructions = 10_000;

type Node =
  | { readonly kind: 'one'; readonly test: (codePoint: number) => boolean }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'ahead'; readonly part: Node; readonly negative: boolean };

type Assertion = 'start' | 'end' | 'boundary' | 'no-boundary';

function parse(pattern: string): Node {
  checkSyntax(pattern);
  let at = 0;

  function choice(): Node {
    const parts = [sequence()];
    while (pattern[at] === '|') {
      at++;
      parts.push(sequence());
    }
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  function sequence(): Node {
    const parts: Node[] = [];
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') parts.push(quantified(term()));
    return { kind: 'sequence', parts };
  }

  function quantified(part: Node): Node {
    const rest = pattern.slice(at, at + 24);
    const found = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/.exec(rest);
    if (!found) return part;
    at += found[0].length;
    const first = found[0][0];
    if (first === '*') return { kind: 'repeat', part, min: 0, max: Infinity };
    if (first === '+') return { kind: 'repeat', part, min: 1, max: Infinity };
    if (first === '?') return { kind: 'repeat', part, min: 0, max: 1 };
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] === '' ? Infinity : Number(found[3]);
    return { kind: 'repeat', part, min, max };
  }

  function term(): Node {
    const char = pattern[at]!;
    if (char === '(') return group();
    if (char === '^' || char === '$') {
      at++;
      return { kind: 'assert', what: char === '^' ? 'start' : 'end' };
    }
    if (char === '[') return atom(classEnd());
    if (char === '\\') return escape();
    if (char === '.') return atom(at + 1);
    const codePoint = pattern.codePointAt(at)!;
    at += codePoint > 0xffff ? 2 : 1;
    return { kind: 'one', test: (other) => other === codePoint };
  }

  function group(): Node {
    const opening = /^\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?/.exec(pattern.slice(at, at + 200))![0];
    if (opening === '(?<=' || opening === '(?<!') throw new SyntaxError('look-behind is not supported here');
    if (opening === '(' && pattern[at + 1] === '?') throw new SyntaxError('flags inside of a group are not supported here');
    at += opening.length;
    const part = choice();
    at++;
    return opening === '(?=' || opening === '(?!' ? { kind: 'ahead', part, negative: opening === '(?!' } : part;
  }

  function escape(): Node {
    const rest = pattern.slice(at, at + 60);
    if (rest[1] === 'b' || rest[1] === 'B') {
      at += 2;
      return { kind: 'assert', what: rest[1] === 'b' ? 'boundary' : 'no-boundary' };
    }
    if (/^\\(?:[1-9]|k<)/.test(rest)) throw new SyntaxError('back references are not supported here');
    const found = /^\\(?:u\{[0-9a-f]+\}|u[0-9a-f]{4}\\u[0-9a-f]{4}|u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|p\{[^}]*\}|[^])/isu.exec(rest)![0];
    // Only a pair of surrogates is one character; two escapes of other letters are two.
    const pair = /^\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})$/i.test(found);
    return atom(at + (/^\\u[0-9a-f]{4}\\u/i.test(found) && !pair ? 6 : found.length));
  }

  /** What matches one character is left to the engine: that takes no time to speak of. */
  function atom(end: number): Node {
    const one = character(pattern.slice(at, end));
    at = end;
    const ascii = new Uint8Array(128);
    return {
      kind: 'one',
      test: (codePoint) => {
        if (codePoint >= 128) return one.test(String.fromCodePoint(codePoint));
        if (ascii[codePoint] === 0) ascii[codePoint] = one.test(String.fromCharCode(codePoint)) ? 2 : 1;
        return ascii[codePoint] === 2;
      },
    };
  }

  function classEnd(): number {
    let end = at + 1;
    while (pattern[end] !== ']') end += pattern[end] === '\\' ? 2 : 1;
    return end + 1;
  }

  return choice();
}

/** Older patterns such as `\\-`, which flag `u` does not allow, are JavaScript too. */
function checkSyntax(pattern: string): void {
  try {
    new RegExp(pattern, 'u');
  } catch {
    try {
      new RegExp(pattern);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new SyntaxError(message.slice(message.lastIndexOf(': ') + 2).replace(/^Invalid/, 'invalid'), { cause: error });
    }
  }
}

/** A character is a code point wherever that can be, so that an old escape elsewhere in a pattern does not take `😀` apart. */
function character(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, 'u');
  } catch {
    return new RegExp(`^(?:${source})$`);
  }
}

type Instruction =
  | { readonly op: 'one'; readonly test: (codePoint: number) => boolean }
  | { readonly op: 'split'; readonly to: readonly number[] }
  | { readonly op: 'assert'; readonly what: Assertion }
  | { readonly op: 'ahead'; readonly program: Program; readonly negative: boolean }
  | { readonly op: 'match' };

type Program = readonly Instruction[];

/** `size` counts the instructions of a whole pattern, look-aheads included. */
function compile(root: Node, size = { count: 0 }): Program {
  const program: Instruction[] = [];
  const push = (instruction: Instruction): number => {
    if (++size.count > maxInstructions) throw new SyntaxError('its repetitions make it too large');
    return program.push(instruction) - 1;
  };
  const emit = (node: Node): void => {
    switch (node.kind) {
      case 'one':
        push({ op: 'one', test: node.test });
        return;
      case 'assert':
        push({ op: 'assert', what: node.what });
        return;
      case 'ahead':
        push({ op: 'ahead', program: compile(node.part, size), negative: node.negative });
        return;
      case 'sequence':
        node.parts.forEach(emit);
        return;
      case 'choice': {
        const to: number[] = [];
        push({ op: 'split', to });
        const ends: number[][] = [];
        for (const part of node.parts) {
          to.push(program.length);
          emit(part);
          const end: number[] = [];
          push({ op: 'split', to: end });
          ends.push(end);
        }
        for (const end of ends) end.push(program.length);
        return;
      }
      case 'repeat': {
        for (let count = 0; count < node.min; count++) copy(node.part);
        if (node.max === Infinity) {
          const to: number[] = [];
          const loop = push({ op: 'split', to });
          to.push(program.length);
          copy(node.part);
          push({ op: 'split', to: [loop] });
          to.push(program.length);
        } else {
          const exits: number[][] = [];
          for (let count = node.min; count < node.max; count++) {
            const to = [program.length + 1];
            push({ op: 'split', to });
            exits.push(to);
            copy(node.part);
          }
          for (const exit of exits) exit.push(program.length);
        }
      }
    }
  };
  /** A part that adds nothing could be copied for ever. */
  const copy = (part: Node): void => {
    const before = program.length;
    emit(part);
    if (program.length === before) push({ op: 'split', to: [before + 1] });
  };
  emit(root);
  push({ op: 'match' });
  return program;
}

interface Walk {
  readonly text: string;
  readonly budget: Budget;
  readonly from: number;
  /** Whether it may begin behind `from` too. */
  readonly anywhere: boolean;
}

function run(program: Program, { text, budget, from, anywhere }: Walk): boolean {
  spend(budget, program.length);
  const seen = new Int32Array(program.length).fill(-1);
  let current: number[] = [];
  const stack: number[] = [];
  /** Follows everything that takes no character. Whether the end of the program was reached. */
  const follow = (start: number, at: number, into: number[]): boolean => {
    stack.length = 0;
    stack.push(start);
    while (stack.length > 0) {
      const index = stack.pop()!;
      if (seen[index] === at) continue;
      seen[index] = at;
      spend(budget, 1);
      const instruction = program[index]!;
      switch (instruction.op) {
        case 'match':
          return true;
        case 'one':
          into.push(index);
          break;
        case 'split':
          for (let next = instruction.to.length - 1; next >= 0; next--) stack.push(instruction.to[next]!);
          break;
        case 'assert':
          if (holds(instruction.what, text, at)) stack.push(index + 1);
          break;
        case 'ahead':
          if (run(instruction.program, { text, budget, from: at, anywhere: false }) !== instruction.negative) stack.push(index + 1);
      }
    }
    return false;
  };
  for (let at = from; ; ) {
    if ((anywhere || at === from) && follow(0, at, current)) return true;
    if (at >= text.length || (current.length === 0 && !anywhere)) return false;
    const codePoint = text.codePointAt(at)!;
    at += codePoint > 0xffff ? 2 : 1;
    const next: number[] = [];
    spend(budget, current.length + 1);
    for (const index of current) {
      const instruction = program[index]!;
      if (instruction.op === 'one' && instruction.test(codePoint) && follow(index + 1, at, next)) return true;
    }
    current = next;
  }
}

function holds(what: Assertion, text: string, at: number): boolean {
  if (what === 'start') return at === 0;
  if (what === 'end') return at === text.length;
  const boundary = isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at));
  return boundary === (what === 'boundary');
}

function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
}
