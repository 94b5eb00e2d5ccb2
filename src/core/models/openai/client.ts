import type OpenAI from 'openai';
import type { newExchange } from './exchange.ts';
import type { readAnswer } from './stream.ts';
import type { Host } from '../../engine/host.ts';
import type { ModelConfig } from '../model.ts';
import type { Place } from './place.ts';

export interface Client {
  readonly it: OpenAI;
  readonly newExchange: typeof newExchange;
  readonly readAnswer: typeof readAnswer;
}

/** The client and what reads its answers, loaded when the first request is sent, since loading takes longer than checking a notebook. */
export async function openClient(config: ModelConfig, host: Host, { key, place }: { readonly key: string | undefined; readonly place: Place }): Promise<Client> {
  const [{ default: OpenAIClient }, exchanges, streams] = await Promise.all([import('openai'), import('./exchange.ts'), import('./stream.ts')]);
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
