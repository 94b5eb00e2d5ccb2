import { localBaseUrl, localServers } from './local-servers.ts';
import type { ModelConfig } from './model.ts';

/** Providers of names that need no list, by what stands before the colon, with the form of the whole. */
const providers: Readonly<Record<string, string>> = {
  openai: 'openai:NAME', lm: 'lm:VENDOR/NAME', local: 'local:NAME or the path of a GGUF file', replay: 'replay:FILE',
};

/** Every provider that a model list can name. */
export const providerNames: readonly string[] = Object.keys(providers);

/** What a name without a list may begin with, before the colon. */
export const namePrefixes: readonly string[] = [...Object.keys(providers), ...localServers.map((server) => server.prefix)];

/** How a name with this prefix looks; undefined when there is none such. */
export function nameForm(prefix: string): string | undefined {
  if (Object.hasOwn(providers, prefix)) return providers[prefix];
  return localServers.some((server) => server.prefix === prefix) ? `${prefix}:NAME` : undefined;
}

/**
 * The configuration that a name stands for without any list: `openai:NAME`, `lm:VENDOR/NAME`, `local:NAME`, `replay:FILE`, and
 * `ollama:NAME` for a model of a server at its usual place on this machine. undefined when it is no such name.
 */
export function modelName(name: string): ModelConfig | undefined {
  const colon = name.indexOf(':');
  const prefix = name.slice(0, Math.max(colon, 0));
  const model = name.slice(colon + 1);
  if (model.trim() === '') return undefined;
  if (Object.hasOwn(providers, prefix)) return { id: name, provider: prefix, model };
  const server = localServers.find((one) => one.prefix === prefix);
  return server === undefined ? undefined : { id: name, provider: 'openai', model, baseUrl: localBaseUrl(server.port) };
}
