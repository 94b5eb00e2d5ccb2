import type { Json } from '../json.ts';
import type { CheckSubject, CodeCheck, Verdict } from './check.ts';
import { argumentProblem, quoted, shorten, withLf } from './argument.ts';
import { jsonDepth, maxJsonDepth } from '../values/json-depth.ts';
import { sameJson } from '../values/same-json.ts';

/** What the answer must equal: a text as written, or, for a list or a map, a JSON value. */
export type Expected = { readonly text: string } | { readonly json: Json };

/**
 * The answer is this text and nothing else. White space at both ends does not count. A list or map is compared as a JSON value with the
 * answer's value, or with its text read as JSON.
 */
export const equals: CodeCheck<Expected> = {
  name: 'equals',
  doc: 'The answer is exactly this text, apart from white space at both ends. A list or a map is compared as a JSON value.',
  example: 'yes',
  argument: 'needed',
  parse: (argument) => {
    if (argument.source !== null) return { value: { text: withLf(argument.source).trim() } };
    if (argument.value === null) return argumentProblem(argument, '`equals` needs a value; for an empty answer write it as `""`.');
    return { value: { json: argument.value } };
  },
  title: (expected) => `equals: ${shorten('text' in expected ? expected.text : JSON.stringify(expected.json))}`,
  run: async (expected, subject) => ('text' in expected ? sameText(expected.text, subject) : sameValue(expected.json, subject)),
};

function sameText(wanted: string, { text, value }: CheckSubject): Verdict {
  // A cell with `output` has a value of its own: the number 7, or a text that stands in quotes in the answer.
  const candidates = [text, ...(typeof value === 'string' ? [value] : isScalar(value) ? [JSON.stringify(value)] : [])];
  const passed = candidates.some((candidate) => withLf(candidate).trim() === wanted);
  if (passed) return { passed, reason: `The answer is ${quoted(wanted)}.` };
  return { passed, reason: `The answer is ${quoted(candidates.at(-1)!)}, not ${quoted(wanted)}.` };
}

function sameValue(wanted: Json, { text, value }: CheckSubject): Verdict {
  let actual = value;
  if (typeof value === 'string' || value === null) {
    if (jsonDepth(text) > maxJsonDepth) return { passed: false, reason: 'The answer is nested too deeply to be compared.' };
    try {
      actual = JSON.parse(text) as Json;
    } catch {
      return { passed: false, reason: `The answer is not JSON, and must equal ${shorten(JSON.stringify(wanted))}.` };
    }
  }
  if (sameJson(actual, wanted)) return { passed: true, reason: 'The answer is the same JSON value.' };
  return { passed: false, reason: `The answer is ${shorten(JSON.stringify(actual))}, not ${shorten(JSON.stringify(wanted))}.` };
}

function isScalar(value: Json): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}
