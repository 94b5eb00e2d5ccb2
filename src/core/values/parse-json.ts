import type { Json } from '../json.ts';
import { isObject } from '../json.ts';
import { codeBlocks } from '../checks/code-blocks.ts';
import { jsonDepth, maxJsonDepth } from './json-depth.ts';
import { maxRepair, repairJson } from './repair-json.ts';

/** Where in a model's answer the JSON was found: the whole text, a code fence, between other words, or only after a repair. */
export type JsonSource = 'exact' | 'fence' | 'embedded' | 'repaired';

export type JsonAnswer = { readonly value: Json; readonly how: JsonSource } | { readonly problem: string };

/** The longest text, in UTF-16 units, that is read as JSON. */
const maxLength = 32_000_000;
const numberProblem = 'A number in the JSON is too large.';
/** How many openings of a bracket in prose are tried, and how many code fences. */
const maxPieces = 50;
const maxFences = 1000;

/**
 * Reads JSON out of a model's answer: the whole text; else what stands in a code fence; else values between other words, in order; else the
 * first of these that a repair makes JSON of (a missing quote, a comma too many, an end that was cut). With `fits` the first that fits is
 * taken, where one does. The caller validates what comes out, above all after a repair.
 */
export async function parseJsonAnswer(text: string, fits: (value: Json) => boolean = () => true): Promise<JsonAnswer> {
  if (text.length > maxLength) return { problem: `The answer has ${text.length} characters; JSON of at most ${maxLength} is read.` };
  if (text.trim() === '') return { problem: 'The answer is empty.' };
  let problem: string | undefined;
  let second: JsonAnswer | undefined;
  let repairs = maxRepair;
  for (const piece of inOrder(findPieces(text))) {
    let read: JsonAnswer;
    if ('value' in piece) read = { value: piece.value, how: piece.how };
    else {
      read = repairs < 0 ? { problem: 'There is too much broken JSON in the answer.' } : await repair(piece.text);
      repairs -= piece.text.length;
    }
    if ('problem' in read) problem ??= read.problem;
    else if (fits(read.value)) return read;
    else second ??= read;
  }
  return second ?? { problem: problem ?? 'There is no JSON in the answer.' };
}

/** What is whole before what must be repaired, and a citation such as [1] only where nothing else is. */
function inOrder(pieces: readonly Piece[]): readonly Piece[] {
  const rank = (piece: Piece): number => (piece.how === 'embedded' && /^\[\d+(?:, ?\d+)*\]$/.test(piece.text) ? 2 : 'value' in piece ? 0 : 1);
  return [0, 1, 2].flatMap((wanted) => pieces.filter((piece) => rank(piece) === wanted));
}

export interface JsonCandidate {
  readonly text: string;
  readonly value: Json;
  readonly how: 'exact' | 'fence' | 'embedded';
}

/** Every whole JSON value in a text, without repairs: the text itself, or those in fences, or those between other words. */
export function jsonCandidates(text: string): readonly JsonCandidate[] {
  if (text.length > maxLength) return [];
  return findPieces(text).flatMap((piece) => ('value' in piece ? [piece] : []));
}

/** A stretch of the answer that is JSON, or was meant to be. */
type Piece = JsonCandidate | { readonly text: string; readonly how: JsonCandidate['how']; readonly problem: string };

function findPieces(text: string): readonly Piece[] {
  const trimmed = text.replace(/^\ufeff/, '').trim();
  const whole = parse(trimmed, 'exact');
  if ('value' in whole) return [whole];
  const fenced = codeBlocks(text).blocks.slice(0, maxFences).map((block) => parse(block.content.trim(), 'fence')).filter((piece) => 'value' in piece || looksLikeJson(piece.text, 0));
  if (fenced.length > 0) return fenced;
  return embeddedPieces(trimmed);
}

function parse(text: string, how: JsonCandidate['how']): Piece {
  if (jsonDepth(text) > maxJsonDepth) return { text, how, problem: `The JSON is nested more than ${maxJsonDepth} levels deep.` };
  try {
    const value = JSON.parse(text) as Json;
    if (/[eE]\+?\d{3}/.test(text) && holdsInfinity(value)) return { text, how, problem: numberProblem };
    return { text, how, value };
  } catch (error) {
    return { text, how, problem: `The answer is not JSON: ${error instanceof Error ? error.message : String(error)}.` };
  }
}

/** `JSON.parse` reads `1e999` as Infinity, which no JSON can hold. The depth has been checked before. */
function holdsInfinity(value: Json): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (Array.isArray(value)) return (value as readonly Json[]).some(holdsInfinity);
  return isObject(value) && Object.values(value).some(holdsInfinity);
}

/**
 * Objects and lists between other words, in order. What begins like JSON and does not parse is kept as one piece: a part of a broken value
 * must not be taken for the value.
 */
function embeddedPieces(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  // Each opening bracket may be looked at to the end of the text; the sum is bounded, or many brackets would take quadratic time.
  let budget = 4 * text.length + 1000;
  const openings = /[[{]/g;
  while (pieces.length < maxPieces && budget > 0) {
    const found = openings.exec(text);
    if (found === null) break;
    if (!looksLikeJson(text, found.index)) continue;
    const end = balancedEnd(text, found.index);
    budget -= end - found.index;
    const piece = parse(text.slice(found.index, end), 'embedded');
    pieces.push(piece);
    openings.lastIndex = end;
  }
  return pieces;
}

/** Whether a bracket at `at` opens JSON, or something that a repair could make JSON: not `[see above]`, not `{name}`. */
function looksLikeJson(text: string, at: number): boolean {
  const start = text.slice(at, at + 200);
  // Where blanks alone are seen, what comes behind them decides later.
  if (start.length === 200 && start.slice(1).trim() === '') return true;
  return /^\{\s*(?:["'`“”‘’}]|[\p{L}_$][\p{L}\p{N}_$-]*\s*:)/u.test(start) || /^\[\s*(?:[[{"'`“”‘’\]\d]|-\d|(?:true|false|null)\s*[,\]])/u.test(start);
}

/** Where the bracket at `start` closes, strings skipped; the text's end where it does not. */
function balancedEnd(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 92) at++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 91 || code === 123) depth++;
    else if ((code === 93 || code === 125) && --depth === 0) return at + 1;
  }
  return text.length;
}

async function repair(text: string): Promise<JsonAnswer> {
  const read = await repairJson(text);
  if ('problem' in read) return read;
  // A repair of mere words makes a string of them.
  if (typeof read.value !== 'object' || read.value === null) return { problem: 'There is no JSON in the answer.' };
  return holdsInfinity(read.value) ? { problem: numberProblem } : { value: read.value, how: 'repaired' };
}
