import { apiUrl, placeOf, readKey, type Place } from './openai/place.ts';
import { askModels } from './openai/model-list.ts';
import { chatBody, noRefusals, sentNames, withRefusal } from './openai/request.ts';
import { countOnServer } from './openai/tokenize.ts';
import { countRequest, countText } from '../tokens/count.ts';
import type { Host } from '../engine/host.ts';
import { isLoopback } from './openai/dialect.ts';
import { isText } from '../prompt/message.ts';
import { keyFilter, maskKey } from './mask.ts';
import { lookupPrice } from './prices.ts';
import { ModelError, type Capabilities, type KnownFacts, type Model, type ModelConfig, type ModelEvent, type ModelRequest, type Provider, type Readiness, type Timeouts } from './model.ts';
import { openClient, type Client } from './openai/client.ts';

const defaultTimeouts: Timeouts = { connectMs: 15_000, firstTokenMs: 60_000, idleMs: 45_000 };
const defaultResponseBytes = 128 * 1024 * 1024;

/** Chat completions over the `openai` client: OpenAI and every server that speaks its API. */
export const openai: Provider = {
  name: 'openai',
  doc: 'OpenAI, or any server with its API: Azure, OpenRouter, Ollama, LM Studio, llama.cpp, vLLM …',
  async open(config, host) {
    return openModel(config, host, await placeOf(config, host));
  },
  async ready(config, host) {
    return readiness(config, host, await placeOf(config, host));
  },
  async facts(config, host) {
    return factsOf(config, await placeOf(config, host));
  },
};

/** What the list says, else the snapshot; what runs on this machine costs nothing. */
function factsOf(config: ModelConfig, { dialect }: Place): KnownFacts {
  const known = dialect.priceList === null ? undefined : lookupPrice(`${dialect.priceList}/${config.model}`);
  return {
    contextWindow: config.contextWindow ?? known?.contextWindow ?? null,
    price: config.price ?? (dialect.capabilities.local ? { input: 0, output: 0 } : (known?.price ?? null)),
  };
}

/** Models at one server share its queue, unless the list gives one limits of its own. */
function concurrencyOf({ limits, model }: ModelConfig, { baseUrl, dialect }: Place): Model['concurrency'] {
  const { concurrency, requestsPerMinute, tokensPerMinute } = limits ?? {};
  const own = concurrency !== undefined || requestsPerMinute !== undefined || tokensPerMinute !== undefined;
  return {
    key: own ? `${baseUrl.origin} ${model}` : baseUrl.origin,
    limit: concurrency ?? dialect.concurrency,
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
  };
}

function openModel(config: ModelConfig, host: Host, place: Place): Model {
  const { baseUrl, dialect, keyName } = place;
  const timeouts: Timeouts = { ...defaultTimeouts, ...config.timeouts };
  const url = apiUrl(baseUrl, 'chat/completions');
  let refusals = noRefusals;
  let client: { readonly key: string | undefined; readonly it: Promise<Client> } | undefined;

  const capabilities = (): Capabilities => ({
    ...dialect.capabilities,
    system: dialect.capabilities.system && !refusals.systemRefused,
    stream: dialect.capabilities.stream && !refusals.omitted.has('stream'),
    ...(refusals.omitted.has('response_format') && { jsonSchema: false }),
    ...(refusals.omitted.has('stream_options') && { usage: false }),
  });

  return {
    id: config.id,
    identity: `openai ${baseUrl.origin}${baseUrl.pathname} ${config.model}`,
    get capabilities() {
      return capabilities();
    },
    ...factsOf(config, place),
    concurrency: concurrencyOf(config, place),
    ...(config.retry !== undefined && { retry: config.retry }),
    source: 'live',
    config: config.config ?? {},
    describe(request) {
      return { url: url.href, body: chatBody(config.model, request, dialect, refusals).body };
    },
    async *stream(request, signal): AsyncGenerator<ModelEvent, void> {
      signal.throwIfAborted();
      if (!dialect.capabilities.media) refuseMedia(request, config.id);
      const key = await readKey(place, host);
      if (client === undefined || client.key !== key) client = { key, it: openClient(config, host, { key, place }) };
      const { it, ...use } = await client.it;
      const { body, notes } = chatBody(config.model, request, dialect, refusals);
      const exchange = use.newExchange({ url, timeouts, mask: (text) => maskKey(text, key) }, signal);
      const filter = keyFilter(key);
      try {
        const response = await exchange.send(it, body);
        const options = {
          server: dialect.server, model: config.model, key, keyName: keyName ?? undefined, parameters: sentNames(body), now: () => host.now(),
          address: baseUrl.host, timeouts, hidesReasoning: dialect.hidesReasoning, responseBytes: config.limits?.responseBytes ?? defaultResponseBytes,
        };
        let noted = false;
        for await (const event of use.readAnswer(response, exchange, options)) {
          if (filter === undefined) yield event;
          else yield* filter.take(event);
          if (noted) continue;
          noted = true;
          for (const text of notes) yield { type: 'note', text };
        }
      } catch (error) {
        if (filter !== undefined) yield* filter.rest();
        throw error;
      } finally {
        exchange.close();
      }
    },
    async countTokens(input) {
      if (config.tokenizer === 'server') {
        const counted = await countOnServer(input, { baseUrl, model: config.model, key: await readKey(place, host), fetch: host.fetch });
        if (counted !== undefined) return counted;
      }
      const tokenizer = config.tokenizer === undefined || config.tokenizer === 'server' ? config.model : config.tokenizer;
      return typeof input === 'string' ? countText(input, tokenizer) : countRequest(input, tokenizer);
    },
    dropParameter(parameter) {
      const next = withRefusal(parameter, dialect, refusals);
      if (next !== undefined) refusals = next;
      return next !== undefined;
    },
  };
}

/** @throws ModelError `bad-request` for an image or a sound that the model does not take. */
function refuseMedia({ messages }: ModelRequest, id: string): void {
  if (messages.every((message) => message.content.every(isText))) return;
  throw new ModelError('bad-request', `${id} takes no images or sounds.`, { sent: false, hint: 'Choose a model that does, or say so with `capabilities: {media: true}` if this one does.' });
}

/** Whether the key is there and, on this machine, whether a server answers and has the model. Nothing is generated. */
async function readiness(config: ModelConfig, host: Host, place: Place): Promise<Readiness> {
  const { baseUrl } = place;
  let key: string | undefined;
  try {
    key = await readKey(place, host);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { ready: false, why: error.message };
  }
  if (!isLoopback(baseUrl.hostname)) return { ready: true, why: null };
  const answer = await askModels(apiUrl(baseUrl, 'models'), { fetch: host.fetch, key, timeoutMs: 1000 });
  const no = (why: string): Readiness => ({ ready: false, why });
  switch (answer.kind) {
    case 'silent':
      return no(`Nothing answers at ${baseUrl.host}${answer.timedOut ? ' within a second' : ''}.`);
    case 'loading':
      return no(`The server at ${baseUrl.host} is still loading its model.`);
    case 'key':
      return no(key === undefined ? `The server at ${baseUrl.host} asks for a key: name its variable with \`apiKeyEnv\`.` : `The server at ${baseUrl.host} does not accept the key in ${place.keyName ?? 'its variable'}.`);
    case 'models': {
      const there = answer.anyName || answer.ids.length === 0 || answer.ids.includes(config.model) || answer.ids.includes(`${config.model}:latest`);
      return there ? { ready: true, why: null } : no(`The server at ${baseUrl.host} has no model ${config.model}.`);
    }
    case 'foreign':
      // It may answer completions without listing its models.
      return { ready: true, why: null };
  }
}
