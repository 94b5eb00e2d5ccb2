import type { Cost, RunError } from '../trace/event.ts';
import type { FinishReason, ModelEvent, ModelRequest, RetryPolicy, Usage } from '../models/model.ts';
import type { Outcome, RunContext, RunRequest } from '../techniques/technique.ts';
import { LimitError, type Reservation } from './meter.ts';
import { mergeTaint, messagesTaint, type ToolCall } from '../prompt/message.ts';
import { ModelError } from '../models/model.ts';
import type { Went } from './queue.ts';
import { costOf } from '../trace/usage.ts';
import { defect, limited, runError } from './errors.ts';
import { linkSignals } from './link-signals.ts';

/** Four tries, waits of at most 60 s in all, the first of half a second (design/4-engine). */
export const defaultRetry: RetryPolicy = { tries: 4, waitMs: 60_000, baseMs: 500 };

/** How many parameters that a server refuses by name are left out of one call before it is given up. */
const maxDrops = 8;

/**
 * One model call: the innermost run. Waits for its turn, sends, streams, asks again where that may help, and accounts for every
 * request that reached a server. Failures, limits and cancels are outcomes with what had been made.
 */
export async function callModel(request: RunRequest, context: RunContext): Promise<Outcome> {
  const { model } = request;
  const step = context.step();
  const sent = toModelRequest(request);
  context.emit({ type: 'model-call-start', at: context.host.now(), step, parent: request.parent, purpose: request.purpose, model: model.id, request: sent });
  const policy = { ...defaultRetry, ...definedOnly(model.retry) };
  const waiting = linkSignals([context.signal, context.halted]);
  const call: Call = { request, sent, step, context, waiting: waiting.signal, tries: 0, drops: 0, waitedMs: 0 };
  let answer = await tryOnce(call);
  while (answer.end.kind === 'error' && (await mayRetry(call, answer, policy))) answer = await tryOnce(call);
  waiting.unlink();
  const outcome = toOutcome(request, answer, context);
  context.emit({
    type: 'model-call-end', at: context.host.now(), step,
    status: outcome.status === 'limited' ? 'incomplete' : outcome.status, finish: answer.finish, source: model.source,
    usage: answer.usage, cost: answer.cost, ...(outcome.error && { error: outcome.error }),
  });
  return outcome;
}

interface Call {
  readonly request: RunRequest;
  readonly sent: ModelRequest;
  readonly step: number;
  readonly context: RunContext;
  /** For whatever comes before a request: aborts when the run is stopped, and when nothing more may be sent in it. */
  readonly waiting: AbortSignal;
  tries: number;
  drops: number;
  waitedMs: number;
}

/** What one HTTP request brought, and how it ended. */
interface Answer {
  text: string;
  reasoning: string;
  refusal: string;
  toolCalls: ToolCall[];
  finish: FinishReason | null;
  usage: Usage | null;
  serverCost: number | null;
  cost: Cost;
  deltas: number;
  /** Output tokens that a limit left to this request; null when none bound it. */
  cap: number | null;
  end: End;
}

type End =
  | { readonly kind: 'finished' }
  | { readonly kind: 'error'; readonly error: ModelError }
  | { readonly kind: 'limit'; readonly error: LimitError }
  | { readonly kind: 'cancelled' }
  /** Of this program or of a provider: the places that the call holds are given back all the same. */
  | { readonly kind: 'defect'; readonly error: RunError };

async function tryOnce(call: Call): Promise<Answer> {
  const { context, request, step } = call;
  const { host } = context;
  const answer: Answer = {
    text: '', reasoning: '', refusal: '', toolCalls: [], finish: null, usage: null, serverCost: null,
    cost: { usd: null, kind: 'calculated' }, deltas: 0, cap: null, end: { kind: 'finished' },
  };
  const model = request.model;
  let leave: ((went: Went) => void) | undefined;
  let reservation: Reservation | undefined;
  let responded = false;
  let started = false;
  let left = true;
  try {
    leave = await enterQueue(call);
    reservation = await context.meter.reserve(
      {
        inputTokens: async () => (await model.countTokens(call.sent)).tokens,
        maxOutputTokens: call.sent.config.maxOutputTokens ?? null,
        price: model.price,
        model: model.id,
      },
      call.waiting,
    );
    answer.cap = reservation.maxOutputTokens;
    const sent = answer.cap === null || answer.cap === call.sent.config.maxOutputTokens ? call.sent : { ...call.sent, config: { ...call.sent.config, maxOutputTokens: answer.cap } };
    call.waiting.throwIfAborted();
    started = true;
    context.emit({ type: 'request-start', at: host.now(), step, try: (call.tries += 1) });
    for await (const event of model.stream(sent, context.signal)) {
      if (event.type === 'response-start') responded = true;
      take(event, answer, call);
    }
    // A stream that was aborted may end quietly instead of throwing.
    if (answer.finish === null) {
      context.signal.throwIfAborted();
      throw new ModelError('cut', 'The answer ended without a finish reason.', { retryable: true, hint: 'The text so far is kept. Run again, or continue from it.' });
    }
  } catch (error) {
    answer.end = endOf(error, context);
    left = !(error instanceof ModelError) || error.sent;
  }
  const wasSent = started && left;
  if (answer.usage === null && wasSent && (responded || answer.deltas > 0) && !refusedRequest(answer)) answer.usage = await countedUsage(call, answer);
  answer.cost = answer.serverCost === null ? costOf(answer.usage, model.price) : { usd: answer.serverCost, kind: 'provider' };
  const rateLimited = answer.end.kind === 'error' && answer.end.error.status === 429;
  reservation?.settle(wasSent, answer.usage, answer.cost);
  leave?.({ rateLimited, tokens: (answer.usage?.inputTokens ?? 0) + (answer.usage?.outputTokens ?? 0) });
  if (started) {
    const { end } = answer;
    const error = end.kind === 'error' ? runError(end.error) : end.kind === 'defect' ? end.error : undefined;
    context.emit({ type: 'request-end', at: host.now(), step, try: call.tries, sent: wasSent, usage: answer.usage, cost: answer.cost, ...(error && { error }) });
  }
  return answer;
}

/** Waits for a place at the model's server. Call the result with how the request went. */
async function enterQueue({ request, context, step, waiting }: Call): Promise<(went: Went) => void> {
  const { model } = request;
  const { host } = context;
  const { key, limit, ...rates } = model.concurrency;
  let waited = false;
  try {
    return await context.queues(key, { concurrency: limit, ...rates }).enter(waiting, (reason) => {
      waited = true;
      context.emit({ type: 'wait-start', at: host.now(), step, reason, until: null, text: reason === 'queue' ? `waiting for a free place at ${model.id}` : `waiting for the rate limit of ${model.id}` });
    });
  } finally {
    if (waited) context.emit({ type: 'wait-end', at: host.now(), step });
  }
}

/** An HTTP error status: the server did not begin to answer, so nothing was billed. */
function refusedRequest(answer: Answer): boolean {
  return answer.end.kind === 'error' && answer.end.error.status !== undefined && answer.end.error.status >= 300;
}

function take(event: ModelEvent, answer: Answer, call: Call): void {
  const { context, step } = call;
  switch (event.type) {
    case 'text-delta':
      answer.text += event.text;
      break;
    case 'reasoning-delta':
      answer.reasoning += event.text;
      break;
    case 'refusal-delta':
      answer.refusal += event.text;
      break;
    case 'tool-call-delta': {
      const before = answer.toolCalls[event.index] ?? { id: '', name: '', arguments: '' };
      answer.toolCalls[event.index] = { id: event.id ?? before.id, name: event.name ?? before.name, arguments: before.arguments + event.arguments };
      break;
    }
    case 'usage':
      answer.usage = event.usage;
      if (event.cost !== undefined) answer.serverCost = event.cost;
      return;
    case 'finish':
      answer.finish = event.reason;
      return;
    case 'response-start':
    case 'logprobs':
    case 'note':
      break;
  }
  if (event.type.endsWith('-delta')) answer.deltas += 1;
  context.emit({ ...event, at: context.host.now(), step });
  if (answer.cap !== null && answer.cap !== call.sent.config.maxOutputTokens && isBeyond(answer, answer.cap)) {
    // The server was told the most it may write, and writes on.
    throw new LimitError('tokens', answer.cap, answer.deltas, {
      message: 'The model wrote on past the tokens that the limit left for this call.',
      hint: 'What was made is kept. Raise the limit, or use a server that honours the maximum of output tokens.',
    });
  }
}

/** Each delta is a token at least; where several come as one, no text of so many characters has so few tokens. */
function isBeyond({ deltas, text, reasoning }: Answer, cap: number): boolean {
  return deltas > cap + 8 || text.length + reasoning.length > (cap + 8) * 32;
}

function endOf(error: unknown, { signal }: RunContext): End {
  if (error instanceof LimitError) return { kind: 'limit', error };
  if (signal.aborted) return signal.reason instanceof LimitError ? { kind: 'limit', error: signal.reason } : { kind: 'cancelled' };
  if (error instanceof ModelError) return { kind: 'error', error };
  return { kind: 'defect', error: defect(error) };
}

/** Milliseconds. A tokenizer that stands on a server may hang as that one does, and must not hold back the outcome of a cancel. */
const countingMs = 1000;

/** A call that was cut sent no usage: its request and its text are counted by the model's tokenizer, as far as that can be asked. */
async function countedUsage(call: Call, answer: Answer): Promise<Usage | null> {
  const { model } = call.request;
  const unknown = { cachedInputTokens: null, reasoningTokens: null, kind: 'estimate' } as const;
  // Whoever computes on this machine may be busy or gone when it was stopped.
  if (model.capabilities.tokenDeltas === true) return { ...unknown, inputTokens: null, outputTokens: answer.deltas };
  const output = answer.reasoning + answer.text + answer.refusal + answer.toolCalls.map((tool) => tool.name + tool.arguments).join('');
  const counting = Promise.all([model.countTokens(call.sent), model.countTokens(output)]).catch(() => null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const counted = await Promise.race([counting, new Promise<null>((resolve) => (timer = setTimeout(resolve, countingMs, null)))]);
  clearTimeout(timer);
  return { ...unknown, inputTokens: counted?.[0].tokens ?? null, outputTokens: counted?.[1].tokens ?? answer.deltas };
}

/** Whether to ask again, after the wait that this takes. Text that a person has seen is never thrown away for another try. */
async function mayRetry(call: Call, answer: Answer, policy: RetryPolicy): Promise<boolean> {
  if (answer.end.kind !== 'error') return false;
  const { context, step, request } = call;
  const { error } = answer.end;
  const { host } = context;
  if (error.code === 'unsupported-parameter' && error.parameter !== undefined && call.drops < maxDrops && request.model.dropParameter?.(error.parameter)) {
    call.drops += 1;
    context.emit({ type: 'note', at: host.now(), step, text: `${request.model.id} refused the parameter \`${error.parameter}\`: it is left out from now on.` });
    return true;
  }
  const shown = request.purpose === 'answer' && answer.text !== '';
  if (!error.retryable || shown || call.tries - call.drops >= policy.tries) return false;
  const backoff = policy.baseMs * 2 ** (call.tries - call.drops - 1) * (0.5 + host.random() / 2);
  // A server that asks for no wait, or whose clock is behind ours, is given the usual one.
  const delay = error.retryAfterMs === undefined || error.retryAfterMs <= 0 ? backoff : error.retryAfterMs;
  if (call.waitedMs + delay > policy.waitMs) {
    if (error.retryAfterMs !== undefined) context.emit({ type: 'note', at: host.now(), step, text: `The server asks to wait ${Math.round(delay / 1000)} s${call.waitedMs > 0 ? ' more' : ''}, and a call waits at most ${policy.waitMs / 1000} s in all.` });
    return false;
  }
  call.waitedMs += delay;
  const now = host.now();
  context.emit({ type: 'wait-start', at: now, step, reason: error.status === 429 ? 'rate-limit' : 'retry', until: now + delay, text: error.message });
  try {
    // Whoever watches may have cancelled on being told of the wait.
    call.waiting.throwIfAborted();
    await host.sleep(delay, call.waiting);
  } catch (stop) {
    answer.end = endOf(stop, context);
    return false;
  } finally {
    context.emit({ type: 'wait-end', at: host.now(), step });
  }
  return true;
}

function toOutcome(request: RunRequest, answer: Answer, context: RunContext): Outcome {
  const toolCalls = answer.toolCalls.filter((call) => call !== undefined);
  const taint = mergeTaint([messagesTaint(request.messages)]);
  const base = {
    finish: answer.finish, text: answer.text, value: answer.text, checks: [], attempts: 1, taint,
    message: answer.text === '' && toolCalls.length === 0 ? null : {
      role: 'model' as const,
      content: answer.text === '' ? [] : [{ text: answer.text, source: { kind: 'model' as const }, taint }],
      ...(toolCalls.length > 0 && { toolCalls }),
    },
  };
  switch (answer.end.kind) {
    case 'cancelled':
      return { ...base, status: 'cancelled', error: null };
    case 'limit':
      return limited(base, answer.end.error, context);
    case 'error': {
      const error = runError(answer.end.error);
      return { ...base, status: answer.text !== '' ? 'incomplete' : 'failed', error };
    }
    case 'defect':
      return { ...base, status: 'failed', error: answer.end.error };
    case 'finished':
      return finished(base, request, answer, context);
  }
}

/** A finish reason came: `length` is the end only where the person asked for that length. */
function finished(base: Omit<Outcome, 'status' | 'error'>, request: RunRequest, answer: Answer, context: RunContext): Outcome {
  if (answer.refusal !== '' && answer.text === '') {
    const error: RunError = { code: 'refusal', message: `${request.model.id} refused: ${oneLine(answer.refusal, 200)}`, hint: 'Say in the prompt what the answer is for, or choose another model.' };
    return { ...base, text: answer.refusal, value: answer.refusal, status: 'failed', error };
  }
  if (answer.finish === 'content-filter') {
    const error: RunError = { code: 'content-filter', message: `The content filter of ${request.model.id} stopped the answer.`, hint: 'What came before it is kept. Reword the prompt, or choose another model.' };
    return { ...base, status: answer.text === '' ? 'failed' : 'incomplete', error };
  }
  if (answer.finish === 'length') {
    const asked = request.config.maxOutputTokens ?? request.model.config.maxOutputTokens;
    if (answer.cap !== null && (asked === undefined || answer.cap < asked)) {
      const error = new LimitError('tokens', answer.cap, answer.cap, { message: `The answer was cut at ${answer.cap} tokens, all that the limits left for it.`, hint: 'What was made is kept. Raise the limit of tokens or cost, or ask for a shorter answer.' });
      return limited(base, error, context);
    }
    if (asked === undefined) {
      const error: RunError = { code: 'incomplete', message: `${request.model.id} stopped at its own output limit or at the end of its context.`, hint: 'The text so far is kept. Ask for a shorter answer, or set `config.maxOutputTokens`.' };
      return { ...base, status: 'incomplete', error };
    }
  }
  return { ...base, status: 'done', error: null };
}

function toModelRequest(request: RunRequest): ModelRequest {
  const config = { ...request.model.config, ...request.config };
  const native = request.output !== undefined && request.model.capabilities.jsonSchema;
  return {
    messages: request.messages,
    config,
    ...(request.tools.length > 0 && { tools: request.tools.map(({ name, description, parameters }) => ({ name, description, parameters })) }),
    ...(native && { output: request.output }),
  };
}

function oneLine(text: string, max: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}

function definedOnly(policy: Partial<RetryPolicy> | undefined): Partial<RetryPolicy> {
  return Object.fromEntries(Object.entries(policy ?? {}).filter(([, value]) => value !== undefined));
}

