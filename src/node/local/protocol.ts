/**
 * What the extension or the command line (the parent) and the process that holds the model (the child) say to each other. Every
 * question has an id that its answers carry; the child does one `generate` at a time, `count` at any time.
 */

/** A run of a prompt's text. Only in `template` text are special tokens such as `<|im_end|>` tokens; in `content` they are text. */
export interface PromptPart {
  readonly kind: 'template' | 'content';
  readonly text: string;
}

/** How the next token is drawn. The names and defaults are llama.cpp's. */
export interface Sampling {
  /** 0 always takes the likeliest token. */
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  /** An integer from 0 to 2^32 - 2. */
  readonly seed: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
}

export interface Load {
  readonly modelPath: string;
  /** The folder whose `node_modules` holds node-llama-cpp. */
  readonly llamaFolder: string;
  /** Tokens of prompt and answer together. */
  readonly contextWindow: number;
  readonly threads: number;
}

export interface Generate {
  readonly prompt: readonly PromptPart[];
  readonly sampling: Sampling;
  /** GBNF whose root the answer follows; null: free. */
  readonly grammar: string | null;
  readonly stop: readonly string[];
  /** Tokens of the answer; null: as many as the context window leaves. */
  readonly maxTokens: number | null;
  /** Alternatives to report per token; null: no probabilities. */
  readonly logprobs: number | null;
}

export type ToChild =
  | ({ readonly type: 'load'; readonly id: number } & Load)
  | ({ readonly type: 'generate'; readonly id: number } & Generate)
  | { readonly type: 'count'; readonly id: number; readonly prompt: readonly PromptPart[] }
  /** Stop this `generate`; its end comes as `cancelled`. */
  | { readonly type: 'cancel'; readonly id: number };

export interface SampledToken {
  readonly text: string;
  /** Natural logarithm of the probability it was drawn with. */
  readonly logprob: number;
  readonly bytes: readonly number[];
  readonly top: readonly { readonly text: string; readonly logprob: number }[];
}

/** Why a generate ended well: the model's own end token, a stop sequence, the number of tokens asked for, the context window. */
export type EndReason = 'end-token' | 'stop-sequence' | 'max-tokens' | 'context-full';

/** `overflow`: the prompt and the answer asked for do not fit. `load`, `grammar`: the library refused. `engine`: anything else. */
export type ChildErrorCode = 'load' | 'overflow' | 'grammar' | 'engine';

export type ToParent =
  | { readonly type: 'loaded'; readonly id: number; readonly milliseconds: number; readonly contextWindow: number }
  /** The prompt was counted and fits; computing begins. */
  | { readonly type: 'started'; readonly id: number; readonly inputTokens: number }
  | { readonly type: 'delta'; readonly id: number; readonly text: string; readonly tokens?: readonly SampledToken[] }
  /** Also after a cancel, so that what was computed is counted. */
  | { readonly type: 'ended'; readonly id: number; readonly reason: EndReason | 'cancelled'; readonly inputTokens: number; readonly outputTokens: number }
  | { readonly type: 'counted'; readonly id: number; readonly tokens: number }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly code: ChildErrorCode;
      readonly message: string;
      /** For `overflow`. */
      readonly inputTokens?: number;
    };
