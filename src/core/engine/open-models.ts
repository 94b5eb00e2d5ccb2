import { chooseModel } from '../models/resolve.ts';
import { model as modelOption } from '../techniques/model.ts';
import { ModelError, type Model } from '../models/model.ts';
import type { Program, PromptCell } from './program.ts';
import type { Refusal } from './refuse.ts';
import { runError } from './errors.ts';

/** Where models come from. */
export interface ModelSource {
  /** Opens the model of a name. @throws ModelError when there is none. */
  open(name: string): Promise<Model>;
  /** `--model`, or the model picked as kernel. */
  readonly picked?: string;
  /** `default` of the model list. */
  readonly default?: string;
  /** The embedded model, where there is one. */
  readonly embedded?: string;
}

export interface OpenedModels {
  readonly of: ReadonlyMap<PromptCell, Model>;
  readonly open: (name: string) => Promise<Model>;
  readonly refusals: readonly Refusal[];
}

/** The name of the model that answers a cell; undefined when nobody says. */
export function modelNameOf(cell: PromptCell, program: Program, source: Omit<ModelSource, 'open'>): string | undefined {
  return chooseModel({ cell: cell.options.get(modelOption), picked: source.picked, notebook: program.options.model, default: source.default, embedded: source.embedded });
}

/** Opens the model of every cell, each model once, before anything is sent. */
export async function openModels(cells: readonly PromptCell[], { program, source }: { readonly program: Program; readonly source: ModelSource }): Promise<OpenedModels> {
  const opening = new Map<string, Promise<Model>>();
  const open = (name: string): Promise<Model> => {
    let model = opening.get(name);
    if (model === undefined) opening.set(name, (model = source.open(name)));
    return model;
  };
  const of = new Map<PromptCell, Model>();
  const refusals: Refusal[] = [];
  const said = new Set<string>();
  for (const cell of cells) {
    const name = modelNameOf(cell, program, source);
    if (name === undefined) {
      if (!said.has('')) refusals.push({ cell: null, error: noModel });
      said.add('');
      continue;
    }
    try {
      of.set(cell, await open(name));
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      if (!said.has(name)) refusals.push({ cell, error: runError(error) });
      said.add(name);
    }
  }
  return { of, open, refusals };
}

const noModel = {
  code: 'no-model',
  message: 'No model is set up.',
  hint: 'Name one with `--model` (`openai:gpt-4.1-mini`, `local:smollm2-135m`), in the notebook’s front matter (`model:`), or in promptnb.config.yaml.',
} as const;
