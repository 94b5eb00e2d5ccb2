import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The part of node-llama-cpp 3.22 that we use. It is no dependency of ours (a plain install pulls every platform's binaries), so its
 * types are written here, as narrow as our use.
 */
export interface LlamaApi {
  getLlama(options: {
    readonly gpu: 'auto' | false;
    readonly build: 'never';
    readonly skipDownload: true;
    readonly progressLogs: false;
    readonly maxThreads: number;
    readonly logLevel: 'error';
    readonly logger: (level: string, message: string) => void;
  }): Promise<Llama>;
  readonly LlamaGrammarEvaluationState: new (options: { readonly model: LlamaModel; readonly grammar: LlamaGrammar }) => GrammarState;
}

export interface Llama {
  loadModel(options: { readonly modelPath: string; readonly gpuLayers?: 'auto' | 0 }): Promise<LlamaModel>;
  createGrammar(options: { readonly grammar: string }): Promise<LlamaGrammar>;
}

export type LlamaGrammar = object & { readonly grammar: string };
export type GrammarState = object;
/** A token's number in the vocabulary. */
export type Token = number & { readonly token?: never };

export interface LlamaModel {
  tokenize(text: string, specialTokens: boolean): Token[];
  detokenize(tokens: readonly Token[], specialTokens?: boolean, lastTokens?: readonly Token[]): string;
  iterateAllTokens(): Iterable<Token>;
  isSpecialToken(token: Token): boolean;
  getTokenAttributes(token: Token): { readonly control: boolean; readonly unknown: boolean; readonly lstrip: boolean; readonly rstrip: boolean };
  createContext(options: {
    readonly contextSize: number;
    readonly batchSize: number;
    readonly sequences: 1;
    readonly threads: { readonly ideal: number; readonly min: number };
  }): Promise<LlamaContext>;
  readonly tokens: { readonly bos: Token | null; readonly shouldPrependBosToken: boolean };
  readonly trainContextSize: number;
}

export interface LlamaContext {
  readonly contextSize: number;
  getSequence(): LlamaSequence;
}

export interface SequenceOptions {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly seed: number;
  readonly grammarEvaluationState?: GrammarState;
  readonly repeatPenalty?: {
    readonly penalty: number;
    readonly presencePenalty: number;
    readonly frequencyPenalty: number;
    readonly punishTokens: () => Token[];
    readonly maxPunishTokens: number;
  };
}

export interface LlamaSequence {
  clearHistory(): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly Token[]): Promise<void>;
  evaluateWithMetadata(
    tokens: readonly Token[],
    metadata: { readonly probabilities?: boolean },
    options: SequenceOptions,
  ): AsyncGenerator<{ readonly token: Token; readonly probabilities?: ReadonlyMap<Token, number> }, void>;
}

/** Loads node-llama-cpp from the folder it was installed into. Its native code is loaded by `getLlama`, not yet by this. */
export async function importLlama(folder: string): Promise<LlamaApi> {
  const entry = createRequire(join(folder, 'package.json')).resolve('node-llama-cpp');
  return (await import(pathToFileURL(entry).href)) as LlamaApi;
}
