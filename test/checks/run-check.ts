import type { CheckContext, CheckSubject, CodeCheck, Verdict } from '../../src/core/checks/check.ts';
import type { CountKind, Model } from '../../src/core/models/model.ts';
import type { OptionNode } from '../../src/core/prompt/options.ts';
import { checkNames, codeChecks } from '../../src/core/checks/index.ts';
import { parseChecks } from '../../src/core/checks/parse.ts';
import { parseOptions } from '../../src/core/prompt/front-matter.ts';

/** The node of `check:` in options that are written as in a cell. Problems of the YAML itself are left out. */
export function checkNode(yaml: string): OptionNode {
  const { root } = parseOptions(yaml, 0, { check: checkNames });
  const entry = root?.entries?.find((candidate) => candidate.key === 'check');
  if (entry === undefined) throw new Error(`There is no \`check:\` in ${yaml}`);
  return entry.node;
}

/** What the one check of `- …` says of an answer. Problems are thrown. */
export async function verdict(item: string, answer: string | CheckSubject, context: Partial<CheckContext> = {}): Promise<Verdict> {
  const { checks, problems } = parseChecks(checkNode(`check:\n  - ${item}\n`));
  if (problems.length > 0) throw new Error(problems[0]!.message);
  const [check] = checks;
  if (check?.kind !== 'code') throw new Error(`${item} is no check by code`);
  return check.run(typeof answer === 'string' ? { text: answer, value: answer } : answer, checkContext(context));
}

/** The messages of what is wrong with the one check of `- …`. */
export function problemsOf(item: string): readonly string[] {
  return parseChecks(checkNode(`check:\n  - ${item}\n`)).problems.map((problem) => problem.message);
}

/** Words as tokens, and regular expressions on the spot. */
export function checkContext(context: Partial<CheckContext> = {}): CheckContext {
  return { model: countingModel(), signal: new AbortController().signal, matches: async (pattern, flags, text) => new RegExp(pattern, flags).test(text), ...context };
}

export function countingModel(kind: CountKind = 'exact'): Model {
  const countTokens: Model['countTokens'] = async (input) => ({ tokens: (input as string).split(/\s+/).filter((word) => word !== '').length, kind });
  return { countTokens } as unknown as Model;
}

export function codeCheck(name: string): CodeCheck {
  return codeChecks.find((check) => check.name === name)!;
}
