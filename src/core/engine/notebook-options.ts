import type { OptionNode } from '../prompt/options.ts';
import { parseParams, type ParamDeclaration } from '../values/params.ts';
import { bad, readText, unknownKey } from '../techniques/read.ts';
import { budget, type Budget } from '../techniques/budget.ts';
import { cache, type CacheMode } from '../techniques/cache.ts';
import { checkDefaults } from '../techniques/read-options.ts';
import { limits } from '../techniques/limits.ts';
import { model } from '../techniques/model.ts';
import { checkNames } from '../checks/index.ts';
import type { Limits } from './meter.ts';
import { parseOptions } from '../prompt/front-matter.ts';
import type { Problem } from '../problem.ts';

/** The version of the language that this program runs. */
export const languageVersion = 1;

/** What a notebook's front matter says. */
export interface NotebookOptions {
  readonly title: string | null;
  readonly model: string | undefined;
  readonly params: readonly ParamDeclaration[];
  readonly budget: Budget | undefined;
  readonly limits: Limits | undefined;
  readonly cache: CacheMode | undefined;
  readonly defaults: OptionNode | null;
  /** Problems of severity error keep every cell from being sent. Spans are offsets into the front matter's text. */
  readonly problems: readonly Problem[];
}

/** Options whose values are lists of sentences, which YAML reads its own way. */
export const sentenceLists: Readonly<Record<string, readonly string[]>> = { check: checkNames };

const known = ['promptnb', 'title', 'model', 'params', 'budget', 'limits', 'cache', 'mcp', 'models', 'defaults'];
const later = ['mcp', 'models'];

/** Reads the YAML between the `---` lines at the start of a notebook. */
export function readNotebookOptions(yaml: string): NotebookOptions {
  const { root, problems: yamlProblems } = parseOptions(yaml, 0, sentenceLists);
  const problems: Problem[] = [...yamlProblems];
  const nodes = new Map<string, OptionNode>();
  for (const entry of root?.entries ?? []) {
    if (entry.key.startsWith('x-')) continue;
    if (later.includes(entry.key)) {
      problems.push({ code: 'not-supported-yet', severity: 'error', message: `\`${entry.key}\` in a notebook is not supported yet.${entry.key === 'models' ? ' Put models into promptnb.config.yaml.' : ''}`, span: entry.keySpan });
    } else if (known.includes(entry.key)) nodes.set(entry.key, entry.node);
    else problems.push(unknownKey(entry, 'A notebook', known));
  }
  const read = <V>(name: string, parse: (node: OptionNode) => { readonly value: V | undefined; readonly problems: readonly Problem[] }): V | undefined => {
    const node = nodes.get(name);
    if (node === undefined) return undefined;
    const { value, problems: found } = parse(node);
    problems.push(...found);
    return value;
  };
  read('promptnb', readVersion);
  const defaults = nodes.get('defaults') ?? null;
  if (defaults !== null) problems.push(...checkDefaults(defaults));
  return {
    title: read('title', (node) => readText(node, '`title`')) ?? null,
    model: read('model', (node) => model.parse(node)),
    params: read('params', (node) => {
      const { params, problems: found } = parseParams(node);
      return { value: params, problems: found };
    }) ?? [],
    budget: read('budget', (node) => budget.parse(node)),
    limits: read('limits', (node) => limits.parse(node)),
    cache: read('cache', (node) => cache.parse(node)),
    defaults,
    // What else seems wrong may be right in that version.
    problems: problems.some(isNewer) ? problems.filter(isNewer) : problems,
  };
}

/** Whether the problem is that the notebook is written for a later version. */
export function isNewer(problem: Problem): boolean {
  return problem.code === 'newer-version';
}

/** A notebook of a later version is shown, and not run: its words may mean something else there. */
function readVersion(node: OptionNode): { readonly value: number | undefined; readonly problems: readonly Problem[] } {
  const { value } = node;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) return bad(node, 'option-value', '`promptnb` is the version of the language: `1`.');
  if (value > languageVersion) {
    return bad(node, 'newer-version', `This notebook is written for version ${value} of the language, and this program knows version ${languageVersion}: it is shown, but not run. Update Prompt Notebook.`);
  }
  return { value, problems: [] };
}
