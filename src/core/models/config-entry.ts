import { isObject, type Json, type JsonObject } from '../json.ts';
import { unknownKeys, type ConfigPath, type Reporter } from './config-report.ts';
import type { CapabilityOverrides, ModelConfig, ModelLimits, Price, RetryPolicy, SamplingConfig, Timeouts } from './model.ts';
import { providerNames } from './names.ts';

const entryKeys = ['id', 'provider', 'model', 'baseUrl', 'apiKeyEnv', 'headers', 'contextWindow', 'price', 'tokenizer', 'limits', 'config', 'timeouts', 'retry', 'capabilities'];
const tokenizers = ['o200k', 'cl100k', 'server', 'local', 'estimate', 'o200k_base', 'cl100k_base', 'o200k_harmony'];
/** Keys that say how a server is reached: they mean nothing to the other providers. */
const serverKeys = ['baseUrl', 'apiKeyEnv', 'headers'];

/** Reads one entry of the model list; undefined when it cannot be used. Every problem is reported, not only the first. */
export function readEntry(value: Json, path: ConfigPath, listReporter: Reporter): ModelConfig | undefined {
  let failed = false;
  const reporter: Reporter = {
    report(code, message, at, details) {
      failed ||= details?.severity !== 'warning';
      listReporter.report(code, message, at, details);
    },
  };
  if (!isObject(value)) {
    reporter.report('bad-model-value', 'An entry of the model list has `id`, `provider` and `model`.', path);
    return undefined;
  }
  const name = typeof value.id === 'string' && value.id !== '' ? `model \`${value.id}\`` : `model ${Number(path.at(-1)) + 1}`;
  const reading = newReading(value, { path, reporter, name });
  if (reading.foundKey()) return undefined;
  unknownKeys(Object.keys(value), entryKeys, { reporter, path, of: name });
  const id = reading.line('id');
  const provider = reading.text('provider', true, providerNames);
  const model = reading.line('model');
  if (provider !== undefined && provider !== 'openai') {
    for (const key of serverKeys) if (Object.hasOwn(value, key)) reporter.report('unused-model-key', `\`${key}\` means nothing to the provider \`${provider}\` (${name}).`, [...path, key], { what: 'key', severity: 'warning' });
  }
  const entry = {
    ...optional('baseUrl', reading.address('baseUrl')),
    ...optional('apiKeyEnv', reading.variable('apiKeyEnv')),
    ...optional('headers', reading.headers('headers')),
    ...optional('contextWindow', reading.number('contextWindow', whole(1))),
    ...optional('price', readPrice(reading)),
    ...optional('tokenizer', reading.text('tokenizer', false, tokenizers)),
    ...optional('limits', reading.group<ModelLimits>('limits', { concurrency: whole(1), requestsPerMinute: atLeast(0, false), tokensPerMinute: atLeast(0, false), responseBytes: whole(1024) })),
    ...optional('config', readSampling(reading)),
    ...optional('timeouts', reading.group<Partial<Timeouts>>('timeouts', { connectMs: whole(1), firstTokenMs: whole(1), idleMs: whole(1) })),
    ...optional('retry', reading.group<Partial<RetryPolicy>>('retry', { tries: whole(1), waitMs: atLeast(0), baseMs: atLeast(0) })),
    ...optional('capabilities', readCapabilities(reading)),
  };
  if (id === undefined || provider === undefined || model === undefined || failed) return undefined;
  return { id, provider, model, ...entry };
}

/** What a number must be: a test, and the words for it. */
interface NumberRule {
  readonly test: (value: number) => boolean;
  readonly words: string;
}

const whole = (least: number): NumberRule => ({ test: (value) => Number.isSafeInteger(value) && value >= least, words: `a whole number from ${least}` });
const atLeast = (least: number, included = true): NumberRule => ({ test: (value) => (included ? value >= least : value > least), words: included ? `a number from ${least}` : `a number above ${least}` });
const between = (least: number, most: number): NumberRule => ({ test: (value) => value >= least && value <= most, words: `a number from ${least} to ${most}` });
const wholeBetween = (least: number, most: number): NumberRule => ({ test: (value) => Number.isSafeInteger(value) && value >= least && value <= most, words: `a whole number from ${least} to ${most}` });

/** Names of keys, headers and query parameters that hold a secret: `apiKey`, `api-key`, `x-auth-token`, `Authorization`. */
export const secretName = /^(?:api|access|auth|bearer|subscription)?(?:key|token|secret)$|[-_](?:key|token|secret|password)$|^password$|^(?:proxy-)?authorization$|^cookie$|^bearer$/i;

const samplingRules: Readonly<Record<string, NumberRule>> = {
  temperature: between(0, 2), topP: between(0, 1), topK: whole(1), maxOutputTokens: whole(1),
  seed: { test: Number.isSafeInteger, words: 'a whole number' },
  presencePenalty: between(-2, 2), frequencyPenalty: between(-2, 2), logprobs: wholeBetween(0, 20),
};

function readSampling(reading: Reading): SamplingConfig | undefined {
  const inner = reading.inside('config');
  if (inner === undefined) return undefined;
  unknownKeys(inner.keys(), [...Object.keys(samplingRules), 'stopSequences', 'effort'], inner);
  const numbers = Object.fromEntries(Object.entries(samplingRules).map(([key, rule]) => [key, inner.number(key, rule)]).filter(([, value]) => value !== undefined)) as SamplingConfig;
  return { ...numbers, ...optional('stopSequences', inner.texts('stopSequences')), ...optional('effort', inner.text('effort', false)) };
}

function readPrice(reading: Reading): Price | undefined {
  const inner = reading.inside('price');
  if (inner === undefined) return undefined;
  unknownKeys(inner.keys(), ['input', 'cachedInput', 'output'], inner);
  const price = { input: inner.number('input', atLeast(0)), cachedInput: inner.number('cachedInput', atLeast(0)), output: inner.number('output', atLeast(0)) };
  const { input, output } = price;
  if (!['input', 'output'].every((key) => inner.given(key))) reading.complain('`price` needs `input` and `output`, in US dollars per million tokens', ['price']);
  if (input === undefined || output === undefined) return undefined;
  return { input, ...optional('cachedInput', price.cachedInput), output };
}

function readCapabilities(reading: Reading): CapabilityOverrides | undefined {
  const inner = reading.inside('capabilities');
  if (inner === undefined) return undefined;
  const flags = ['stream', 'jsonSchema', 'tools', 'system', 'media', 'usage', 'local', 'seed'] as const;
  unknownKeys(inner.keys(), [...flags, 'maxTokens', 'omit'], inner);
  const found = Object.fromEntries(flags.map((flag) => [flag, inner.flag(flag)]).filter(([, value]) => value !== undefined)) as CapabilityOverrides;
  const maxTokens = inner.text('maxTokens', false, ['max_tokens', 'max_completion_tokens']) as CapabilityOverrides['maxTokens'];
  return { ...found, ...optional('maxTokens', maxTokens), ...optional('omit', inner.texts('omit')) };
}

/** The fields of one object, read by kind; what does not fit is reported and comes back as undefined. */
interface Reading {
  readonly reporter: Reporter;
  readonly path: ConfigPath;
  readonly of: string;
  keys(): readonly string[];
  /** Whether the key is there, and not null. */
  given(key: string): boolean;
  text(key: string, required: boolean, allowed?: readonly string[]): string | undefined;
  /** A text that must be there, on one line, without white space around it. */
  line(key: string): string | undefined;
  number(key: string, rule: NumberRule): number | undefined;
  flag(key: string): boolean | undefined;
  texts(key: string): readonly string[] | undefined;
  address(key: string): string | undefined;
  variable(key: string): string | undefined;
  headers(key: string): Readonly<Record<string, string>> | undefined;
  /** The object under a key. */
  inside(key: string): Reading | undefined;
  /** An object of numbers only. */
  group<T extends object>(key: string, rules: Readonly<Record<string, NumberRule>>): T | undefined;
  complain(message: string, path: ConfigPath): void;
  /** Whether the object holds a key itself, which is refused whole. */
  foundKey(): boolean;
}

function newReading(value: JsonObject, { path, reporter, name }: { readonly path: ConfigPath; readonly reporter: Reporter; readonly name: string }): Reading {
  const complain = (message: string, at: ConfigPath, code = 'bad-model-value'): void => {
    reporter.report(code, `${message} (${name}).`, [...path, ...at]);
  };
  const expected = (key: string, words: string): undefined => {
    complain(`\`${key}\` is ${words}, not ${shown(value[key])}`, [key]);
    return undefined;
  };
  const given = (key: string): boolean => Object.hasOwn(value, key) && value[key] !== null;
  const reading: Reading = {
    reporter,
    path,
    of: typeof path.at(-1) === 'string' ? `\`${String(path.at(-1))}\` of ${name}` : name,
    keys: () => Object.keys(value),
    given,
    text(key, required, allowed) {
      if (!given(key)) {
        if (required) complain(`\`${key}\` is missing`, []);
        return undefined;
      }
      const found = value[key];
      if (typeof found === 'number') return expected(key, 'a text: put it in quotes');
      if (typeof found !== 'string' || found.trim() === '') return expected(key, 'a text');
      if (allowed !== undefined && !allowed.includes(found)) return expected(key, `one of ${allowed.map((one) => `\`${one}\``).join(', ')}`);
      return found;
    },
    line(key) {
      const text = reading.text(key, true);
      return text === undefined || (text === text.trim() && !/\p{Cc}/u.test(text)) ? text : expected(key, 'a text on one line, without white space around it');
    },
    number(key, rule) {
      if (!given(key)) return undefined;
      const found = value[key];
      return typeof found === 'number' && Number.isFinite(found) && rule.test(found) ? found : expected(key, rule.words);
    },
    flag(key) {
      if (!given(key)) return undefined;
      const found = value[key];
      return typeof found === 'boolean' ? found : expected(key, '`true` or `false`');
    },
    texts(key) {
      if (!given(key)) return undefined;
      const found = value[key];
      const list = typeof found === 'string' ? [found] : found;
      return Array.isArray(list) && (list as readonly Json[]).every((one) => typeof one === 'string') ? (list as readonly string[]) : expected(key, 'a list of texts');
    },
    address(key) {
      const text = reading.text(key, false);
      if (text === undefined) return undefined;
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url === undefined || !/^https?:$/.test(url.protocol)) return expected(key, 'an address like https://host/v1');
      const secret = [...url.searchParams.keys()].some((name) => secretName.test(name));
      if (url.username === '' && url.password === '' && !secret) return text;
      complain(`\`${key}\` holds a key, a user name or a password. Keys stay out of files: name the environment variable with \`apiKeyEnv\``, [key], 'key-in-file');
      return undefined;
    },
    variable(key) {
      const text = reading.text(key, false);
      if (text === undefined || /^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) return text;
      complain(`\`${key}\` is the name of an environment variable, not a key itself`, [key], 'key-in-file');
      return undefined;
    },
    headers(key) {
      const inner = reading.inside(key);
      if (inner === undefined) return undefined;
      const found: Record<string, string> = {};
      for (const header of inner.keys()) {
        const text = inner.text(header, false);
        if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(header)) reporter.report('bad-model-value', `\`${header}\` is no name of a header (${name}).`, [...path, key, header], { what: 'key' });
        else if (secretName.test(header) || /^(?:Bearer |Basic |sk-)/i.test(text ?? '')) complain(`The header \`${header}\` holds a key. Keys stay out of files: name the environment variable with \`apiKeyEnv\``, [key, header], 'key-in-file');
        else if (text !== undefined) found[header] = text;
      }
      return found;
    },
    inside(key) {
      if (!given(key)) return undefined;
      const found = value[key];
      if (!isObject(found)) return expected(key, 'a group of keys');
      return newReading(found, { path: [...path, key], reporter, name });
    },
    group<T extends object>(key: string, rules: Readonly<Record<string, NumberRule>>) {
      const inner = reading.inside(key);
      if (inner === undefined) return undefined;
      unknownKeys(inner.keys(), Object.keys(rules), inner);
      return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, inner.number(name, rule)]).filter(([, number]) => number !== undefined)) as T;
    },
    complain,
    foundKey() {
      const key = Object.keys(value).find((name) => secretName.test(name));
      if (key !== undefined) complain(`\`${key}\` would put a key into a file, and files are shared. Take it out, set an environment variable (in the editor: Set API Key…), and name the variable with \`apiKeyEnv\``, [key], 'key-in-file');
      return key !== undefined;
    },
  };
  return reading;
}

function shown(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return `\`${text.length > 40 ? `${text.slice(0, 39)}…` : text}\``;
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: V });
}
