import { canonicalJson, type Json } from '../json.ts';
import type { OptionEntry, OptionNode } from '../prompt/options.ts';
import type { Problem } from '../problem.ts';
import type { Technique } from './technique.ts';
import { unknownKey } from './read.ts';
import { laterOptions } from './later.ts';
import { techniques } from './index.ts';

/** The options of a cell as its techniques read them. */
export interface CellOptions {
  /** The value that a technique has read; undefined where the option is not given or cannot be used. */
  get<V>(technique: Technique<V>): V | undefined;
  /** What is written for the options that change an answer, as canonical JSON: a part of what tells whether a result is stale. */
  readonly writtenText: string;
  readonly problems: readonly Problem[];
}

/**
 * Reads the options of a prompt cell, with the notebook's `defaults:` underneath: maps are merged one level deep, and the cell wins.
 * Problems of the defaults are left out here: they are told once, where they stand.
 */
export function readCellOptions(root: OptionNode | null, defaults: OptionNode | null): CellOptions {
  if (root === null && defaults === null) return noOptions;
  const problems = unknownOptions(root?.entries ?? []);
  const values = new Map<string, unknown>();
  const written: { [option: string]: Json } = {};
  const own = new Map((root?.entries ?? []).map((entry) => [entry.key, entry.node]));
  const below = new Map((defaults?.entries ?? []).map((entry) => [entry.key, entry.node]));
  for (const technique of techniques) {
    const node = merged(own.get(technique.name), below.get(technique.name));
    if (node === undefined) continue;
    const read = technique.parse(node);
    if (technique.wrap !== undefined || technique.name === 'config') written[technique.name] = node.value;
    if (read.value !== undefined) values.set(technique.name, read.value);
    problems.push(...read.problems.filter((problem) => problem.span.start >= 0));
  }
  return { get: <V>(technique: Technique<V>) => values.get(technique.name) as V | undefined, writtenText: canonicalJson(written), problems };
}

/** Of a cell without any: thousands may stand in one notebook. */
const noOptions: CellOptions = { get: () => undefined, writtenText: '{}', problems: [] };

/** Reads `defaults:` of a notebook for its problems. */
export function checkDefaults(node: OptionNode): readonly Problem[] {
  if (node.entries !== null) return readCellOptions(node, null).problems;
  if (node.value === null) return [];
  return [{ code: 'option-value', severity: 'error', message: '`defaults` is a map of cell options.', span: node.span }];
}

function unknownOptions(entries: readonly OptionEntry[]): Problem[] {
  const known = techniques.map((technique) => technique.name);
  const problems: Problem[] = [];
  for (const entry of entries) {
    if (known.includes(entry.key) || entry.key.startsWith('x-')) continue;
    if (laterOptions.includes(entry.key)) {
      problems.push({ code: 'not-supported-yet', severity: 'error', message: `\`${entry.key}\` is not supported yet.`, span: entry.keySpan });
    } else problems.push(unknownKey(entry, 'A cell', known, laterOptions));
  }
  return problems;
}

/** The cell's value over the default. Spans of what comes from the defaults are negative, since they stand in another text. */
function merged(own: OptionNode | undefined, below: OptionNode | undefined): OptionNode | undefined {
  if (below === undefined) return own;
  if (own === undefined) return elsewhere(below);
  if (own.entries === null || below.entries === null) return own;
  const given = new Set(own.entries.map((entry) => entry.key));
  const missing = below.entries.filter((entry) => !given.has(entry.key));
  if (missing.length === 0) return own;
  const entries = [...missing.map((entry) => ({ ...entry, keySpan: nowhere, node: elsewhere(entry.node) })), ...own.entries];
  return { ...own, entries, value: Object.fromEntries(entries.map(({ key, node }) => [key, node.value])) };
}

const nowhere = { start: -1, end: -1 };

function elsewhere(node: OptionNode): OptionNode {
  return {
    ...node, span: nowhere,
    items: node.items?.map(elsewhere) ?? null,
    entries: node.entries?.map((entry) => ({ ...entry, keySpan: nowhere, node: elsewhere(entry.node) })) ?? null,
  };
}
