import { Allow, parse as parsePartial } from 'partial-json';
import { errorIn, foreignWords, frameError, requestIdOf, statusError, type ErrorContext } from './errors.ts';
import { finishEvent, newAnswer, readChunk, usageEvent, type AnswerState } from './chunks.ts';
import { idleTimeout, type Exchange } from './exchange.ts';
import { isObject, type Json } from '../../json.ts';
import { maskKey } from '../mask.ts';
import { ModelError, type ModelEvent, type Timeouts } from '../model.ts';
import { newEventReader, tooLarge, type EventReader } from './events.ts';

export interface AnswerOptions extends ErrorContext {
  /** Host and port, for messages about the connection. */
  readonly address: string;
  readonly timeouts: Timeouts;
  /** Reasoning tokens are counted in the total of the usage only. */
  readonly hidesReasoning: boolean;
  /** Decoded bytes of the whole answer. One event, or a body that is no stream, may have a quarter of that. */
  readonly responseBytes: number;
}

/** How long the connection may stay open after the answer is complete: for the usage, and for the end after `[DONE]`. */
const afterFinishMs = 5_000;
const afterDoneMs = 250;
/** How much of an answer that is no completion is read, and for how long. */
const foreignBytes = 65_536;
const foreignMs = 5_000;

/**
 * The answer to one request as events. Ends after `finish`, or throws: {@link ModelError} after whatever had arrived, or the
 * signal's reason. The timers: until the first piece of the answer `firstTokenMs` from the request, then `idleMs` between complete
 * events. Comments (keep-alives) and half events put neither off.
 */
export async function* readAnswer(response: Response, exchange: Exchange, options: AnswerOptions): AsyncGenerator<ModelEvent, void> {
  const { status, headers } = response;
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) throw redirected(status, headers, options);
  if (status < 200 || status > 299) throw statusError(status, headers, await readForeign(exchange), options);
  yield { type: 'response-start', status, ...requestIdOf(headers) };
  const contentType = headers.get('content-type');
  const kind = kindOf(contentType);
  const first = kind === 'unnamed' ? await exchange.read() : undefined;
  const body = first === undefined ? exchange : beginningWith(first, exchange);
  switch (kind === 'unnamed' ? kindByStart(first) : kind) {
    case 'stream':
      return yield* readStream(body, options, headers);
    case 'json':
      return yield* readWhole(body, options, headers);
    case 'foreign':
      throw foreign(await readForeign(body), contentType, options, headers);
  }
}

type Kind = 'stream' | 'json' | 'foreign';

function kindOf(contentType: string | null): Kind | 'unnamed' {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === '') return 'unnamed';
  if (type === 'text/event-stream') return 'stream';
  return type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type) ? 'json' : 'foreign';
}

/** A body without a content type: events or JSON by how it begins. */
function kindByStart(bytes: Uint8Array | undefined): Kind {
  const start = new TextDecoder().decode(bytes?.subarray(0, 64)).trimStart();
  if (/^(?:data|event|id|retry|error)?:/.test(start)) return 'stream';
  return start === '' || start.startsWith('{') || start.startsWith('[') ? 'json' : 'foreign';
}

function beginningWith(first: Uint8Array, exchange: Exchange): Exchange {
  let held: Uint8Array | undefined = first;
  return {
    ...exchange,
    get cancelled() {
      return exchange.cancelled;
    },
    async read() {
      const bytes = held;
      held = undefined;
      return bytes ?? exchange.read();
    },
  };
}

async function* readStream(exchange: Exchange, options: AnswerOptions, headers: Headers): AsyncGenerator<ModelEvent, void> {
  const answer = newAnswer(options.hidesReasoning);
  let events: ModelEvent[] = [];
  const reader = newEventReader(options, headers, (chunk, fail) => {
    try {
      readChunk(chunk, answer, events);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      fail(error);
    }
  });
  const timer = answerTimer(exchange, options);
  const decoder = new TextDecoder();
  let bytes = 0;
  let ended: unknown;
  try {
    for (let read = await exchange.read(); read !== undefined; read = await exchange.read()) {
      bytes += read.byteLength;
      if (bytes > options.responseBytes) throw tooLarge(options, options.responseBytes);
      reader.feed(decoder.decode(read, { stream: true }));
      timer.saw(answer, reader);
      for (const event of events) yield event;
      events = [];
      if (reader.failure !== undefined) break;
    }
  } catch (error) {
    ended = error;
  }
  reader.feed(decoder.decode());
  reader.end();
  if (answer.finish === null) keepTail(reader.tail, answer, events);
  const failure = ended ?? reader.failure ?? verdict(answer, reader, bytes, options, headers);
  for (const event of events) yield event;
  yield* ending(answer, failure, exchange);
}

/** Usage in any case; then the finish, or why there is none. What goes wrong after the finish takes nothing from the answer. */
function* ending(answer: AnswerState, failure: unknown, exchange: Exchange): Generator<ModelEvent, void> {
  const usage = usageEvent(answer);
  if (usage !== undefined) yield usage;
  exchange.throwIfCancelled();
  const finish = finishEvent(answer);
  if (finish === undefined || (failure !== undefined && !(failure instanceof ModelError))) throw failure;
  if (failure !== undefined && failure.code !== 'idle-timeout') yield { type: 'note', text: `After the end of the answer: ${failure.message}` };
  yield finish;
}

/** Runs the deadline through the stages of a stream; they only go forward. */
function answerTimer(exchange: Exchange, { timeouts, address }: AnswerOptions) {
  const { deadline } = exchange;
  let stage: 'waiting' | 'content' | 'finished' | 'done' = 'waiting';
  let count = 0;
  const complete = (): void => exchange.fail(new ModelError('idle-timeout', 'The answer was complete and the connection stayed open.'));
  return {
    /** After each read: the first content, the finish and `[DONE]` change the limit; a new event puts it off. */
    saw(answer: AnswerState, reader: EventReader): void {
      const now = reader.done ? 'done' : answer.finish !== null ? 'finished' : answer.content ? 'content' : 'waiting';
      if (now !== stage) {
        stage = now;
        if (now === 'content') deadline.set(timeouts.idleMs, () => exchange.fail(idleTimeout(address, timeouts.idleMs)));
        else deadline.set(now === 'done' ? afterDoneMs : Math.min(timeouts.idleMs, afterFinishMs), complete);
      } else if (stage === 'content' && reader.count > count) deadline.extend();
      count = reader.count;
    },
  };
}

/** What a stream that was read to its end, without an error in it, lacks; undefined when it is whole. */
function verdict(answer: AnswerState, reader: EventReader, bytes: number, options: AnswerOptions, headers: Headers): ModelError | undefined {
  if (answer.finish !== null) return undefined;
  const details = { status: 200, ...requestIdOf(headers) };
  if (answer.broken !== null) {
    return new ModelError('server', `${options.server} stopped its answer for a failure of its own (${answer.broken}).`, { ...details, retryable: true, hint: 'The text so far is kept. Try again.' });
  }
  if (answer.choices || reader.tail !== '') {
    return new ModelError('cut', `The answer of ${options.server} ended without a finish reason: it is cut.`, { ...details, retryable: true, hint: 'The text so far is kept. Try again, or continue from it.' });
  }
  if (reader.count > 0) return noChoices(options, headers);
  if (reader.stray === '') return empty(options, headers, bytes);
  const error = errorOf(reader.stray);
  return error !== undefined ? frameError(error, options, headers) : foreign(reader.stray, headers.get('content-type'), options, headers);
}

/** Keeps the text of an event that the end of the stream cut; its other fields would be halves. */
function keepTail(tail: string, answer: AnswerState, events: ModelEvent[]): void {
  if (tail === '') return;
  const before = { ...answer };
  try {
    const chunk = parsePartial(tail, Allow.STR | Allow.OBJ | Allow.ARR) as Json;
    if (isObject(chunk)) readChunk(chunk, answer, events);
  } catch {
    // Not the beginning of JSON either: nothing to keep.
  }
  Object.assign(answer, { finish: before.finish, broken: before.broken, usage: before.usage, cost: before.cost });
}

/** A whole completion as one JSON body: what servers send that do not stream, or were not asked to. */
async function* readWhole(exchange: Exchange, options: AnswerOptions, headers: Headers): AsyncGenerator<ModelEvent, void> {
  const { timeouts, address } = options;
  const limit = Math.max(timeouts.idleMs, timeouts.firstTokenMs);
  exchange.deadline.set(limit, () => exchange.fail(idleTimeout(address, limit)));
  const { text, ended } = await readText(exchange, options);
  const answer = newAnswer(options.hidesReasoning);
  const events: ModelEvent[] = [];
  let failure = ended;
  try {
    const body = JSON.parse(text) as Json;
    const error = errorIn(body);
    if (error !== undefined) failure ??= frameError(error, options, headers);
    if (isObject(body)) readChunk(body, answer, events);
    // The body is whole by its own account, so a choice without a reason has stopped.
    if (answer.choices && answer.finish === null && answer.broken === null && ended === undefined) answer.finish = { reason: 'stop', raw: '' };
    if (answer.finish === null) failure ??= verdictOfWhole(answer, options, headers);
  } catch (error) {
    // Also of a body that ended early for another reason: its text is kept.
    const broken = error instanceof ModelError ? error : brokenJson(text, answer, events, options, headers);
    failure ??= broken;
  }
  for (const event of events) yield event;
  yield* ending(answer, failure, exchange);
}

function verdictOfWhole(answer: AnswerState, options: AnswerOptions, headers: Headers): ModelError {
  if (answer.broken === null) return noChoices(options, headers);
  return new ModelError('server', `${options.server} stopped its answer for a failure of its own (${answer.broken}).`, { status: 200, retryable: true, ...requestIdOf(headers) });
}

/** A body that is no JSON: nothing, a page, or a completion that was cut, whose text is kept. */
function brokenJson(text: string, answer: AnswerState, events: ModelEvent[], options: AnswerOptions, headers: Headers): ModelError {
  if (text.trim() === '') return empty(options, headers, text.length);
  if (!text.trimStart().startsWith('{')) return foreign(text, headers.get('content-type'), options, headers);
  keepTail(text, answer, events);
  const details = { status: 200, ...requestIdOf(headers) };
  if (answer.content) return new ModelError('cut', `The answer of ${options.server} is cut in the middle of its JSON.`, { ...details, retryable: true, hint: 'The text so far is kept. Try again.' });
  return new ModelError('bad-response', `${options.server} answered with broken JSON.`, { ...details, body: maskKey(text.slice(0, 2000), options.key), hint: 'Try again; if it stays, the server or a proxy before it is broken.' });
}

/** A body up to the bound for one event. What arrived before it broke is returned with why. */
async function readText(exchange: Exchange, options: AnswerOptions): Promise<{ text: string; ended: unknown }> {
  const decoder = new TextDecoder();
  const most = Math.floor(options.responseBytes / 4);
  const parts: string[] = [];
  let bytes = 0;
  try {
    for (let read = await exchange.read(); read !== undefined; read = await exchange.read()) {
      bytes += read.byteLength;
      if (bytes > most) throw tooLarge(options, most);
      parts.push(decoder.decode(read, { stream: true }));
    }
    parts.push(decoder.decode());
    return { text: parts.join(''), ended: undefined };
  } catch (error) {
    return { text: parts.join(''), ended: error };
  }
}

/** The beginning of an error's or a foreign body. That it is slow, endless or broken does not hide what the status has said. */
async function readForeign(exchange: Exchange): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  exchange.deadline.set(foreignMs, () => exchange.fail(new ModelError('idle-timeout', 'The body of an error did not end.')));
  try {
    while (text.length < foreignBytes) {
      const read = await exchange.read();
      if (read === undefined) break;
      text += decoder.decode(read.subarray(0, foreignBytes), { stream: true });
    }
  } catch (error) {
    if (exchange.cancelled) throw error;
  }
  return text;
}

function errorOf(text: string) {
  try {
    return errorIn(JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}

function redirected(status: number, headers: Headers, options: AnswerOptions): ModelError {
  let to = '';
  try {
    to = ` (${new URL(headers.get('location') ?? '').origin})`;
  } catch {
    // A relative or missing address says nothing that helps.
  }
  return new ModelError('redirect', `${options.server} answered with a redirect${to}, which is refused: the key would follow it.`, {
    status, ...requestIdOf(headers), hint: 'Set `baseUrl` to the address that answers itself (check http or https, and /v1).',
  });
}

function foreign(text: string, contentType: string | null, options: AnswerOptions, headers: Headers): ModelError {
  const words = maskKey(foreignWords(text, contentType), options.key);
  const what = contentType === null ? 'something' : (contentType.split(';')[0] ?? contentType).slice(0, 60);
  return new ModelError('bad-response', `${options.server} answered with ${what} instead of a completion${words === '' ? '.' : `: ${words}`}`, {
    status: 200, ...requestIdOf(headers), body: maskKey(text.slice(0, 2000), options.key), hint: 'Check `baseUrl`: it usually ends in /v1. A proxy or a login page may answer in its place.',
  });
}

function empty(options: AnswerOptions, headers: Headers, bytes: number): ModelError {
  const what = bytes === 0 ? 'an empty body' : 'nothing that is an answer';
  return new ModelError('bad-response', `${options.server} answered with ${what}.`, { status: 200, ...requestIdOf(headers), hint: 'Try again; if it stays, the server or a proxy before it is broken.' });
}

function noChoices(options: AnswerOptions, headers: Headers): ModelError {
  return new ModelError('bad-response', `${options.server} answered without any choice.`, { status: 200, ...requestIdOf(headers), hint: 'Check that `baseUrl` leads to a chat completions API and that the model is a chat model.' });
}
