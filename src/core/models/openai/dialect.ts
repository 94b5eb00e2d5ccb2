import type { Capabilities, ModelConfig } from '../model.ts';

/**
 * How one server wants to be asked, and what it can do: all that tells OpenAI-compatible servers apart is data here, so that neither
 * the request nor the engine has a branch per server.
 */
export interface Dialect {
  /** How people call the server. */
  readonly server: string;
  /** The provider's name in the price list; null when it has none. */
  readonly priceList: string | null;
  /** The secret that holds its key; null when it needs none. */
  readonly keyName: string | null;
  /** Whether it answers nobody without a key. */
  readonly needsKey: boolean;
  readonly maxTokens: 'max_tokens' | 'max_completion_tokens';
  /** Body parameters under another name here. */
  readonly rename: Readonly<Record<string, string>>;
  /** Body parameters that it does not take. */
  readonly omit: readonly string[];
  /** Body parameters that go with every request. */
  readonly extra: Readonly<Record<string, boolean | Readonly<Record<string, boolean>>>>;
  /** Its usage counts reasoning in `total_tokens` only, though it is billed as output. */
  readonly hidesReasoning: boolean;
  /** Requests at once where the list says nothing. */
  readonly concurrency: number;
  readonly capabilities: Capabilities;
}

const anyServer: Dialect = {
  server: '',
  priceList: null,
  keyName: null,
  needsKey: false,
  maxTokens: 'max_tokens',
  rename: {},
  omit: [],
  extra: {},
  hidesReasoning: false,
  concurrency: 16,
  capabilities: { stream: true, jsonSchema: true, tools: true, system: true, media: true, usage: true, local: false, seed: true },
};

/** The API as OpenAI documents it, with the older name that every server knows: the form of recorded requests. */
export const plainDialect: Dialect = anyServer;

interface Row {
  /** Host name, or the end of one when it begins with a dot. */
  readonly hosts?: readonly string[];
  /** On this machine: its usual port. */
  readonly localPort?: number;
  readonly differs: Partial<Omit<Dialect, 'capabilities'>> & { readonly capabilities?: Partial<Capabilities> };
}

/** Servers that people run themselves ask nobody for a key unless they are told to; `apiKeyEnv` names it then. */
const onThisMachine = { keyName: null, concurrency: 4, capabilities: { local: true } } as const;

/** Who differs how. Sources: each service's API reference; what they refuse by name is dropped in any case. */
const rows: readonly Row[] = [
  {
    hosts: ['api.openai.com', '.api.openai.com'],
    differs: { server: 'OpenAI', priceList: 'openai', keyName: 'OPENAI_API_KEY', needsKey: true, maxTokens: 'max_completion_tokens', omit: ['top_k'] },
  },
  {
    hosts: ['.openai.azure.com', '.services.ai.azure.com', '.cognitiveservices.azure.com'],
    differs: { server: 'Azure OpenAI', keyName: 'AZURE_OPENAI_API_KEY', needsKey: true, maxTokens: 'max_completion_tokens', omit: ['top_k'] },
  },
  { hosts: ['openrouter.ai'], differs: { server: 'OpenRouter', keyName: 'OPENROUTER_API_KEY', needsKey: true, extra: { usage: { include: true } } } },
  { hosts: ['api.groq.com'], differs: { server: 'Groq', priceList: 'groq', keyName: 'GROQ_API_KEY', needsKey: true, maxTokens: 'max_completion_tokens', omit: ['top_k', 'logprobs', 'top_logprobs'] } },
  { hosts: ['api.mistral.ai'], differs: { server: 'Mistral', priceList: 'mistral', keyName: 'MISTRAL_API_KEY', needsKey: true, rename: { seed: 'random_seed' }, omit: ['top_k', 'stream_options', 'logprobs', 'top_logprobs'] } },
  { hosts: ['api.deepseek.com'], differs: { server: 'DeepSeek', priceList: 'deepseek', keyName: 'DEEPSEEK_API_KEY', needsKey: true, omit: ['top_k', 'seed'], capabilities: { jsonSchema: false, seed: false, media: false } } },
  { hosts: ['generativelanguage.googleapis.com'], differs: { server: 'Gemini', priceList: 'google', keyName: 'GEMINI_API_KEY', needsKey: true, omit: ['top_k'], hidesReasoning: true } },
  {
    hosts: ['api.anthropic.com'],
    differs: { server: 'Anthropic', priceList: 'anthropic', keyName: 'ANTHROPIC_API_KEY', needsKey: true, omit: ['top_k', 'seed', 'logprobs', 'top_logprobs'], capabilities: { jsonSchema: false, seed: false } },
  },
  { hosts: ['api.x.ai'], differs: { server: 'xAI', priceList: 'xai', keyName: 'XAI_API_KEY', needsKey: true, omit: ['top_k'] } },
  { hosts: ['api.together.xyz', 'api.together.ai'], differs: { server: 'Together', keyName: 'TOGETHER_API_KEY', needsKey: true } },
  { hosts: ['api.fireworks.ai'], differs: { server: 'Fireworks', keyName: 'FIREWORKS_API_KEY', needsKey: true } },
  { hosts: ['api.cerebras.ai'], differs: { server: 'Cerebras', keyName: 'CEREBRAS_API_KEY', needsKey: true, maxTokens: 'max_completion_tokens', omit: ['top_k'] } },
  { localPort: 11434, differs: { server: 'Ollama', ...onThisMachine, omit: ['top_k'] } },
  { localPort: 1234, differs: { server: 'LM Studio', ...onThisMachine } },
  { localPort: 8080, differs: { server: 'llama.cpp', ...onThisMachine } },
  { localPort: 8000, differs: { server: 'vLLM', ...onThisMachine, concurrency: 64 } },
  { localPort: 30000, differs: { server: 'SGLang', ...onThisMachine, concurrency: 64 } },
  { localPort: 1337, differs: { server: 'Jan', ...onThisMachine } },
  { localPort: 4891, differs: { server: 'GPT4All', ...onThisMachine, concurrency: 1 } },
  { localPort: 5001, differs: { server: 'KoboldCpp', ...onThisMachine, concurrency: 1 } },
  // A gateway: what it passes on may be far away and cost money.
  { localPort: 4000, differs: { server: 'LiteLLM', keyName: null } },
];

/**
 * OpenAI's reasoning models, whoever serves them: the o series and gpt-5. From gpt-5.1 on sampling settings are allowed again in
 * some modes, so those are asked and dropped when refused.
 */
const reasoning = /^(?:openai\/)?(?:o[134](?:-|$)|gpt-5(?:-(?!chat)|$))/;
const withoutSampling = ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs'];

/** What is known of the server at `baseUrl` and of the model there; the entry of the list has the last word. */
export function dialectFor(config: Pick<ModelConfig, 'model' | 'capabilities'>, baseUrl: URL): Dialect {
  const local = isLoopback(baseUrl.hostname);
  const row = rows.find(({ hosts, localPort }) =>
    localPort === undefined ? hosts?.some((host) => (host.startsWith('.') ? baseUrl.hostname.endsWith(host) : baseUrl.hostname === host)) : local && baseUrl.port === String(localPort),
  );
  const { maxTokens, omit, ...capabilities } = config.capabilities ?? {};
  const server = row?.differs ?? {};
  const isReasoning = reasoning.test(config.model);
  // Ollama passes models named `…-cloud` on to its own service: they are neither local nor free.
  const passedOn = /[:-]cloud$/.test(config.model) ? { local: false } : {};
  return {
    ...anyServer,
    server: baseUrl.host,
    keyName: local ? 'OPENAI_API_KEY' : null,
    ...server,
    maxTokens: maxTokens ?? (isReasoning ? 'max_completion_tokens' : (server.maxTokens ?? anyServer.maxTokens)),
    omit: [...(server.omit ?? []), ...(isReasoning ? withoutSampling : []), ...(omit ?? [])],
    capabilities: { ...anyServer.capabilities, ...server.capabilities, ...passedOn, ...without(omit ?? []), ...definedOnly(capabilities) },
  };
}

/** What a server cannot do to which a parameter is never sent. */
function without(omit: readonly string[]): Partial<Capabilities> {
  const meant = [['stream', 'stream'], ['stream_options', 'usage'], ['response_format', 'jsonSchema'], ['tools', 'tools'], ['seed', 'seed']] as const;
  return Object.fromEntries(meant.filter(([parameter]) => omit.includes(parameter)).map(([, capability]) => [capability, false]));
}

/** Names and addresses of this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || /^127\./.test(hostname) || hostname === '[::1]' || hostname === '0.0.0.0';
}

function definedOnly<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
