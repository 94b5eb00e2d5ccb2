/** A server on this machine, as `promptnb models` shows it. */
export interface FoundServer {
  /** How people call it: `Ollama`. */
  readonly server: string;
  /** What to write as `baseUrl`. */
  readonly baseUrl: string;
  /** The models it has; empty when it has none or does not say. */
  readonly models: readonly string[];
  readonly ready: boolean;
  /** Why it cannot be used; null when it can. */
  readonly why: string | null;
}

/** Where a kind of server usually listens. */
export interface UsualPlace {
  readonly server: string;
  readonly port: number;
}

/** Usual ports, from the servers' own documentation. */
export const usualPlaces: readonly UsualPlace[] = [
  { server: 'Ollama', port: 11434 },
  { server: 'LM Studio', port: 1234 },
  { server: 'llama.cpp', port: 8080 },
  { server: 'vLLM', port: 8000 },
  { server: 'SGLang', port: 30000 },
  { server: 'Jan', port: 1337 },
  { server: 'GPT4All', port: 4891 },
  { server: 'KoboldCpp', port: 5001 },
  { server: 'LiteLLM', port: 4000 },
];

/** A list of models is small; whatever is longer is something else. */
const longestList = 4_000_000;

/**
 * Looks for servers that speak OpenAI's API on this machine: their list of models is asked, nothing is generated, no key is sent.
 * All places are asked side by side, so it takes at most `timeoutMs`. Ports where nothing listens, or something else, are left out.
 */
export async function discoverServers({ fetch, timeoutMs = 700, places = usualPlaces, signal }: { readonly fetch: typeof globalThis.fetch; readonly timeoutMs?: number; readonly places?: readonly UsualPlace[]; readonly signal?: AbortSignal }): Promise<readonly FoundServer[]> {
  const found = await Promise.all(places.map((place) => ask(place, fetch, AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]))));
  signal?.throwIfAborted();
  return found.filter((server) => server !== undefined);
}

async function ask({ server, port }: UsualPlace, fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<FoundServer | undefined> {
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  try {
    const response = await fetch(`${baseUrl}/models`, { signal, redirect: 'manual', headers: { accept: 'application/json' } });
    if (response.status === 401 || response.status === 403) {
      await response.body?.cancel();
      return { server, baseUrl, models: [], ready: false, why: 'It asks for a key: name its variable with `apiKeyEnv` in the model list.' };
    }
    // llama.cpp says so while it loads its model.
    if (response.status === 503) {
      await response.body?.cancel();
      return { server, baseUrl, models: [], ready: false, why: 'It is still loading its model.' };
    }
    if (!response.ok || !/json/i.test(response.headers.get('content-type') ?? '')) {
      await response.body?.cancel();
      return undefined;
    }
    const models = modelsIn(JSON.parse(await shortText(response)));
    if (models === undefined) return undefined;
    return { server, baseUrl, models, ready: models.length > 0, why: models.length > 0 ? null : 'It has no model yet.' };
  } catch {
    return undefined;
  }
}

async function shortText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    if (text.length > longestList) throw new Error('longer than a list of models');
  }
  return text;
}

/** The ids of OpenAI's `{"object": "list", "data": [{"id"}]}`; undefined when it is something else. */
function modelsIn(body: unknown): readonly string[] | undefined {
  if (typeof body !== 'object' || body === null || !('data' in body)) return undefined;
  // Ollama without models says null.
  if (body.data === null) return [];
  if (!Array.isArray(body.data)) return undefined;
  return (body.data as readonly unknown[]).map((entry) => (typeof entry === 'object' && entry !== null && 'id' in entry && typeof entry.id === 'string' ? entry.id : undefined)).filter((id) => id !== undefined);
}
