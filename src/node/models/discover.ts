import { askModels } from '../../core/models/openai/model-list.ts';
import { localBaseUrl, localServers, type LocalServer } from '../../core/models/local-servers.ts';

/** A server on this machine, as `promptnb models` shows it. */
export interface FoundServer {
  /** How people call it: `Ollama`. */
  readonly server: string;
  /** Where it was found: its usual place, which `prefix:NAME` stands for. */
  readonly prefix: string;
  /** What to write as `baseUrl`. */
  readonly baseUrl: string;
  /** The models it has; empty when it has none or does not say. */
  readonly models: readonly string[];
  readonly ready: boolean;
  /** Why it cannot be used; null when it can. */
  readonly why: string | null;
}

export interface DiscoverOptions {
  readonly fetch: typeof globalThis.fetch;
  /** How long a server may take to answer. */
  readonly timeoutMs?: number;
  readonly places?: readonly LocalServer[];
  readonly signal?: AbortSignal;
}

/**
 * Looks for servers that speak OpenAI's API on this machine, at the places where they usually listen: their list of models is asked,
 * nothing is generated, no key is sent. All places are asked side by side, so it takes at most `timeoutMs`. Ports where nothing
 * listens, or something else, are left out.
 * @throws the signal's reason.
 */
export async function discoverServers({ fetch, timeoutMs = 700, places = localServers, signal }: DiscoverOptions): Promise<readonly FoundServer[]> {
  const found = await Promise.all(places.map((place) => look(place, { fetch, timeoutMs, signal })));
  signal?.throwIfAborted();
  return found.filter((server) => server !== undefined);
}

async function look({ title, prefix, port }: LocalServer, options: { readonly fetch: typeof globalThis.fetch; readonly timeoutMs: number; readonly signal: AbortSignal | undefined }): Promise<FoundServer | undefined> {
  const baseUrl = localBaseUrl(port);
  const answer = await askModels(`${baseUrl}/models`, options);
  const unusable = (why: string): FoundServer => ({ server: title, prefix, baseUrl, models: [], ready: false, why });
  switch (answer.kind) {
    case 'models':
      return answer.ids.length === 0 ? unusable('It has no model yet.') : { server: answer.server ?? title, prefix, baseUrl, models: answer.ids, ready: true, why: null };
    case 'key':
      return unusable('It asks for a key: add it to the model list, and name the key’s variable with `apiKeyEnv`.');
    case 'loading':
      return unusable('It is still loading its model.');
    case 'foreign':
    case 'silent':
      return undefined;
  }
}
