import { answerBound, textOf } from './answer-bound.ts';
import { costOf } from '../trace/usage.ts';
import { defect, runError } from './errors.ts';
import { LimitError, type Reservation } from './meter.ts';
import { linkSignals } from './link-signals.ts';
import { ModelError, type ModelEvent, type ModelRequest, type RetryPolicy, type Usage } from '../models/model.ts';
import { outcomeOf, type Answer, type End } from './answer.ts';
import type { Outcome, RunContext, RunRequest } from '../techniques/technique.ts';
import type { Went } from './queue.ts';

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
  const call: Call = { request, sent, step, context, waiting: waiting.signal, tries: 0, drops: 0, waitedMs: 0, untold: false };
  let answer = await tryOnce(call);
  while (answer.end.kind === 'error' && (await mayRetry(call, answer, policy))) {
    const again = await tryOnce(call);
    // Where a limit leaves no room to ask without a longest answer, what the server said stands.
    if (call.untold && again.end.kind === 'limit' && !again.started) break;
    answer = again;
  }
  waiting.unlink();
  const outcome = outcomeOf(answer, request, context);
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
  /** The server refused a longest answer that limits had given it. */
  untold: boolean;
}

async function tryOnce(call: Call): Promise<Answer> {
  const { context, request, step } = call;
  const { host } = context;
  const answer: Answer = {
    text: '', reasoning: '', refusal: '', toolCalls: [], finish: null, usage: null, serverCost: null,
    cost: { usd: null, kind: 'calculated' }, deltas: 0, bound: null, started: false, end: { kind: 'finished' },
  };
  const model = request.model;
  let leave: ((went: Went) => void) | undefined;
  let reservation: Reservation | undefined;
  let responded = false;
  let left = true;
  try {
    leave = await enterQueue(call);
    const asked = call.sent.config.maxOutputTokens;
    const inputTokens = async (): Promise<number> => (await model.countTokens(call.sent)).tokens;
    reservation = await context.meter.reserve({ inputTokens, maxOutputTokens: asked ?? null, contextWindow: model.contextWindow, price: model.price, model: model.id }, call.waiting);
    const bound = answerBound(reservation, { model, asked, refused: call.untold });
    answer.bound = bound;
    const sent = bound?.told === true ? { ...call.sent, config: { ...call.sent.config, maxOutputTokens: bound.cap }, givenConfig: call.sent.config } : call.sent;
    call.waiting.throwIfAborted();
    answer.started = true;
    context.emit({ type: 'request-start', at: host.now(), step, try: (call.tries += 1) });
    for await (const event of model.stream(sent, context.signal)) {
      if (event.type === 'response-start') responded = true;
      take(event, answer, call);
      const holding = bound?.hold(answer);
      if (holding !== undefined) await holding;
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
  const wasSent = answer.started && left;
  if (answer.usage === null && wasSent && (responded || answer.deltas > 0) && !refusedRequest(answer)) answer.usage = await countedUsage(call, answer);
  answer.cost = answer.serverCost === null ? costOf(answer.usage, model.price) : { usd: answer.serverCost, kind: 'provider' };
  const rateLimited = answer.end.kind === 'error' && answer.end.error.status === 429;
  reservation?.settle(wasSent, answer.usage, answer.cost);
  leave?.({ rateLimited, tokens: (answer.usage?.inputTokens ?? 0) + (answer.usage?.outputTokens ?? 0) });
  if (answer.started) {
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
  const counting = Promise.all([model.countTokens(call.sent), model.countTokens(textOf(answer))]).catch(() => null);
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
  // What a model may write at most is not known of every server: one that takes less than a limit leaves is asked without, and held to it here.
  if (answer.bound?.told === true && call.sent.config.maxOutputTokens === undefined && (error.code === 'bad-request' || error.code === 'context-overflow')) {
    call.untold = true;
    call.drops += 1;
    context.emit({ type: 'note', at: host.now(), step, text: `${request.model.id} was told that its answer may have ${answer.bound.cap} tokens. In case this is too much for it, it is asked again without.` });
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

function definedOnly(policy: Partial<RetryPolicy> | undefined): Partial<RetryPolicy> {
  return Object.fromEntries(Object.entries(policy ?? {}).filter(([, value]) => value !== undefined));
}
