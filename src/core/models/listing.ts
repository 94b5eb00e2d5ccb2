import type { Host } from '../engine/host.ts';
import type { LocalServer } from './local-servers.ts';
import type { ModelList } from './config.ts';
import { ModelError, type ModelConfig, type Price, type Provider } from './model.ts';
import { providerOf } from './resolve.ts';

/** A model as `promptnb models` shows it. */
export interface ModelRow {
  /** What a notebook or `--model` calls it. */
  readonly id: string;
  readonly provider: string;
  readonly ready: boolean;
  /** Why it cannot be used now, one line; null when it can. */
  readonly why: string | null;
  /** Tokens; null is unknown. */
  readonly contextWindow: number | null;
  /** US dollars per million tokens; null is unknown. */
  readonly price: Price | null;
}

/** A server that was found on this machine. */
export interface ServerFound extends Pick<LocalServer, 'prefix'> {
  readonly server: string;
  readonly baseUrl: string;
  readonly models: readonly string[];
  /** Why it cannot be used; null when it can. */
  readonly why: string | null;
}

export interface ListingSources {
  readonly list: ModelList;
  readonly providers: readonly Provider[];
  readonly host: Host;
  /** Servers on this machine; the models of one that the list names, too, are not shown twice. */
  readonly found: readonly ServerFound[];
  /** Models that come with this machine: the embedded one, here or not. */
  readonly embedded: readonly ModelConfig[];
}

/**
 * What `promptnb models` prints: the models of the list in its order, then those found on this machine, then the embedded ones. No
 * model is asked anything. Never throws for a model that cannot be used: `why` says it.
 */
export async function listModels({ list, providers, host, found, embedded }: ListingSources): Promise<readonly ModelRow[]> {
  const configured = await Promise.all(list.models.map((config) => describe(config, providers, host)));
  const listed = new Set(list.models.map((config) => `${originOf(config.baseUrl)} ${config.model}`));
  const onServers = await Promise.all(found.map((server) => describeFound(server, { providers, host, listed })));
  const ids = new Set(list.models.map((config) => config.id));
  const here = await Promise.all(embedded.filter((config) => !ids.has(config.id)).map((config) => describe(config, providers, host)));
  return [...configured, ...onServers.flat(), ...here];
}

async function describe(config: ModelConfig, providers: readonly Provider[], host: Host): Promise<ModelRow> {
  const said = { id: config.id, provider: config.provider, contextWindow: config.contextWindow ?? null, price: config.price ?? null };
  try {
    const provider = providerOf(config, providers);
    const facts = (await provider.facts?.(config, host)) ?? said;
    const { ready, why } = (await provider.ready?.(config, host)) ?? { ready: true, why: null };
    return { ...said, contextWindow: facts.contextWindow, price: facts.price, ready, why };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { ...said, ready: false, why: error.message };
  }
}

interface FoundContext {
  readonly providers: readonly Provider[];
  readonly host: Host;
  /** Base URL's origin and model of what the list has. */
  readonly listed: ReadonlySet<string>;
}

/** The models of a server by the names that stand for them without a list, or the server alone with what is wrong. */
async function describeFound({ prefix, server, baseUrl, models, why }: ServerFound, { providers, host, listed }: FoundContext): Promise<readonly ModelRow[]> {
  if (models.length === 0) return [{ id: `${prefix}:`, provider: 'openai', ready: false, why: `${server} at ${baseUrl}: ${why ?? 'It has no model.'}`, contextWindow: null, price: null }];
  const own = providers.find((provider) => provider.name === 'openai');
  return Promise.all(models.filter((model) => !listed.has(`${originOf(baseUrl)} ${model}`)).map(async (model): Promise<ModelRow> => {
    const config: ModelConfig = { id: `${prefix}:${model}`, provider: 'openai', model, baseUrl };
    const facts = (await own?.facts?.(config, host)) ?? { contextWindow: null, price: null };
    return { id: config.id, provider: 'openai', ready: true, why: null, ...facts };
  }));
}

/** The server of a base URL, with the names of this machine as one. */
function originOf(baseUrl: string | undefined): string {
  if (baseUrl === undefined || !URL.canParse(baseUrl)) return '';
  return new URL(baseUrl).origin.replace(/\/\/(?:localhost|\[::1\]|0\.0\.0\.0)(?=:|$)/, '//127.0.0.1');
}
