import type OpenAI from 'openai';
import type { newExchange } from './openai/exchange.ts';
import type { readAnswer } from './openai/stream.ts';
import type { Host } from '../engine/host.ts';
import type { JsonObject } from '../json.ts';
import { chatBody, noRefusals, otherMaxTokens, type Refusals } from './openai/request.ts';
import { countRequest, countText } from '../tokens/count.ts';
import { dialectFor, isLoopback, type Dialect } from './openai/dialect.ts';
import { maskKey } from './mask.ts';
import { ModelError, type Capabilities, type Model, type ModelConfig, type ModelEvent, type Provider, type Readiness, type Timeouts } from './model.ts';
import { countOnServer } from './openai/tokenize.ts';
import { lookupPrice } from './prices.ts';

const defaultTimeouts: Timeouts = { connectMs: 15_000, firstTokenMs: 60_000, idleMs: 45_000 };
const defaultResponseBytes = 128 * 1024 * 1024;
const openaiBaseUrl = 'https://api.openai.com/v1';

/** Chat completions over the `openai` client: OpenAI and every server that speaks its API. */
export const openai: Provider = {
  name: 'openai',
  doc: 'OpenAI, or any server with its API: Azure, OpenRouter, Ollama, LM Studio, llama.cpp, vLLM …',
  async open(config, host) {
    const place = await placeOf(config, host);
    return openModel(config, host, place);
  },
  async ready(config, host) {
    const { dialect, keyName, baseUrl } = await placeOf(config, host);
    const key = await readKey(keyName, host);
    if (key === undefined && dialect.needsKey && !hasOwnAuthorization(config)) return { ready: false, why: missingKey(dialect, keyName).message };
    return isLoopback(baseUrl.hostname) ? answers(baseUrl, host, config.model) : { ready: true, why: null };
  },
};

/** Where a model is and how it wants to be asked. */
interface Place {
  readonly baseUrl: URL;
  readonly dialect: Dialect;
  readonly keyName: string | null;
}

/** The list's base URL, else OPENAI_BASE_URL, else OpenAI's own: as the client itself reads them. */
async function placeOf(config: ModelConfig, host: Host): Promise<Place> {
  const fromEnvironment = config.baseUrl === undefined ? (await host.secret('OPENAI_BASE_URL'))?.trim() : undefined;
  const text = config.baseUrl ?? (fromEnvironment === undefined || fromEnvironment === '' ? openaiBaseUrl : fromEnvironment);
  let baseUrl: URL;
  try {
    baseUrl = new URL(text);
  } catch {
    throw new ModelError('unavailable', `The base URL of ${config.id} is no address: ${text.slice(0, 200)}`, { sent: false, hint: 'It looks like https://host/v1.' });
  }
  if (baseUrl.protocol !== 'http:' && baseUrl.protocol !== 'https:') {
    throw new ModelError('unavailable', `The base URL of ${config.id} begins with ${baseUrl.protocol} instead of http: or https:.`, { sent: false, hint: 'It looks like https://host/v1.' });
  }
  if (baseUrl.username !== '' || baseUrl.password !== '') {
    throw new ModelError('unavailable', `The base URL of ${config.id} holds a user name or a password.`, { sent: false, hint: 'Take it out, and name the variable that holds the key with `apiKeyEnv`.' });
  }
  const dialect = dialectFor(config, baseUrl);
  // A server that the table does not know is given the key of the environment only when the environment named the server, too.
  const keyName = config.apiKeyEnv ?? (fromEnvironment !== undefined && fromEnvironment !== '' ? 'OPENAI_API_KEY' : dialect.keyName);
  return { baseUrl, dialect, keyName };
}

async function readKey(keyName: string | null, host: Host): Promise<string | undefined> {
  if (keyName === null) return undefined;
  const key = (await host.secret(keyName))?.trim();
  return key === '' ? undefined : key;
}

function missingKey(dialect: Dialect, keyName: string | null): ModelError {
  return new ModelError('auth', `${dialect.server} needs a key, and ${keyName ?? 'none'} is not set.`, { sent: false, hint: `Set ${keyName ?? 'a key'}, or name another variable with \`apiKeyEnv\` in the model list.` });
}

function hasOwnAuthorization(config: ModelConfig): boolean {
  return Object.keys(config.headers ?? {}).some((name) => /^(?:authorization|api-key)$/i.test(name));
}

function openModel(config: ModelConfig, host: Host, place: Place): Model {
  const { baseUrl, dialect, keyName } = place;
  const known = dialect.priceList === null ? undefined : lookupPrice(`${dialect.priceList}/${config.model}`);
  const timeouts: Timeouts = { ...defaultTimeouts, ...config.timeouts };
  const { concurrency, requestsPerMinute, tokensPerMinute, responseBytes } = config.limits ?? {};
  const url = new URL(baseUrl);
  url.pathname = `${baseUrl.pathname.replace(/\/+$/, '')}/chat/completions`;
  let refusals = noRefusals;
  let client: { readonly key: string | undefined; readonly it: Promise<Client> } | undefined;

  const capabilities = (): Capabilities => ({
    ...dialect.capabilities,
    system: dialect.capabilities.system && !refusals.systemRefused,
    ...(refusals.omitted.has('response_format') && { jsonSchema: false }),
    ...(refusals.omitted.has('stream_options') && { usage: false }),
  });

  return {
    id: config.id,
    identity: `openai ${baseUrl.origin}${baseUrl.pathname} ${config.model}`,
    get capabilities() {
      return capabilities();
    },
    contextWindow: config.contextWindow ?? known?.contextWindow ?? null,
    price: config.price ?? (dialect.capabilities.local ? { input: 0, output: 0 } : (known?.price ?? null)),
    concurrency: { key: baseUrl.origin, limit: concurrency ?? dialect.concurrency, ...(requestsPerMinute !== undefined && { requestsPerMinute }), ...(tokensPerMinute !== undefined && { tokensPerMinute }) },
    ...(config.retry !== undefined && { retry: config.retry }),
    source: 'live',
    config: config.config ?? {},
    describe(request) {
      return { url: url.href, body: chatBody(config.model, request, dialect, refusals).body };
    },
    async *stream(request, signal): AsyncGenerator<ModelEvent, void> {
      signal.throwIfAborted();
      const key = await readKey(keyName, host);
      if (key === undefined && dialect.needsKey && !hasOwnAuthorization(config)) throw missingKey(dialect, keyName);
      if (client === undefined || client.key !== key) client = { key, it: openClient(config, host, { key, place }) };
      const { it, ...use } = await client.it;
      const { body, notes } = chatBody(config.model, request, dialect, refusals);
      const exchange = use.newExchange({ url, timeouts, mask: (text) => maskKey(text, key) }, signal);
      try {
        const response = await exchange.send(it, body);
        const options = {
          server: dialect.server, model: config.model, key, keyName: keyName ?? undefined, parameters: Object.keys(body), now: () => host.now(),
          address: baseUrl.host, timeouts, responseBytes: responseBytes ?? defaultResponseBytes,
        };
        let noted = false;
        for await (const event of use.readAnswer(response, exchange, options)) {
          yield event;
          if (noted) continue;
          noted = true;
          for (const text of notes) yield { type: 'note', text };
        }
      } finally {
        exchange.close();
      }
    },
    async countTokens(input) {
      if (config.tokenizer === 'server') {
        const key = await readKey(keyName, host);
        const counted = await countOnServer(input, { baseUrl, model: config.model, key, fetch: host.fetch });
        if (counted !== undefined) return counted;
      }
      const tokenizer = config.tokenizer ?? config.model;
      return typeof input === 'string' ? countText(input, tokenizer) : countRequest(input, tokenizer);
    },
    dropParameter(parameter) {
      const next = withoutParameter(parameter, dialect, refusals);
      if (next === undefined) return false;
      refusals = next;
      return true;
    },
  };
}

/** The refusals with one more; undefined when the request would be another one without it, or it was left out already. */
function withoutParameter(parameter: string, dialect: Dialect, refusals: Refusals): Refusals | undefined {
  if (parameter === 'messages.role') return refusals.systemRefused ? undefined : { ...refusals, systemRefused: true };
  if (parameter === 'max_tokens' || parameter === 'max_completion_tokens') {
    // The other name says the same; leaving both out would lift a limit that someone set.
    const sent = refusals.maxTokensSwapped ? otherMaxTokens(dialect.maxTokens) : dialect.maxTokens;
    return refusals.maxTokensSwapped || parameter !== sent ? undefined : { ...refusals, maxTokensSwapped: true };
  }
  if (!droppable.has(parameter) || refusals.omitted.has(parameter)) return undefined;
  return { ...refusals, omitted: new Set([...refusals.omitted, parameter]) };
}

const droppable = new Set([
  'temperature', 'top_p', 'top_k', 'stop', 'seed', 'random_seed', 'presence_penalty', 'frequency_penalty', 'reasoning_effort', 'logprobs', 'top_logprobs',
  'tool_choice', 'response_format', 'stream', 'stream_options', 'usage',
]);

interface Client {
  readonly it: OpenAI;
  readonly newExchange: typeof newExchange;
  readonly readAnswer: typeof readAnswer;
}

/** The client and what reads its answers, loaded when the first request is sent, since loading takes longer than checking a notebook. */
async function openClient(config: ModelConfig, host: Host, { key, place }: { readonly key: string | undefined; readonly place: Place }): Promise<Client> {
  const [{ default: OpenAIClient }, exchanges, streams] = await Promise.all([import('openai'), import('./openai/exchange.ts'), import('./openai/stream.ts')]);
  const { baseUrl, dialect } = place;
  const withoutQuery = new URL(baseUrl);
  withoutQuery.search = '';
  const query = Object.fromEntries(baseUrl.searchParams);
  const ofOpenAi = dialect.server === 'OpenAI';
  const it = new OpenAIClient({
    apiKey: key ?? 'none',
    adminAPIKey: null,
    organization: ofOpenAi ? ((await host.secret('OPENAI_ORG_ID')) ?? null) : null,
    project: ofOpenAi ? ((await host.secret('OPENAI_PROJECT_ID')) ?? null) : null,
    webhookSecret: null,
    baseURL: withoutQuery.href.replace(/\/+$/, ''),
    ...(Object.keys(query).length > 0 && { defaultQuery: query }),
    defaultHeaders: { ...(key === undefined && { Authorization: null }), ...config.headers },
    maxRetries: 0,
    // Time is ours to watch: connecting, the first token, and every pause after it.
    timeout: 2_147_483_647,
    logLevel: 'off',
    fetch: exchanges.exchangeFetch(host.fetch),
    dangerouslyAllowBrowser: true,
  });
  return { it, newExchange: exchanges.newExchange, readAnswer: streams.readAnswer };
}

/** Whether a server on this machine answers, and has the model: its list of models is asked, nothing is generated. */
async function answers(baseUrl: URL, host: Host, model: string): Promise<Readiness> {
  const url = new URL(baseUrl);
  url.pathname = `${baseUrl.pathname.replace(/\/+$/, '')}/models`;
  try {
    const response = await host.fetch(url, { signal: AbortSignal.timeout(1000), redirect: 'manual' });
    if (!response.ok) {
      await response.body?.cancel();
      return { ready: true, why: null };
    }
    const listed = (await response.json()) as JsonObject;
    const ids = Array.isArray(listed.data) ? (listed.data as readonly JsonObject[]).map((entry) => entry?.id) : [];
    const there = ids.length === 0 || ids.includes(model) || ids.includes(`${model}:latest`);
    return there ? { ready: true, why: null } : { ready: false, why: `The server at ${baseUrl.host} has no model ${model}.` };
  } catch (error) {
    return { ready: false, why: maskKey(`Nothing answers at ${baseUrl.host}${error instanceof Error && error.name === 'TimeoutError' ? ' within a second' : ''}.`, undefined) };
  }
}
