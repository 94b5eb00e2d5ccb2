import { type Capabilities, type FinishReason, type Model, type ModelConfig, type ModelEvent, type ModelRequest, type Price, type Provider, type Readiness, type TokenLogprob, ModelError } from '../../core/models/model.ts';
import { type Gguf, GgufError, readGguf } from './gguf.ts';
import { type ListedModel, defaultModelId, listedModels } from './models.ts';
import { type LocalName, findWeights, readLocalName } from './names.ts';
import { type LocalRequest, describeRequest, localRequest, plainPrompt, withSeed } from './request.ts';
import { type SampledToken, type EndReason } from './protocol.ts';
import { binaryPackages, findLlama, llamaVersion, thisTarget } from './llama-folder.ts';
import { openChatTemplate, TemplateError } from './chat-template.ts';
import { type LocalClient, createClient } from './client.ts';
import { createThoughtFilter, knowsThoughts, opensThoughts, withoutThoughts, type Piece } from './thoughts.ts';
import { inTurn } from './in-turn.ts';
import { availableParallelism } from 'node:os';
import { basename, dirname } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface LocalOptions {
  /** Where weights and the engine are kept; the person's cache folder when absent. */
  readonly cache?: string;
  /** The folder that relative paths of models start from; the working directory when absent. */
  readonly folder?: string;
  /** The child's program. Beside this code, as `local-child.js`, when absent. */
  readonly childFile?: string;
  /** Milliseconds after which a model that nobody asks is unloaded. Default five minutes. */
  readonly idleMs?: number;
  /** Milliseconds that a cancelled child may still be busy. Default one second. */
  readonly graceMs?: number;
  /** Threads to compute with. Default: the number of cores. */
  readonly threads?: number;
  /**
   * Gets weights that are not here, with the person's consent; resolves to their path, or to null when the person said no. Absent:
   * nothing is downloaded.
   */
  readonly obtain?: (name: LocalName) => Promise<string | null>;
}

export interface LocalProvider extends Provider {
  /** The default model, when its weights and the engine are on this machine. */
  embedded(): Promise<ModelConfig | null>;
  /** Ends every child and resolves when they are gone. */
  close(): Promise<void>;
  /** Process ids of the children that run now. */
  readonly pids: readonly number[];
}

/** Models that run on this machine, in a process of their own, with llama.cpp. */
export function localProvider(options: LocalOptions = {}): LocalProvider {
  const cache = options.cache ?? cacheFolder();
  const clients = new Map<string, { readonly client: LocalClient; users: number }>();
  const turn = inTurn();
  const read = (name: string): LocalName => readLocalName(name, { folder: options.folder ?? process.cwd() });
  const config = (model: ListedModel): ModelConfig => ({ id: `local:${model.id}`, provider: 'local', model: model.id });

  const ready = async (entry: ModelConfig): Promise<Readiness> => {
    const name = read(entry.model);
    const missing = missingEngine(cache) ?? ((await findWeights(name, cache)) === null ? missingWeights(entry.model, name) : null);
    return { ready: missing === null, why: missing === null ? null : missing.message };
  };

  return {
    name: 'local',
    doc: `A model on this machine, in a process of its own: \`local:${defaultModelId}\`, the path of a GGUF file, or \`hf:user/name/file.gguf\`. Free, private, works offline.`,
    ready,
    async facts(entry) {
      const name = read(entry.model);
      const path = await findWeights(name, cache);
      const gguf = path === null ? null : await readGguf(path).catch(() => null);
      const known = gguf === null ? (entry.contextWindow ?? (name.kind === 'listed' ? name.model.contextWindow : null)) : windowOf(entry, name, gguf);
      return { contextWindow: known, price: entry.price ?? free };
    },
    async open(entry) {
      const name = read(entry.model);
      const folder = findLlama(codeFolder(), cache);
      if (folder === undefined) throw missingEngine(cache) ?? new Error('The engine was there a moment ago.');
      const path = (await findWeights(name, cache)) ?? (name.kind === 'unknown' ? null : await options.obtain?.(name)) ?? null;
      if (path === null) throw missingWeights(entry.model, name);
      const gguf = await readModel(path);
      const template = chatTemplate(gguf, { folder, path });
      const contextWindow = windowOf(entry, name, gguf);
      const threads = options.threads ?? availableParallelism();
      const key = `${path}\n${contextWindow}`;
      let shared = clients.get(key);
      if (shared === undefined) {
        const client = createClient({
          file: options.childFile ?? childFile(), name: entry.model, idleMs: options.idleMs ?? 5 * 60_000, graceMs: options.graceMs ?? 1000, turn,
          load: { modelPath: path, llamaFolder: folder, contextWindow, threads },
        });
        clients.set(key, (shared = { client, users: 0 }));
      }
      shared.users += 1;
      const { client } = shared;
      let open = true;
      const system = entry.capabilities?.system ?? template.system;
      return localModel({
        entry, gguf, client, contextWindow, path,
        prepare: (request) => localRequest(request, { name: entry.model, template, system, config: entry.config ?? {} }),
        system,
        close: async () => {
          if (!open) return;
          open = false;
          shared.users -= 1;
          if (shared.users === 0) {
            if (clients.get(key) === shared) clients.delete(key);
            await client.close();
          }
        },
      });
    },
    async embedded() {
      const model = listedModels.find(({ id }) => id === defaultModelId)!;
      return (await ready(config(model))).ready ? config(model) : null;
    },
    async close() {
      const all = [...clients.values()];
      clients.clear();
      await Promise.all(all.map(({ client }) => client.close()));
    },
    get pids() {
      return [...clients.values()].flatMap(({ client }) => client.pid ?? []);
    },
  };
}

interface Opened {
  readonly entry: ModelConfig;
  readonly gguf: Gguf;
  readonly client: LocalClient;
  readonly contextWindow: number;
  readonly path: string;
  readonly system: boolean;
  readonly prepare: (request: ModelRequest) => LocalRequest;
  readonly close: () => Promise<void>;
}

function localModel({ entry, gguf, client, contextWindow, path, system, prepare, close }: Opened): Model {
  const capabilities: Capabilities = { stream: true, jsonSchema: true, tools: false, system, media: false, usage: true, local: true, seed: true, tokenDeltas: true, ...entry.capabilities };
  return {
    id: entry.id,
    identity: `local:${basename(path)}:${gguf.fingerprint}:llama-${llamaVersion}`,
    capabilities,
    contextWindow,
    price: entry.price ?? free,
    // All cores belong to one answer: see `turn` of the client.
    concurrency: { key: 'local', limit: 1 },
    source: 'live',
    config: entry.config ?? {},
    describe: (request) => ({ url: `local:${entry.model}`, body: describeRequest(prepare(request), entry.model) }),
    stream: (request, signal) => stream({ client, prepared: prepare(request), model: entry.model, thinks: knowsThoughts(gguf.chatTemplate), signal }),
    async countTokens(input) {
      const prompt = typeof input === 'string' ? plainPrompt(input) : prepare(input).generate.prompt;
      return { tokens: await client.count(prompt), kind: 'exact' };
    },
    close,
  };
}

/** What is computed on this machine costs nothing. */
const free: Price = { input: 0, output: 0 };

const finishes: Readonly<Record<EndReason, FinishReason>> = { 'end-token': 'stop', 'stop-sequence': 'stop', 'max-tokens': 'length', 'context-full': 'length' };

interface Streaming {
  readonly client: LocalClient;
  readonly prepared: LocalRequest;
  readonly model: string;
  /** Whether the model may think before it speaks. */
  readonly thinks: boolean;
  readonly signal: AbortSignal;
}

async function* stream({ client, prepared, model, thinks, signal }: Streaming): AsyncGenerator<ModelEvent, void> {
  signal.throwIfAborted();
  // A grammar leaves no room for thoughts.
  const { grammar, prompt } = prepared.generate;
  const told = thinks && grammar === null ? createThoughtFilter({ begun: opensThoughts(prompt.at(-1)?.text ?? '') }) : withoutThoughts;
  for (const text of prepared.notes) yield { type: 'note', text };
  try {
    for await (const event of client.generate(withSeed(prepared, Math.random), signal)) {
      switch (event.type) {
        case 'started':
          yield { type: 'response-start', model };
          break;
        case 'delta':
          yield* told.push(event.text).map(toDelta);
          if (event.tokens !== undefined && event.tokens.length > 0) yield { type: 'logprobs', tokens: event.tokens.map(toLogprob) };
          break;
        case 'ended':
          yield* told.rest().map(toDelta);
          yield { type: 'usage', usage: { inputTokens: event.inputTokens, outputTokens: event.outputTokens, cachedInputTokens: 0, reasoningTokens: null, kind: 'exact' } };
          yield { type: 'finish', reason: finishes[event.reason], raw: event.reason };
          break;
      }
    }
  } catch (error) {
    yield* told.rest().map(toDelta);
    throw error;
  }
}

function toDelta({ kind, text }: Piece): ModelEvent {
  return { type: kind === 'thought' ? 'reasoning-delta' : 'text-delta', text };
}

function toLogprob({ text, logprob, bytes, top }: SampledToken): TokenLogprob {
  return { token: text, logprob, bytes, top: top.map((other) => ({ token: other.text, logprob: other.logprob })) };
}

async function readModel(path: string): Promise<Gguf> {
  try {
    const gguf = await readGguf(path);
    if (gguf.vocabulary === 0) throw new GgufError('it holds no vocabulary');
    return gguf;
  } catch (error) {
    const why = error instanceof GgufError ? `it is no GGUF file that can be used: ${error.message}` : (error as Error).message;
    throw new ModelError('unavailable', `The model file ${path} cannot be read: ${why}.`, { hint: 'Download it again, or choose another model.', sent: false, cause: error });
  }
}

function chatTemplate(gguf: Gguf, { folder, path }: { readonly folder: string; readonly path: string }): ReturnType<typeof openChatTemplate> {
  try {
    return openChatTemplate(gguf, folder);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new ModelError('unavailable', `The chat template in ${path} cannot be used. ${error.message}`, { hint: 'Choose another file of this model.', sent: false, cause: error });
  }
}

/** In less nothing can be asked; a file that says less says nothing. */
const leastWindow = 16;

/** A window that the list or the person names, never more than the model was trained for; else 8,192, for the memory's sake. */
function windowOf(entry: ModelConfig, name: LocalName, gguf: Gguf): number {
  const wanted = entry.contextWindow ?? (name.kind === 'listed' ? name.model.contextWindow : 8192);
  const trained = gguf.contextLength ?? 0;
  return Math.max(leastWindow, trained < leastWindow ? wanted : Math.min(wanted, trained));
}

/** Why the engine cannot be used, or null when it is here. */
function missingEngine(cache: string): ModelError | null {
  if (findLlama(codeFolder(), cache) !== undefined) return null;
  const target = thisTarget();
  if (binaryPackages[target] === undefined) {
    return new ModelError('unavailable', `There is no engine for local models on ${target}.`, { hint: 'Use a model server on this machine (Ollama, LM Studio, llama.cpp), or a model over the network.', sent: false });
  }
  return new ModelError('unavailable', `The engine for local models (node-llama-cpp ${llamaVersion} for ${target}) is not installed.`, {
    hint: 'In the project, run: node scripts/get-llama.ts. The packaged extension brings it along.',
    sent: false,
  });
}

function missingWeights(model: string, name: LocalName): ModelError {
  switch (name.kind) {
    case 'unknown':
      return new ModelError('model-missing', `${name.why}.`.replace(/\?\.$/, '?'), { hint: `Known: ${listedModels.map(({ id }) => id).join(', ')}; or the path of a GGUF file, or hf:user/name/file.gguf.`, sent: false });
    case 'path':
      return new ModelError('model-missing', `There is no file ${name.path}.`, { hint: 'Check the path: relative ones start where the command was run, or from the notebook’s folder in the editor.', sent: false });
    case 'listed':
      return new ModelError('model-missing', `The weights of ${model} are not on this machine (${megabytes(name.model.size)} MB, ${name.model.license}).`, { hint: howToGet(model), sent: false });
    case 'hub':
    case 'quantization':
      return new ModelError('model-missing', `The weights of ${model} are not on this machine.`, { hint: howToGet(model), sent: false });
  }
}

function howToGet(model: string): string {
  return `On the command line \`--yes\` downloads them; or get them with: node scripts/get-model.ts ${model}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

/** The folder that this code runs from: the bundles' folder, or this one during development. */
function codeFolder(): string {
  return dirname(fileURLToPath(import.meta.url));
}

/** The child's program beside this code: the bundle, or its source during development. */
function childFile(): string {
  const bundle = fileURLToPath(new URL('./local-child.js', import.meta.url));
  return existsSync(bundle) ? bundle : fileURLToPath(new URL('./child.ts', import.meta.url));
}
