import { didYouMean } from '../did-you-mean.ts';
import type { Host } from '../engine/host.ts';
import { ModelError, type Model, type ModelConfig, type Provider } from './model.ts';
import type { ModelList } from './config.ts';
import { modelName, nameForm, namePrefixes } from './names.ts';
import { providersOf } from './prices.ts';

/** Who could answer, as each part says it; absent where it says nothing. */
export interface ModelChoice {
  /** The cell's own `model`. */
  readonly cell?: string | undefined;
  /** `--model`, or the model picked as kernel. */
  readonly picked?: string | undefined;
  /** The notebook's `model`. */
  readonly notebook?: string | undefined;
  /** `default` of the model list. */
  readonly default?: string | undefined;
  /** The embedded model, where there is one. */
  readonly embedded?: string | undefined;
}

/** Which model answers (design/8-interfaces, "Which model answers"); undefined when nobody says. */
export function chooseModel(choice: ModelChoice): string | undefined {
  return [choice.cell, choice.picked, choice.notebook, choice.default, choice.embedded].find((name) => name !== undefined && name !== '');
}

/**
 * The configuration that a name stands for: an id of the list, else a name that needs no list.
 * @throws ModelError `model-missing` with the nearest name.
 */
export function modelConfigFor(name: string, list: ModelList): ModelConfig {
  const listed = list.models.find((model) => model.id === name);
  if (listed !== undefined) return listed;
  const named = modelName(name);
  if (named !== undefined) return named;
  const prefix = name.slice(0, Math.max(name.indexOf(':'), 0));
  const form = nameForm(prefix);
  if (form !== undefined) throw new ModelError('model-missing', `\`${name}\` names no model.`, { sent: false, hint: `It looks like ${form}.` });
  throw new ModelError('model-missing', `There is no model \`${name}\`.`, { sent: false, hint: hintFor(name, prefix, list) });
}

function hintFor(name: string, provider: string, list: ModelList): string {
  const vendors = providersOf(name);
  const near =
    didYouMean(name, list.models.map((model) => model.id)) ??
    (provider === '' ? undefined : withProvider(name, provider)) ??
    (vendors.includes('openai') ? `openai:${name}` : undefined);
  const ways = list.models.length === 0 ? 'Write `openai:NAME`, `local:NAME` or `replay:FILE`, or add it to `models:` in promptnb.config.yaml.' : `The list has ${list.models.slice(0, 8).map((model) => `\`${model.id}\``).join(', ')}${list.models.length > 8 ? ' …' : ''}.`;
  return near === undefined ? ways : `Did you mean \`${near}\`? ${ways}`;
}

function withProvider(name: string, provider: string): string | undefined {
  const near = didYouMean(provider, namePrefixes);
  return near === undefined ? undefined : `${near}${name.slice(name.indexOf(':'))}`;
}

/**
 * Opens the model of a name.
 * @throws ModelError `model-missing` when there is none, `unavailable` when its provider is not to be had here.
 */
export async function openModel(name: string, list: ModelList, { providers, host }: { readonly providers: readonly Provider[]; readonly host: Host }): Promise<Model> {
  const config = modelConfigFor(name, list);
  return providerOf(config, providers).open(config, host);
}

/** The provider of a configuration. @throws ModelError `unavailable` when it is not to be had here. */
export function providerOf(config: ModelConfig, providers: readonly Provider[]): Provider {
  const provider = providers.find((one) => one.name === config.provider);
  if (provider !== undefined) return provider;
  const why = config.provider === 'lm' ? 'Models of the editor (`lm:`) answer only inside VS Code.' : `The provider \`${config.provider}\` is not to be had here.`;
  throw new ModelError('unavailable', `${config.id} cannot be asked: ${why}`, { sent: false, hint: `Choose a model of ${providers.map((one) => `\`${one.name}:\``).join(', ')}.` });
}
