import type { Json } from '../json.ts';
import { jsonDepth, maxJsonDepth } from './json-depth.ts';

/** The longest text, in UTF-16 units, that is repaired: texts are easily made for which the repair takes quadratic time. */
export const maxRepair = 30_000;

/**
 * What broken JSON was most likely meant to be: a missing quote or comma, one comma too many, single quotes, Python's words, comments, an end
 * that was cut. What says that something was left out, and numbers that JSON does not have, are no slips and stay problems. Whoever calls
 * validates the value.
 */
export async function repairJson(text: string): Promise<{ readonly value: Json; readonly text: string } | { readonly problem: string }> {
  if (text.length > maxRepair) return { problem: `The JSON in the answer is broken, and with ${text.length} characters too long to be repaired.` };
  if (jsonDepth(text) > maxJsonDepth) return { problem: `The JSON is nested more than ${maxJsonDepth} levels deep.` };
  const noNumber = /[:[,]\s*(-?(?:NaN|Infinity))\s*[,\]}]/.exec(text);
  if (noNumber !== null) return { problem: `The JSON in the answer is broken: ${noNumber[1]!} is no number in JSON.` };
  if (/[[{,]\s*(?:\.{3}|…)\s*[,\]}]/.test(text)) return { problem: 'The JSON in the answer is broken: "..." stands in it for something left out.' };
  const { jsonrepair } = await import('jsonrepair');
  try {
    const repaired = jsonrepair(text);
    return { value: JSON.parse(repaired) as Json, text: repaired };
  } catch (error) {
    return { problem: `The JSON in the answer is broken and cannot be repaired: ${error instanceof Error ? error.message : String(error)}` };
  }
}
