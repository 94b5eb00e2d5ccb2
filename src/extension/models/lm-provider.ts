import { isText, messageText, type Message } from '../../core/prompt/message.ts';
import { ModelError, type Model, type ModelConfig, type ModelEvent, type ModelRequest, type Provider, type SamplingConfig } from '../../core/models/model.ts';
import type { Json } from '../../core/json.ts';
import * as vscode from 'vscode';

/**
 * Models of Copilot, and of every extension that offers some, through VS Code's language model API. It is asked only in a run that a
 * person began, since VS Code may ask for consent then. It knows no system messages, no usage and no seed.
 */
export const lm: Provider = {
  name: 'lm',
  doc: 'A model of Copilot or of another extension: `lm:VENDOR/NAME`. VS Code asks once whether this extension may use it.',
  async open(config) {
    const chat = await findChat(config);
    return openChat(config, chat);
  },
  async ready(config) {
    const [vendor] = config.model.split('/');
    const found = await vscode.lm.selectChatModels({ vendor: vendor! });
    return found.length > 0 ? { ready: true, why: null } : { ready: false, why: `No extension here offers models of ${vendor!}.` };
  },
};

/** The name under which notebooks know a model of the editor. */
export function lmName({ vendor, id }: Pick<vscode.LanguageModelChat, 'vendor' | 'id'>): string {
  return `lm:${vendor}/${id}`;
}

async function findChat({ id, model }: ModelConfig): Promise<vscode.LanguageModelChat> {
  const slash = model.indexOf('/');
  const vendor = model.slice(0, Math.max(slash, 0));
  const name = model.slice(slash + 1);
  const offered = vendor === '' ? [] : await vscode.lm.selectChatModels({ vendor });
  const found = offered.find((chat) => chat.id === name) ?? offered.find((chat) => chat.family === name);
  if (found !== undefined) return found;
  const hint = offered.length > 0 ? `${vendor} offers ${offered.slice(0, 8).map((chat) => `\`${lmName(chat)}\``).join(', ')}.` : 'Is the extension that offers it installed, enabled and signed in? Or select another model.';
  throw new ModelError('model-missing', `There is no model ${id} in this editor.`, { sent: false, hint });
}

function openChat(config: ModelConfig, chat: vscode.LanguageModelChat): Model {
  return {
    id: config.id,
    identity: `lm ${chat.vendor}/${chat.id}/${chat.version}`,
    capabilities: { stream: true, jsonSchema: false, tools: true, system: false, media: true, usage: false, local: false, seed: false, ...definedOnly(config.capabilities ?? {}) },
    contextWindow: config.contextWindow ?? chat.maxInputTokens,
    price: config.price ?? null,
    concurrency: { key: `lm:${chat.vendor}`, limit: config.limits?.concurrency ?? 4 },
    source: 'live',
    config: config.config ?? {},
    describe: (request) => ({ url: `vscode.lm:${chat.vendor}/${chat.id}`, body: describeRequest(request) }),
    stream: (request, signal) => ask(chat, request, signal),
    async countTokens(input) {
      const texts = typeof input === 'string' ? [input] : input.messages.map(messageText);
      let tokens = 0;
      for (const text of texts) tokens += await chat.countTokens(text);
      return { tokens, kind: 'estimate' };
    },
  };
}

async function* ask(chat: vscode.LanguageModelChat, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
  signal.throwIfAborted();
  const source = new vscode.CancellationTokenSource();
  const abort = (): void => source.cancel();
  signal.addEventListener('abort', abort, { once: true });
  let calls = 0;
  try {
    const response = await orAborted(chat.sendRequest(request.messages.map(toChatMessage), toOptions(request), source.token), signal);
    yield { type: 'response-start', model: chat.version === '' ? chat.id : `${chat.id} ${chat.version}` };
    for (const text of notes(request)) yield { type: 'note', text };
    const parts = response.stream[Symbol.asyncIterator]();
    for (let next = await orAborted(parts.next(), signal); next.done !== true; next = await orAborted(parts.next(), signal)) {
      const part = next.value;
      if (part instanceof vscode.LanguageModelTextPart) yield { type: 'text-delta', text: part.value };
      else if (part instanceof vscode.LanguageModelToolCallPart) {
        yield { type: 'tool-call-delta', index: calls, id: part.callId, name: part.name, arguments: JSON.stringify(part.input) };
        calls += 1;
      }
    }
    yield { type: 'finish', reason: calls > 0 ? 'tool-calls' : 'stop' };
  } catch (error) {
    signal.throwIfAborted();
    throw toModelError(error, chat);
  } finally {
    signal.removeEventListener('abort', abort);
    source.dispose();
  }
}

/** A cancel ends the wait at once, whatever the other extension does with its token. */
function orAborted<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).then(() => signal.removeEventListener('abort', abort), reject);
  });
}

function toChatMessage(message: Message): vscode.LanguageModelChatMessage {
  const text = messageText(message);
  if (message.role === 'tool') return vscode.LanguageModelChatMessage.User([new vscode.LanguageModelToolResultPart(message.toolCallId ?? '', [new vscode.LanguageModelTextPart(text)])]);
  if (message.role === 'model') {
    const calls = (message.toolCalls ?? []).map((call) => new vscode.LanguageModelToolCallPart(call.id, call.name, parsed(call.arguments)));
    return vscode.LanguageModelChatMessage.Assistant([...(text === '' && calls.length > 0 ? [] : [new vscode.LanguageModelTextPart(text)]), ...calls]);
  }
  return vscode.LanguageModelChatMessage.User(message.content.map((segment) => (isText(segment) ? new vscode.LanguageModelTextPart(segment.text) : toDataPart(segment.media.url))));
}

/** @throws ModelError for an image that is not in the request itself: the API takes bytes. */
function toDataPart(url: string): vscode.LanguageModelDataPart {
  const data = /^data:([^;,]+);base64,(.*)$/s.exec(url);
  if (data === null) throw new ModelError('bad-request', 'Models of the editor take images as data, not by address.', { sent: false, hint: 'Put the image into a cell with `file=`.' });
  return vscode.LanguageModelDataPart.image(Buffer.from(data[2]!, 'base64'), data[1]!);
}

function toOptions({ config, tools, toolChoice }: ModelRequest): vscode.LanguageModelChatRequestOptions {
  const modelOptions = settings(config);
  return {
    justification: 'A cell of a prompt notebook that you run asks this model.',
    ...(Object.keys(modelOptions).length > 0 && { modelOptions }),
    ...(tools !== undefined && tools.length > 0 && {
      tools: tools.map(({ name, description, parameters }) => ({ name, description, inputSchema: parameters as object })),
      toolMode: toolChoice === 'required' ? vscode.LanguageModelChatToolMode.Required : vscode.LanguageModelChatToolMode.Auto,
    }),
  };
}

/** Settings in the spelling that those who offer models know from OpenAI's API. Whether they heed them is theirs. */
function settings(config: SamplingConfig): { readonly [name: string]: Json } {
  const { temperature, topP, maxOutputTokens, stopSequences } = config;
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(maxOutputTokens !== undefined && { max_tokens: maxOutputTokens }),
    ...(stopSequences !== undefined && { stop: [...stopSequences] }),
  };
}

const notTaken = ['topK', 'seed', 'presencePenalty', 'frequencyPenalty', 'effort', 'logprobs'] as const satisfies readonly (keyof SamplingConfig)[];

function notes({ messages, config }: ModelRequest): readonly string[] {
  const system = messages.some((message) => message.role === 'system') ? ['Models of the editor know no system messages: system text is sent as a message of the user.'] : [];
  const left = notTaken.filter((name) => config[name] !== undefined);
  return [...system, ...left.map((name) => `\`${name}\` is left out: models of the editor do not take it.`)];
}

/** What is handed to the API, as plain data. */
function describeRequest(request: ModelRequest): Json {
  const messages = request.messages.map((message): Json => ({
    role: message.role === 'model' ? 'assistant' : 'user',
    content: messageText(message),
    ...(message.toolCalls !== undefined && { toolCalls: message.toolCalls.map(({ id, name, arguments: given }) => ({ id, name, arguments: given })) }),
    ...(message.toolCallId !== undefined && { toolCallId: message.toolCallId }),
  }));
  const tools = (request.tools ?? []).map(({ name, description, parameters }): Json => ({ name, description, parameters }));
  return { messages, modelOptions: settings(request.config), ...(tools.length > 0 && { tools }) };
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function toModelError(error: unknown, chat: vscode.LanguageModelChat): ModelError {
  if (error instanceof ModelError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const said = message === '' ? '' : ` It says: ${message}`;
  const name = chat.name === '' ? lmName(chat) : chat.name;
  const details = { cause: error, body: message };
  if (error instanceof vscode.LanguageModelError) {
    switch (error.code) {
      case vscode.LanguageModelError.NoPermissions.name:
        return new ModelError('permission', `Prompt Notebook was not allowed to use ${name}.`, { ...details, sent: false, hint: 'Run the cell again and allow it, or select another model. What was allowed is under Manage Language Model Access in the account menu.' });
      case vscode.LanguageModelError.Blocked.name:
        return new ModelError('quota', `${name} takes no more requests now: its limit is used up.${said}`, { ...details, hint: 'Wait until it is renewed, or select another model.' });
      case vscode.LanguageModelError.NotFound.name:
        return new ModelError('not-found', `${name} is no longer there.`, { ...details, sent: false, hint: 'Is the extension that offers it still signed in? Or select another model.' });
      default:
    }
  }
  const cause = error instanceof Error && error.cause instanceof Error && error.cause.message !== '' ? ` (${error.cause.message})` : '';
  return new ModelError('server', `${name} failed.${said}${cause}`, { ...details, hint: 'Run it again, or select another model.' });
}

function definedOnly<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
