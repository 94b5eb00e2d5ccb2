import type { Generate, Load, PromptPart, ToChild, ToParent } from './protocol.ts';
import { importLlama, type Llama, type LlamaApi, type LlamaModel, type LlamaSequence, type Token } from './llama-api.ts';
import { createTokenizer, type Tokenizer } from './tokenizer.ts';
import { batchSize, generate } from './generate.ts';

/**
 * The process that holds one model. It ends when its parent ends or disconnects, and by nothing else of its own will; a crash of
 * native code ends it too, and its parent notices.
 */

interface Loaded {
  readonly api: LlamaApi;
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly sequence: LlamaSequence;
  readonly tokenize: Tokenizer;
  readonly contextWindow: number;
}

let loaded: Loaded | undefined;
const running = new Map<number, AbortController>();
/** The last errors that llama.cpp reported: its exceptions often say no more than "failed to load". */
const complaints: string[] = [];

// Not `exit`, which would wait for a computation in a thread.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (message: ToChild) => void answer(message));

function send(message: ToParent): void {
  // The parent may be gone by now: then nobody is left to be told, and `disconnect` ends this process.
  if (process.connected) process.send!(message, undefined, {}, () => {});
}

async function answer(message: ToChild): Promise<void> {
  const { id } = message;
  try {
    switch (message.type) {
      case 'load':
        return await load(id, message);
      case 'count':
        return send({ type: 'counted', id, tokens: count(message.prompt) });
      case 'generate':
        return await run(id, message);
      case 'cancel':
        return running.get(id)?.abort();
    }
  } catch (error) {
    send({ type: 'failed', id, code: message.type === 'load' ? 'load' : 'engine', message: explain(error) });
  }
}

async function load(id: number, { modelPath, llamaFolder, contextWindow, threads }: Load): Promise<void> {
  const start = performance.now();
  const api = await importLlama(llamaFolder);
  const gpu = process.platform === 'darwin' && process.arch === 'arm64' ? 'auto' : false;
  const llama = await api.getLlama({
    gpu, build: 'never', skipDownload: true, progressLogs: false, maxThreads: threads, logLevel: 'error',
    logger: (_level, text) => {
      if (text.trim() !== '') complaints.push(text.trim());
      complaints.splice(0, complaints.length - 5);
    },
  });
  const model = await llama.loadModel({ modelPath, ...(gpu === false && { gpuLayers: 0 }) });
  // The library keeps one place free, and shifts the context when it is full: one more than we use keeps it from either.
  const context = await model.createContext({ contextSize: contextWindow + 1, batchSize: Math.min(batchSize, contextWindow + 1), sequences: 1, threads: { ideal: threads, min: threads } });
  loaded = { api, llama, model, sequence: context.getSequence(), tokenize: createTokenizer(model), contextWindow };
  send({ type: 'loaded', id, milliseconds: performance.now() - start, contextWindow });
}

function count(prompt: readonly PromptPart[]): number {
  return theModel().tokenize(prompt).length;
}

async function run(id: number, settings: Generate): Promise<void> {
  const { api, llama, model, sequence, tokenize, contextWindow } = theModel();
  const tokens = tokenize(settings.prompt);
  if (overflows(id, tokens, settings.maxTokens)) return;
  const grammar = settings.grammar === null ? null : await readGrammar(id, settings.grammar, llama);
  if (grammar === undefined) return;
  const abort = new AbortController();
  running.set(id, abort);
  send({ type: 'started', id, inputTokens: tokens.length });
  try {
    const end = await generate({
      model, sequence, tokens, settings, contextWindow, signal: abort.signal,
      grammar: grammar === null ? null : new api.LlamaGrammarEvaluationState({ model, grammar }),
      emit: (text, sampled) => send({ type: 'delta', id, text, ...(sampled !== undefined && { tokens: sampled }) }),
    });
    send({ type: 'ended', id, ...end, inputTokens: tokens.length });
  } finally {
    running.delete(id);
  }
}

/** Says so, and true, when prompt and answer do not fit: before anything is computed. */
function overflows(id: number, tokens: readonly Token[], maxTokens: number | null): boolean {
  const { contextWindow } = theModel();
  if (tokens.length + (maxTokens ?? 1) <= contextWindow) return false;
  send({ type: 'failed', id, code: 'overflow', message: 'The prompt and the answer asked for do not fit into the context window.', inputTokens: tokens.length });
  return true;
}

async function readGrammar(id: number, text: string, llama: Llama): Promise<Awaited<ReturnType<Llama['createGrammar']>> | undefined> {
  try {
    return await llama.createGrammar({ grammar: text });
  } catch (error) {
    send({ type: 'failed', id, code: 'grammar', message: explain(error) });
    return undefined;
  }
}

function theModel(): Loaded {
  if (loaded === undefined) throw new Error('No model is loaded.');
  return loaded;
}

function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const said = complaints.splice(0).filter((line) => !message.includes(line));
  return [message, ...said].join(' – ').replace(/\s+/g, ' ').slice(0, 1000);
}
