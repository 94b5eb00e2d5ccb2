import { add, bounded, CalculationError, constants, divide, floorDivide, modulo, multiply, negate, power, real, showReal, subtract, type Real } from './real.ts';
import { factorial, functions } from './functions.ts';
import { didYouMean } from '../../did-you-mean.ts';
import { tokens, type Token } from './lexer.ts';

/** The longest expression, in characters, and the deepest nesting of parentheses and signs. */
export const maxExpression = 2000;
const maxDepth = 100;

/**
 * The value of an arithmetic expression as text. Sums, differences, products and whole powers of decimals are exact; quotients are where
 * they end. A precedence climbing ("Pratt") parser (V. Pratt, "Top Down Operator Precedence", POPL 1973) that calculates as it reads.
 * Every expression takes a bounded time. @throws CalculationError that says what is wrong, and where.
 */
export function evaluate(expression: string): string {
  if (expression.length > maxExpression) throw new CalculationError(`The expression is ${expression.length} characters long; at most ${maxExpression} are allowed. Split it.`);
  const list = tokens(expression.replace(/=\s*$/, ''));
  if (list[0]!.kind === 'end') throw new CalculationError('The expression is empty.');
  const parser = new Parser(list);
  const result = parser.expression(0);
  parser.expectEnd();
  return showReal(result);
}

interface Infix {
  readonly strength: number;
  /** The strength that the right side is read with: lower than its own where operators group to the right. */
  readonly right: number;
  apply(left: Real, right: Real): Real;
}

const infix: Readonly<Record<string, Infix>> = {
  '+': { strength: 10, right: 10, apply: add },
  '-': { strength: 10, right: 10, apply: subtract },
  '*': { strength: 20, right: 20, apply: multiply },
  x: { strength: 20, right: 20, apply: multiply },
  of: { strength: 20, right: 20, apply: multiply },
  '/': { strength: 20, right: 20, apply: divide },
  '//': { strength: 20, right: 20, apply: floorDivide },
  '%': { strength: 20, right: 20, apply: modulo },
  mod: { strength: 20, right: 20, apply: modulo },
  // -2^2 is -4, 2^-2 is 0.25, 2^3^2 is 2^9.
  '^': { strength: 40, right: 39, apply: power },
};
const signStrength = 30;

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(list: readonly Token[]) {
    this.#tokens = list;
  }

  expression(strength: number): Real {
    if (++this.#depth > maxDepth) throw new CalculationError(`The expression is nested more than ${maxDepth} levels deep.`);
    let left = this.#operand();
    for (;;) {
      const postfix = this.#postfix(left);
      if (postfix !== null) {
        left = postfix;
        continue;
      }
      const operator = infixOf(this.#next);
      if (operator === undefined || operator.strength <= strength) break;
      const token = this.#take();
      const right = this.expression(operator.right);
      left = at(token, () => operator.apply(left, right));
    }
    this.#depth--;
    return left;
  }

  expectEnd(): void {
    const token = this.#next;
    if (token.kind === 'end') return;
    if (token.kind === 'operator' && token.text === ')') throw new CalculationError(`There is no opening parenthesis for the ")" at position ${token.position}.`);
    throw new CalculationError(`Expected an operator before ${JSON.stringify(token.written)} at position ${token.position}${token.text === '(' || token.kind === 'name' ? ': a product is written with *' : ''}.`);
  }

  #operand(): Real {
    const token = this.#take();
    if (token.kind === 'number') return bounded(real(token.text).n, true);
    if (token.kind === 'name') return this.#name(token);
    if (token.text === '-') return negate(this.expression(signStrength));
    if (token.text === '+') return this.expression(signStrength);
    if (token.text === '(') {
      const inner = this.expression(0);
      this.#close(token);
      return inner;
    }
    throw new CalculationError(token.kind === 'end' ? 'The expression ends where a number is expected.' : `Expected a number instead of ${JSON.stringify(token.written)} at position ${token.position}.`);
  }

  /** `5!`, and `20%` where no operand follows: 7 % 3 is a remainder. */
  #postfix(left: Real): Real | null {
    const token = this.#next;
    if (token.kind !== 'operator' || (token.text !== '!' && token.text !== '%')) return null;
    if (token.text === '%' && this.#isRemainder(token)) return null;
    this.#take();
    return token.text === '!' ? at(token, () => factorial(left)) : divide(left, real(100));
  }

  /** `7 % 3` and `7%3` are remainders, `7%`, `7% * 3` and `7% - 3` have a percentage. */
  #isRemainder(percent: Token): boolean {
    const after = this.#tokens[this.#at + 1]!;
    const sign = after.text === '-' || after.text === '+';
    const operand = after.kind === 'number' || after.text === '(' || (after.kind === 'name' && !Object.hasOwn(infix, after.text));
    if (sign ? percent.spaced : operand && after.spaced && !percent.spaced) {
      throw new CalculationError(`The % at position ${percent.position} can be read as a remainder or as a percentage: write mod(a, b) for the one, (a/100) for the other.`);
    }
    return operand;
  }

  #name(token: Token): Real {
    const isCall = this.#next.text === '(';
    if (isCall && Object.hasOwn(functions, token.text)) return this.#call(token);
    if (!isCall && Object.hasOwn(constants, token.text)) return constants[token.text]!;
    if (Object.hasOwn(functions, token.text)) throw new CalculationError(`${token.text} at position ${token.position} is a function: write ${token.text}(…).`);
    const near = didYouMean(token.text, [...Object.keys(functions), ...Object.keys(constants)]);
    const known = `There are ${Object.keys(functions).join(', ')}, and the constants ${Object.keys(constants).join(', ')}.`;
    throw new CalculationError(`Unknown name ${JSON.stringify(token.written.slice(0, 50))} at position ${token.position}. ${near ? `Did you mean ${near}?` : known}`);
  }

  #call(token: Token): Real {
    const { least, most, apply } = functions[token.text]!;
    const opening = this.#take();
    const args: Real[] = [];
    if (this.#next.text !== ')') {
      args.push(this.expression(0));
      while (this.#next.text === ',') {
        this.#take();
        args.push(this.expression(0));
      }
    }
    this.#close(opening);
    if (args.length < least || args.length > most) {
      const wanted = least === most ? String(least) : most > 100 ? `at least ${least}` : `${least} to ${most}`;
      throw new CalculationError(`${token.text} takes ${wanted} argument${/\b1$/.test(wanted) ? '' : 's'}, not ${args.length}.`);
    }
    return at(token, () => apply(args));
  }

  #close(opening: Token): void {
    if (this.#next.text === ')') {
      this.#take();
      return;
    }
    if (this.#next.kind === 'end') throw new CalculationError(`The "(" at position ${opening.position} is not closed.`);
    this.expectEnd();
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #take(): Token {
    const token = this.#next;
    if (token.kind !== 'end') this.#at++;
    return token;
  }
}

function infixOf(token: Token): Infix | undefined {
  return (token.kind === 'operator' || token.kind === 'name') && Object.hasOwn(infix, token.text) ? infix[token.text] : undefined;
}

/** Says where in the expression a calculation went wrong. */
function at<T>(token: Token, calculate: () => T): T {
  try {
    return calculate();
  } catch (error) {
    if (error instanceof CalculationError) throw new CalculationError(error.message.replace(/\.?$/, ` (at position ${token.position}).`));
    throw error;
  }
}
