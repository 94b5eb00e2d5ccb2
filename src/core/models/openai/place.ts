import { dialectFor, type Dialect } from './dialect.ts';
import type { Host } from '../../engine/host.ts';
import { ModelError, type ModelConfig } from '../model.ts';

const openaiBaseUrl = 'https://api.openai.com/v1';

/** Where a model is and how it wants to be asked. */
export interface Place {
  readonly baseUrl: URL;
  readonly dialect: Dialect;
  /** The secret that holds the key; null when none is sent. */
  readonly keyName: string | null;
}

/**
 * The list's base URL, else OPENAI_BASE_URL, else OpenAI's own: as the client itself reads them.
 * @throws ModelError `unavailable` when that is no address.
 */
export async function placeOf(config: ModelConfig, host: Host): Promise<Place> {
  const fromEnvironment = config.baseUrl === undefined ? (await host.secret('OPENAI_BASE_URL'))?.trim() : undefined;
  const text = config.baseUrl ?? (fromEnvironment === undefined || fromEnvironment === '' ? openaiBaseUrl : fromEnvironment);
  const wrong = (what: string, hint = 'It looks like https://host/v1.') => new ModelError('unavailable', `The base URL of ${config.id} ${what}`, { sent: false, hint });
  let baseUrl: URL;
  try {
    baseUrl = new URL(text);
  } catch {
    throw wrong(`is no address: ${text.slice(0, 200)}`);
  }
  if (baseUrl.protocol !== 'http:' && baseUrl.protocol !== 'https:') throw wrong(`begins with ${baseUrl.protocol} instead of http: or https:.`);
  if (baseUrl.username !== '' || baseUrl.password !== '') throw wrong('holds a user name or a password.', 'Take it out, and name the variable that holds the key with `apiKeyEnv`.');
  const dialect = dialectFor(config, baseUrl);
  // A server that the table does not know is given the key of the environment only when the environment named the server, too.
  const keyName = config.apiKeyEnv ?? (fromEnvironment !== undefined && fromEnvironment !== '' ? 'OPENAI_API_KEY' : dialect.keyName);
  return { baseUrl, dialect, keyName };
}

/** The address of one of the API's paths: `chat/completions`. The query of the base URL stays. */
export function apiUrl(baseUrl: URL, path: string): URL {
  const url = new URL(baseUrl);
  url.pathname = `${baseUrl.pathname.replace(/\/+$/, '')}/${path}`;
  return url;
}

/** The key that is sent, if there is one. @throws ModelError `auth` when the server answers nobody without one. */
export async function readKey({ baseUrl, keyName, dialect }: Place, host: Host): Promise<string | undefined> {
  const key = (await host.secret(keyName, baseUrl.origin))?.trim();
  if (key !== undefined && key !== '') return key;
  if (!dialect.needsKey) return undefined;
  throw new ModelError('auth', `${dialect.server} needs a key, and ${keyName ?? 'none'} is not set.`, { sent: false, hint: `Set ${keyName ?? 'a key'}, or name another variable with \`apiKeyEnv\` in the model list.` });
}
