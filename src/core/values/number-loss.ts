import type { OptionNode } from '../prompt/options.ts';
import type { Problem } from '../problem.ts';
import { quoteYaml } from '../prompt/yaml-quote.ts';

/** What is lost when a number's source becomes the number; null when nothing is. */
export function numberLoss(source: string, value: number): string | null {
  if (!Number.isFinite(value)) return `\`${short(source)}\` is no number in JSON`;
  if (/^[-+]?0[0-9]/.test(source)) return `\`${short(source)}\` would be the number ${value}`;
  if (/^(?:[-+]?[0-9]+|0x[0-9a-f]+|0o[0-7]+)$/i.test(source) && BigInt(source.replace('+', '')) !== BigInt(value)) return `The number \`${short(source)}\` has more digits than a number keeps`;
  return null;
}

/** A warning where an unquoted number in options is taken as a value and loses something. */
export function lossProblem(node: OptionNode): Problem | null {
  if (typeof node.value !== 'number' || node.source === null || node.quoted) return null;
  const loss = numberLoss(node.source, node.value);
  if (loss === null) return null;
  return { code: 'yaml-number', severity: 'warning', message: `${loss}: quote it to keep it as it is.`, span: node.span, fix: { title: 'Quote it', span: node.span, text: quoteYaml(node.source) } };
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
