import { didYouMean } from '../did-you-mean.ts';
import { isObject, type Json } from '../json.ts';
import type { ModelConfig } from './model.ts';
import { modelName } from './names.ts';
import type { Problem } from '../problem.ts';
import { readEntry } from './config-entry.ts';
import { unknownKeys, type Locate, type Reporter } from './config-report.ts';

/** The models that a person has set up (design/8-interfaces, "Models"). */
export interface ModelList {
  readonly models: readonly ModelConfig[];
  /** What answers where nothing else is said: an id of the list, or a name like `openai:gpt-4.1`. */
  readonly default?: string;
  /** What of a run stands in the notebook's file: the result, or nothing. */
  readonly outputs?: 'result' | 'none';
  readonly problems: readonly Problem[];
}

export const noModels: ModelList = { models: [], problems: [] };

/**
 * Reads and checks a model list: `{models: […], default}` or the list alone. An entry with an error is left out; the others count.
 * Messages say which entry they mean, since a setting has no place in a text.
 */
export function readModelList(value: Json, locate: Locate = () => ({ start: 0, end: 0 })): ModelList {
  const problems: Problem[] = [];
  const reporter: Reporter = {
    report(code, message, path, { what = 'value', severity = 'error' } = {}) {
      // A list alone has no `models:` that a path could go through.
      problems.push({ code, severity, message, span: locate(Array.isArray(value) ? path.slice(1) : path, what) });
    },
  };
  const list = value === null ? {} : Array.isArray(value) ? { models: value as Json } : value;
  if (!isObject(list)) {
    reporter.report('bad-model-list', 'The model list is a list under `models:`.', []);
    return { models: [], problems };
  }
  unknownKeys(Object.keys(list), ['models', 'default', 'outputs'], { reporter, path: [], of: 'the configuration' });
  const models = readModels(list.models ?? [], reporter);
  const chosen = readDefault(list.default, models, reporter);
  const outputs = readOutputs(list.outputs, reporter);
  return { models, ...(chosen !== undefined && { default: chosen }), ...(outputs !== undefined && { outputs }), problems };
}

function readOutputs(value: Json | undefined, reporter: Reporter): 'result' | 'none' | undefined {
  if (value === undefined || value === null || value === 'result' || value === 'none') return value ?? undefined;
  reporter.report('bad-model-value', '`outputs` is `result` or `none`.', ['outputs']);
  return undefined;
}

function readModels(value: Json, reporter: Reporter): readonly ModelConfig[] {
  if (!Array.isArray(value)) {
    reporter.report('bad-model-list', '`models` is a list of entries, each with `id`, `provider` and `model`.', ['models']);
    return [];
  }
  const models: ModelConfig[] = [];
  for (const [index, entry] of (value as readonly Json[]).entries()) {
    const model = readEntry(entry, ['models', index], reporter);
    if (model === undefined) continue;
    if (models.some((other) => other.id === model.id)) reporter.report('duplicate-model', `Two models have the id \`${model.id}\`; the first one counts.`, ['models', index, 'id']);
    else models.push(model);
  }
  return models;
}

function readDefault(value: Json | undefined, models: readonly ModelConfig[], reporter: Reporter): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.trim() === '') {
    reporter.report('bad-model-value', '`default` is the id of a model.', ['default']);
    return undefined;
  }
  if (!models.some((model) => model.id === value) && modelName(value) === undefined) {
    const near = didYouMean(value, models.map((model) => model.id));
    reporter.report('unknown-model', `\`default\` names \`${value}\`, and no model of the list has this id.${near === undefined ? '' : ` Did you mean \`${near}\`?`}`, ['default']);
    return undefined;
  }
  return value;
}
