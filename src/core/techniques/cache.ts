import type { Run, RunRequest, Technique } from './technique.ts';
import { isText, messagesTaint, type Message, type ToolCall } from '../prompt/message.ts';
import { bad, good, shown } from './read.ts';
import { canonicalJson } from '../json.ts';
import { noUsage } from '../trace/usage.ts';
import type { FinishReason } from '../models/model.ts';

export type CacheMode = 'on' | 'off' | 'refresh';

/** Answers from the completions cache where the same request was answered before; keeps complete answers there. */
export const cache: Technique<CacheMode> = {
  name: 'cache',
  doc: '`on`: the same request is answered from the cache. `off`: always asks the model, keeps nothing. `refresh`: asks and replaces what is kept. Every result says whether it was live or cached.',
  example: 'refresh',
  parse(node) {
    // YAML 1.2 reads `on` and `off` as texts; `true` and `false` mean the same.
    if (node.value === true || node.source === 'on') return good('on' as const);
    if (node.value === false || node.source === 'off') return good('off' as const);
    if (node.source === 'refresh') return good('refresh' as const);
    return bad(node, 'option-value', `\`cache\` must be \`on\`, \`off\` or \`refresh\`, not ${shown(node)}.`);
  },
};

/** What is kept of an answer. */
interface Kept {
  readonly version: 1;
  readonly text: string;
  readonly toolCalls?: readonly ToolCall[];
  readonly finish: FinishReason | null;
}

/** A run that looks into the cache before `next` and keeps what it answers. A broken entry counts as missing and is rewritten. */
export function withCache(next: Run): Run {
  return async (request, context) => {
    const { host } = context;
    if (host.cache === undefined || context.cacheMode === 'off' || request.model.source === 'replay') return next(request, context);
    const key = host.hash(requestText(request));
    if (context.cacheMode === 'on') {
      const kept = readKept(await host.cache.get(key).catch(() => undefined));
      if (kept !== null) return answerFromCache(kept, request, context);
    }
    const outcome = await next(request, context);
    if (outcome.status === 'done') {
      const toolCalls = outcome.message?.toolCalls;
      const kept: Kept = { version: 1, text: outcome.text, ...(toolCalls && { toolCalls }), finish: outcome.finish };
      // A full disk must not fail a run that was answered.
      await host.cache.put(key, JSON.stringify(kept)).catch(() => undefined);
    }
    return outcome;
  };
}

const answerFromCache = (kept: Kept, request: RunRequest, context: Parameters<Run>[1]): Awaited<ReturnType<Run>> => {
  const { host } = context;
  const step = context.step();
  const at = host.now();
  const free = { usage: noUsage, cost: { usd: 0, kind: 'calculated' } } as const;
  context.emit({
    type: 'model-call-start', at, step, parent: request.parent, purpose: request.purpose, model: request.model.id,
    request: {
      messages: request.messages, config: { ...request.model.config, ...request.config },
      ...(request.tools.length > 0 && { tools: request.tools.map(({ name, description, parameters }) => ({ name, description, parameters })) }),
      ...(request.output && { output: request.output }),
    },
  });
  if (kept.text !== '') context.emit({ type: 'text-delta', at, step, text: kept.text });
  for (const [index, call] of (kept.toolCalls ?? []).entries()) context.emit({ type: 'tool-call-delta', at, step, index, ...call });
  context.emit({ type: 'model-call-end', at: host.now(), step, status: 'done', finish: kept.finish, source: 'cache', ...free });
  const taint = messagesTaint(request.messages);
  const message: Message = {
    role: 'model',
    content: kept.text === '' ? [] : [{ text: kept.text, source: { kind: 'model' }, taint }],
    ...(kept.toolCalls && { toolCalls: kept.toolCalls }),
  };
  return { status: 'done', finish: kept.finish, text: kept.text, value: kept.text, message, checks: [], attempts: 1, error: null, taint };
};

/**
 * What tells requests apart: model, messages as the model sees them (not where they came from), settings, tools, form, and the
 * number of the sample.
 */
function requestText(request: RunRequest): string {
  return canonicalJson({
    version: 1,
    model: request.model.identity,
    messages: request.messages.map((message) => ({
      role: message.role,
      content: joinTexts(message),
      toolCalls: message.toolCalls,
      toolCallId: message.toolCallId,
    })),
    config: { ...request.model.config, ...request.config },
    tools: request.tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
    output: request.output,
    sample: request.sample,
  });
}

/** Text runs joined, media by URL, in order. */
function joinTexts(message: Message): unknown[] {
  const parts: unknown[] = [];
  let text = '';
  for (const segment of message.content) {
    if (isText(segment)) text += segment.text;
    else {
      parts.push(text, segment.media);
      text = '';
    }
  }
  parts.push(text);
  return parts;
}

function readKept(text: string | undefined): Kept | null {
  if (text === undefined) return null;
  try {
    const kept = JSON.parse(text) as Partial<Kept> | null;
    const whole = kept?.version === 1 && typeof kept.text === 'string' && isFinish(kept.finish) && (kept.toolCalls === undefined || areCalls(kept.toolCalls));
    return whole ? (kept as Kept) : null;
  } catch {
    return null;
  }
}

function isFinish(finish: unknown): boolean {
  return finish === null || finish === 'stop' || finish === 'length' || finish === 'tool-calls' || finish === 'content-filter';
}

function areCalls(calls: unknown): boolean {
  return Array.isArray(calls) && (calls as readonly unknown[]).every((call) => {
    const { id, name, arguments: given } = (call ?? {}) as Partial<ToolCall>;
    return typeof id === 'string' && typeof name === 'string' && typeof given === 'string';
  });
}
