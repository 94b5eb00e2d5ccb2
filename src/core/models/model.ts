import type { Host } from '../engine/host.ts';
import type { Json, JsonSchema } from '../json.ts';
import type { Message } from '../prompt/message.ts';

/** How strong a number is: from the server's `usage`; from the model's own tokenizer; scaled by a learnt factor; a guess. */
export type CountKind = 'provider' | 'exact' | 'calibrated' | 'estimate';

/** Tokens of one or more calls. `null` is unknown, never 0. Input tokens include cached ones; output tokens include reasoning. */
export interface Usage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly kind: CountKind;
}

/** US dollars per million tokens. */
export interface Price {
  readonly input: number;
  readonly cachedInput?: number;
  readonly output: number;
  /** What a request with more input than this costs, as a whole. */
  readonly above?: { readonly inputTokens: number; readonly input: number; readonly cachedInput?: number; readonly output: number };
}

/** dotprompt's names for sampling settings, plus `seed`, `effort` and `logprobs`. What is not given is left to the model. */
export interface SamplingConfig {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly maxOutputTokens?: number;
  readonly stopSequences?: readonly string[];
  readonly seed?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly effort?: string;
  /** How many alternatives to report per token, 0 to 20; absent: none are asked for. */
  readonly logprobs?: number;
}

/** A tool as the model is told of it. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
}

/** One request to a model: a list of messages, settings, the tools offered, the form asked for. */
export interface ModelRequest {
  readonly messages: readonly Message[];
  readonly config: SamplingConfig;
  /** The settings as they were asked for, where a limit of the run has left the answer less in `config`: what recorded completions go by. */
  readonly givenConfig?: SamplingConfig;
  readonly tools?: readonly ToolDefinition[];
  /** `auto` when absent. */
  readonly toolChoice?: 'auto' | 'none' | 'required';
  /** A JSON Schema that the answer must follow. Sent only to a model whose `capabilities.jsonSchema` is true. */
  readonly output?: { readonly name: string; readonly schema: JsonSchema };
}

/** What a model can do, as data, so that the engine has no branch per provider. */
export interface Capabilities {
  /** Answers with text piece by piece. */
  readonly stream: boolean;
  /** Follows a JSON Schema by itself (constrained decoding or "structured outputs"). */
  readonly jsonSchema: boolean;
  /** Takes tool definitions and answers with tool calls. */
  readonly tools: boolean;
  /** Knows system messages. Otherwise system text is sent as a user message, and a note says so. */
  readonly system: boolean;
  /** Takes images. */
  readonly media: boolean;
  /** Reports usage itself. */
  readonly usage: boolean;
  /** A local model: costs nothing, is not reached over a network. */
  readonly local: boolean;
  /** Gives the same text for the same seed, as far as the server keeps it. */
  readonly seed: boolean;
  /** Each delta is one token, so that an answer that was cut is counted without asking for a count. */
  readonly tokenDeltas?: boolean;
}

/**
 * What an entry of the model list may say about a server that our table does not know, or knows wrongly: capabilities, and how an
 * OpenAI-compatible server wants its parameters.
 */
export interface CapabilityOverrides extends Partial<Capabilities> {
  /** The parameter for the longest answer. */
  readonly maxTokens?: 'max_tokens' | 'max_completion_tokens';
  /** Body parameters, in the provider's spelling, that are never sent: `[temperature, stream_options]`. */
  readonly omit?: readonly string[];
}

export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter';

export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes?: readonly number[];
  readonly top: readonly { readonly token: string; readonly logprob: number }[];
}

/**
 * What a model says while it answers, in order: `response-start` when headers came (and once more when the server names the model
 * that answers), then deltas, then `usage` and `finish` (either may come first; usage may be missing). Texts that arrive together
 * may come as one delta. A stream that ends without `finish` is incomplete. Failures are thrown as {@link ModelError}, after
 * whatever deltas and usage had arrived.
 */
export type ModelEvent =
  | { readonly type: 'response-start'; readonly status?: number; readonly requestId?: string; readonly model?: string }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'reasoning-delta'; readonly text: string }
  | { readonly type: 'refusal-delta'; readonly text: string }
  /** `index` tells parallel calls apart; `id` and `name` come with the first fragment of a call. */
  | { readonly type: 'tool-call-delta'; readonly index: number; readonly id?: string; readonly name?: string; readonly arguments: string }
  | { readonly type: 'logprobs'; readonly tokens: readonly TokenLogprob[] }
  | { readonly type: 'usage'; readonly usage: Usage; readonly cost?: number }
  | { readonly type: 'note'; readonly text: string }
  /** `raw` is the provider's own word for it. */
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly raw?: string };

/** Why a model call failed. Codes are told apart by programs, messages are read by people. */
export type ModelErrorCode =
  | 'dns' | 'refused' | 'tls' | 'connect-timeout' | 'connection' // nothing or not everything reached a server
  | 'first-token-timeout' | 'idle-timeout' | 'cut' // the stream died: `cut` = ended without a finish reason
  | 'rate-limit' | 'quota' | 'overloaded' | 'server' // 429, hard quota, 503/529, other 5xx
  | 'auth' | 'permission' | 'not-found' | 'bad-request' | 'context-overflow' | 'unsupported-parameter' | 'redirect'
  | 'bad-response' // HTML, an empty body, no choices, broken JSON, wrong content type
  | 'too-large' // over the byte cap
  | 'content-filter' | 'refusal'
  | 'replay-miss' | 'model-crash' | 'model-missing' | 'unavailable';

export interface ModelErrorDetails {
  /** One line: what to do next. */
  readonly hint?: string;
  /** HTTP status, where there was one. */
  readonly status?: number;
  /** Whether asking again may help (design/4-engine: 408, 409, 429, 5xx, connection errors). */
  readonly retryable?: boolean;
  /** Milliseconds that the server asked to wait (`Retry-After`), uncapped. */
  readonly retryAfterMs?: number;
  /** Whether the request may have reached a server: such a try counts as a call. Default true. */
  readonly sent?: boolean;
  /** For `unsupported-parameter`: the request parameter, in the provider's own spelling. */
  readonly parameter?: string;
  /** The server's own words, at most 2,000 characters, keys masked. */
  readonly body?: string;
  readonly requestId?: string;
  readonly cause?: unknown;
}

export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: ModelErrorCode;
  readonly hint: string | undefined;
  readonly status: number | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly sent: boolean;
  readonly parameter: string | undefined;
  readonly body: string | undefined;
  readonly requestId: string | undefined;

  constructor(code: ModelErrorCode, message: string, details: ModelErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.status = details.status;
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.sent = details.sent ?? true;
    this.parameter = details.parameter;
    this.body = details.body;
    this.requestId = details.requestId;
  }
}

/** Timers of one request, in milliseconds (design/4-engine: 15 s, 60 s, 45 s). */
export interface Timeouts {
  readonly connectMs: number;
  readonly firstTokenMs: number;
  readonly idleMs: number;
}

/** How a failed request is asked again. Defaults: four tries, waits of 60 s in all (design/4-engine). */
export interface RetryPolicy {
  /** Requests in all, the first included. */
  readonly tries: number;
  /** Milliseconds waited between tries, all together; a longer `Retry-After` ends the call at once. */
  readonly waitMs: number;
  /** The first wait in milliseconds; each next is twice as long, with jitter. */
  readonly baseMs: number;
}

/** An entry of the model list (`promptnb.models`, `models:` in promptnb.config.yaml), or made from a name like `openai:gpt-4.1`. */
export interface ModelConfig {
  /** What notebooks call it. */
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contextWindow?: number;
  readonly price?: Price;
  readonly tokenizer?: string;
  readonly limits?: ModelLimits;
  readonly config?: SamplingConfig;
  readonly timeouts?: Partial<Timeouts>;
  readonly retry?: Partial<RetryPolicy>;
  readonly capabilities?: CapabilityOverrides;
}

export interface ModelLimits {
  /** Requests at once. */
  readonly concurrency?: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Decoded bytes of one answer; more is refused as `too-large`. */
  readonly responseBytes?: number;
}

/** Whether a model could be asked now, and if not, why: one line for people. */
export interface Readiness {
  readonly ready: boolean;
  readonly why: string | null;
}

/** What is known of a model without opening it. null is unknown. */
export interface KnownFacts {
  /** Tokens. */
  readonly contextWindow: number | null;
  readonly price: Price | null;
}

export interface TokenCount {
  readonly tokens: number;
  readonly kind: CountKind;
}

/** An open model. Implementations hold no state that a second request could feel, except refused parameters. */
export interface Model {
  /** `provider:model`, or the id that the list gives it: what records and outputs name. */
  readonly id: string;
  /** What the completions cache tells models by: provider, base URL and the model's own name. Never holds a key. */
  readonly identity: string;
  readonly capabilities: Capabilities;
  /** Tokens; null is unknown. */
  readonly contextWindow: number | null;
  /** null is unknown; a local model costs 0. */
  readonly price: Price | null;
  /** At most this many requests at once; also the key under which they are counted. */
  readonly concurrency: { readonly key: string; readonly limit: number; readonly requestsPerMinute?: number; readonly tokensPerMinute?: number };
  /** Where this model differs from the engine's retry policy. */
  readonly retry?: Partial<RetryPolicy>;
  /** Whether answers are recorded ones. */
  readonly source: 'live' | 'replay';
  /** Settings of the model list that hold where a cell says nothing. */
  readonly config: SamplingConfig;
  /** Exactly what `stream` would send: what Preview shows. No keys. */
  describe(request: ModelRequest): { readonly url: string; readonly body: Json };
  /**
   * One request to the server: no retries inside. Cancelling rejects with the signal's reason, or with a ModelError that is not `sent`
   * where nothing had left yet.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  /** Tokens of a request as this model counts, or of a plain text. */
  countTokens(input: ModelRequest | string): Promise<TokenCount>;
  /**
   * Leave out (or rename: `max_tokens`) a parameter that the server refused, from now on. `capabilities` follow: after
   * `response_format` was dropped, `jsonSchema` is false. Returns whether the request may be sent again without it: also true when
   * another request beside this one has dropped it meanwhile.
   */
  dropParameter?(parameter: string): boolean;
  close?(): Promise<void>;
}

/** A kind of model source. One file each in `models/`; `index.ts` is the list. */
export interface Provider {
  readonly name: string;
  /** One sentence for completion and hover. */
  readonly doc: string;
  /** @throws ModelError `model-missing` or `unavailable` when it cannot be opened, with a hint how to get it. */
  open(config: ModelConfig, host: Host): Promise<Model>;
  /** For `promptnb models`: asks no model, and at most looks whether a server on this machine answers. Absent: always ready. */
  ready?(config: ModelConfig, host: Host): Promise<Readiness>;
  /** For `promptnb models`: what is known without opening it. Absent: what the entry of the list says. */
  facts?(config: ModelConfig, host: Host): Promise<KnownFacts>;
}
