import { isObject, type Json, type JsonObject } from '../json.ts';
import { secretName } from './config-entry.ts';

/** A model list without the keys that stood in it, and those keys. */
export interface WithoutKeys {
  readonly models: readonly Json[];
  /** Each with the origin of the server that it is for. */
  readonly keys: readonly { readonly endpoint: string; readonly key: string }[];
}

const openaiOrigin = 'https://api.openai.com';

/**
 * Takes keys out of a model list, wherever people put them: beside the model's name, in `apiKeyEnv`, in a header, in the address. A list
 * without keys comes back as it was.
 */
export function takeKeysOut(models: readonly Json[]): WithoutKeys {
  const keys: { endpoint: string; key: string }[] = [];
  const clean = models.map((entry) => {
    if (!isObject(entry)) return entry;
    const baseUrl = typeof entry.baseUrl === 'string' ? URL.parse(entry.baseUrl) : null;
    const endpoint = baseUrl?.origin ?? openaiOrigin;
    return cleanEntry(entry, (key) => {
      if (key.trim() !== '') keys.push({ endpoint, key: key.trim() });
    });
  });
  return { models: clean, keys };
}

function cleanEntry(entry: JsonObject, found: (key: string) => void): JsonObject {
  const clean: Record<string, Json> = {};
  for (const [name, value] of Object.entries(entry)) {
    if (secretName.test(name) && typeof value === 'string') found(withoutScheme(value));
    else if (name === 'apiKeyEnv' && typeof value === 'string' && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) found(value);
    else if (name === 'headers' && isObject(value)) {
      const headers = cleanHeaders(value, found);
      if (Object.keys(headers).length > 0) clean[name] = headers;
    } else if (name === 'baseUrl' && typeof value === 'string') clean[name] = cleanAddress(value, found);
    else clean[name] = value;
  }
  return clean;
}

function cleanHeaders(headers: JsonObject, found: (key: string) => void): JsonObject {
  return Object.fromEntries(Object.entries(headers).filter(([name, value]) => {
    const isKey = typeof value === 'string' && (secretName.test(name) || /^(?:Bearer |Basic |sk-)/i.test(value));
    if (isKey) found(withoutScheme(value));
    return !isKey;
  }));
}

function cleanAddress(text: string, found: (key: string) => void): string {
  const url = URL.parse(text);
  if (url === null) return text;
  const names = [...url.searchParams.keys()].filter((name) => secretName.test(name));
  if (names.length === 0 && url.password === '' && url.username === '') return text;
  found(names.length > 0 ? url.searchParams.get(names[0]!)! : url.password);
  for (const name of names) url.searchParams.delete(name);
  url.username = '';
  url.password = '';
  return url.href;
}

/** `Bearer sk-…` is the key `sk-…`. */
function withoutScheme(value: string): string {
  return value.replace(/^(?:Bearer|Basic)\s+/i, '');
}
