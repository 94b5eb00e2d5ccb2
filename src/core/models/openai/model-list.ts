import { isObject, type Json } from '../../json.ts';

/** What a server says when it is asked for its models. */
export type ModelListAnswer =
  | { readonly kind: 'models'; readonly ids: readonly string[]; readonly server: string | null; /** It answers under any name. */ readonly anyName: boolean }
  /** It wants a key, or another one. */
  | { readonly kind: 'key' }
  /** It is still loading its model. */
  | { readonly kind: 'loading' }
  /** Something that does not speak this API, or keeps its models to itself. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'silent'; readonly timedOut: boolean };

/** A list of models is small; whatever is longer is something else. */
const longestList = 4_000_000;

/** Asks for the list of models (`GET …/models`): nothing is generated. Never throws but the caller's own reason to stop. */
export async function askModels(url: URL | string, { fetch, key, timeoutMs, signal }: { readonly fetch: typeof globalThis.fetch; readonly key?: string | undefined; readonly timeoutMs: number; readonly signal?: AbortSignal | undefined }): Promise<ModelListAnswer> {
  signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      redirect: 'manual',
      headers: { accept: 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) },
    });
    const answer = statusAnswer(response.status, response.headers.get('content-type') ?? '');
    if (answer === undefined) return readList(await shortText(response));
    await response.body?.cancel();
    return answer;
  } catch {
    signal?.throwIfAborted();
    return { kind: 'silent', timedOut: timeout.aborted };
  }
}

function statusAnswer(status: number, contentType: string): ModelListAnswer | undefined {
  // Other programs on these ports refuse, too, but with pages.
  if (!/json/i.test(contentType)) return { kind: 'foreign' };
  if (status === 401 || status === 403) return { kind: 'key' };
  // llama.cpp says so while it loads its model.
  if (status === 503) return { kind: 'loading' };
  return status >= 200 && status < 300 ? undefined : { kind: 'foreign' };
}

async function shortText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > longestList) return '';
  }
  return text + decoder.decode();
}

/** Servers by the owner that they give their models. */
const owners: Readonly<Record<string, string>> = { library: 'Ollama', llamacpp: 'llama.cpp', vllm: 'vLLM', sglang: 'SGLang', organization_owner: 'LM Studio', koboldcpp: 'KoboldCpp' };

/** OpenAI's `{"object": "list", "data": [{"id", "owned_by"}]}`. */
function readList(text: string): ModelListAnswer {
  let body: Json;
  try {
    body = JSON.parse(text) as Json;
  } catch {
    return { kind: 'foreign' };
  }
  if (!isObject(body)) return { kind: 'foreign' };
  // Ollama without models says null.
  const data = body.data === null ? [] : body.data;
  if (!Array.isArray(data)) return { kind: 'foreign' };
  const entries = (data as readonly Json[]).filter(isObject);
  const ids = entries.map((entry) => entry.id).filter((id) => typeof id === 'string');
  if (ids.length < data.length || (ids.length === 0 && body.object !== 'list')) return { kind: 'foreign' };
  const owner = entries[0]?.owned_by;
  const server = typeof owner === 'string' && Object.hasOwn(owners, owner) ? owners[owner]! : null;
  return { kind: 'models', ids, server, anyName: ids.length === 1 && (server === 'llama.cpp' || server === 'KoboldCpp') };
}
