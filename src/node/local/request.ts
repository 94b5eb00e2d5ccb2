import { type ModelRequest, type SamplingConfig, ModelError } from '../../core/models/model.ts';
import { isText, messageText, type Message } from '../../core/prompt/message.ts';
import type { ChatTemplate, TemplateMessage } from './chat-template.ts';
import type { Generate, PromptPart, Sampling } from './protocol.ts';
import type { Json } from '../../core/json.ts';
import { schemaGrammar } from './schema-grammar.ts';
import { TemplateError } from './chat-template.ts';

/** What llama.cpp's own server uses where nothing is said. */
const defaults = { temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05 } as const;

/** A request as the child gets it, and what people should know about how it was made. */
export interface LocalRequest {
  /** `sampling.seed` is null when none is given: each answer then draws its own. */
  readonly generate: Omit<Generate, 'sampling'> & { readonly sampling: Omit<Sampling, 'seed'> & { readonly seed: number | null } };
  readonly messages: readonly TemplateMessage[];
  readonly notes: readonly string[];
}

export interface RequestOptions {
  readonly name: string;
  readonly template: ChatTemplate;
  /** Whether system messages are sent as such. */
  readonly system: boolean;
  /** Settings that hold where the request says nothing. */
  readonly config: SamplingConfig;
}

/**
 * Makes a request for the child.
 *
 * @throws ModelError `bad-request` for what the model or its template cannot take.
 */
export function localRequest(request: ModelRequest, { name, template, config, system }: RequestOptions): LocalRequest {
  const settings = { ...config, ...given(request.config) };
  if (request.tools !== undefined && request.tools.length > 0) throw new ModelError('bad-request', `${name} takes no tools.`, { hint: 'Choose a model that does, or leave `tools` out.', sent: false });
  const chat = templateMessages(request.messages, name);
  const messages = system ? chat : withoutSystem(chat);
  const { parts, notes } = renderPrompt(messages, { name, template });
  if (messages !== chat) notes.push(`${name} knows no system messages: system text is sent with the user's.`);
  const grammar = request.output === undefined ? null : outputGrammar(request.output.schema, name);
  if (settings.effort !== undefined) notes.push(`${name} knows no effort: left out.`);
  return {
    messages,
    notes: [...notes, ...(grammar?.notes ?? [])],
    generate: {
      prompt: parts,
      sampling: {
        temperature: Math.max(0, settings.temperature ?? defaults.temperature),
        topK: settings.topK ?? defaults.topK,
        topP: settings.topP ?? defaults.topP,
        minP: defaults.minP,
        seed: settings.seed === undefined ? null : toSeed(settings.seed),
        presencePenalty: settings.presencePenalty ?? 0,
        frequencyPenalty: settings.frequencyPenalty ?? 0,
      },
      grammar: grammar?.text ?? null,
      stop: settings.stopSequences ?? [],
      maxTokens: settings.maxOutputTokens ?? null,
      logprobs: settings.logprobs ?? null,
    },
  };
}

/** Draws a seed for a request that has none. */
export function withSeed({ generate }: LocalRequest, random: () => number): Generate {
  const { seed, ...sampling } = generate.sampling;
  return { ...generate, sampling: { ...sampling, seed: seed ?? Math.floor(random() * (largestSeed + 1)) } };
}

/** What Preview shows: the chat, the settings, and the text that the model reads, template and all. */
export function describeRequest({ generate, messages, notes }: LocalRequest, model: string): Json {
  const { prompt, grammar, ...settings } = generate;
  return {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    ...settings.sampling,
    stop: [...settings.stop],
    maxTokens: settings.maxTokens,
    logprobs: settings.logprobs,
    ...(grammar !== null && { grammar }),
    prompt: prompt.map((part) => part.text).join(''),
    ...(notes.length > 0 && { notes: [...notes] }),
  };
}

/** A prompt's text without a chat around it, for counting. */
export function plainPrompt(text: string): readonly PromptPart[] {
  return [{ kind: 'content', text }];
}

function given(config: SamplingConfig): SamplingConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

const roles = { system: 'system', user: 'user', model: 'assistant', tool: 'tool' } as const;

function templateMessages(messages: readonly Message[], name: string): TemplateMessage[] {
  return messages.map((message) => {
    if (message.content.some((segment) => !isText(segment))) {
      throw new ModelError('bad-request', `${name} takes text only, and a message holds an image or audio.`, { hint: 'Leave {{media}} out, or choose a model that takes images.', sent: false });
    }
    const calls = (message.toolCalls ?? []).map((call) => `${call.name}(${call.arguments})`);
    const content = [messageText(message), ...calls].filter((text) => text !== '').join('\n');
    return { role: roles[message.role], content };
  });
}

/** System text before what the user says next: templates without system messages want the others in turn, so it is no message of its own. */
function withoutSystem(messages: TemplateMessage[]): TemplateMessage[] {
  if (messages.every((message) => message.role !== 'system')) return messages;
  const changed: TemplateMessage[] = [];
  let joins = false;
  for (const { role, content } of messages) {
    const before = changed.at(-1);
    if (role === 'system') {
      if (before?.role === 'user') changed[changed.length - 1] = { role: 'user', content: joined(before.content, content) };
      else changed.push({ role: 'user', content });
    } else if (joins && role === 'user' && before?.role === 'user') changed[changed.length - 1] = { role, content: joined(before.content, content) };
    else changed.push({ role, content });
    joins = role === 'system';
  }
  return changed;
}

function joined(...texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n');
}

function renderPrompt(messages: readonly TemplateMessage[], { name, template }: Pick<RequestOptions, 'name' | 'template'>): { readonly parts: readonly PromptPart[]; readonly notes: string[] } {
  try {
    const { parts, exact } = template.render(messages);
    const notes = template.own ? [] : [`The file of ${name} has no chat template: ChatML was used.`];
    if (!exact) notes.push(`The chat template of ${name} changes some of the messages' text; they were sent whole.`);
    return { parts, notes };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new ModelError('bad-request', `The chat template of ${name} cannot be used. ${error.message}`, {
      hint: 'Many templates want user and model messages in turn, and a user message first. Rearrange the roles, or choose another model.',
      sent: false,
      cause: error,
    });
  }
}

function outputGrammar(schema: Parameters<typeof schemaGrammar>[0], name: string): { readonly text: string; readonly notes: readonly string[] } {
  try {
    const { grammar, notes } = schemaGrammar(schema);
    return {
      text: grammar,
      notes: notes.length === 0 ? [] : [`The grammar for ${name} does not hold everything that the schema says (${notes.join('; ')}): that is left to the validation of the answer.`],
    };
  } catch (error) {
    throw new ModelError('bad-request', (error as Error).message, { hint: 'Make the schema simpler.', sent: false, cause: error });
  }
}

/** llama.cpp takes 2^32 - 1 as "draw one". */
const largestSeed = 2 ** 32 - 2;

/** Any number as a seed that llama.cpp takes: the same number always gives the same seed. */
function toSeed(seed: number): number {
  const whole = Math.floor(Number.isFinite(seed) ? seed : 0);
  return ((whole % (largestSeed + 1)) + largestSeed + 1) % (largestSeed + 1);
}
