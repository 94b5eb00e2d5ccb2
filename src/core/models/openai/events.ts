import { createParser } from 'eventsource-parser';
import { errorIn, frameError, oneLine, requestIdOf } from './errors.ts';
import { isObject, type Json, type JsonObject } from '../../json.ts';
import { ModelError } from '../model.ts';
import type { AnswerOptions } from './stream.ts';

/** Server-sent events (WHATWG HTML 9.2) read to JSON chunks. Never throws: the first failure is kept, and nothing is read after it. */
export interface EventReader {
  feed(text: string): void;
  /** The stream ended: an event that lacks its blank line is an event. */
  end(): void;
  /** Events with data that were read, `[DONE]` included. */
  readonly count: number;
  readonly done: boolean;
  readonly failure: ModelError | undefined;
  /** Lines that belong to no event, as far as they came before the first one: a bare body under the wrong content type. */
  readonly stray: string;
  /** The beginning of an event that the end of the stream cut. */
  readonly tail: string;
}

const strayLength = 65_536;

export function newEventReader(options: AnswerOptions, headers: Headers, take: (chunk: JsonObject, fail: (error: ModelError) => void) => void): EventReader {
  const state = { count: 0, done: false, ending: false, stray: '', tail: '', failure: undefined as ModelError | undefined };
  const fail = (error: ModelError): void => void (state.failure ??= error);
  const eventBytes = Math.floor(options.responseBytes / 4);
  const parser = createParser({
    maxBufferSize: eventBytes,
    onEvent({ data, event }) {
      if (state.failure !== undefined || state.done || data === '') return;
      state.count += 1;
      if (data.startsWith('[DONE]')) state.done = true;
      else readData(data, event);
    },
    onError({ type, field, value, line }) {
      if (type === 'max-buffer-size-exceeded') fail(tooLarge(options, eventBytes));
      if (type !== 'unknown-field') return;
      // llama.cpp has sent errors as a field of this name.
      if (field === 'error') readData(`{"error":${value ?? ''}}`, 'error');
      else if (state.count === 0 && state.stray.length < strayLength) state.stray += `${(line ?? '').slice(0, strayLength)}\n`;
    },
  });
  const readData = (data: string, event: string | undefined): void => {
    let chunk: Json;
    try {
      chunk = JSON.parse(data) as Json;
    } catch {
      if (state.ending) state.tail = data;
      else fail(notJson(data, options, headers));
      return;
    }
    const error = errorIn(chunk) ?? (event === 'error' ? { message: oneLine(data, 300), raw: data } : undefined);
    if (isObject(chunk)) take(chunk, fail);
    if (error !== undefined) fail(frameError(error, options, headers));
  };
  return {
    feed(text) {
      if (state.failure === undefined) parser.feed(text);
    },
    end() {
      state.ending = true;
      if (state.failure === undefined) parser.feed('\n\n');
    },
    get count() {
      return state.count;
    },
    get done() {
      return state.done;
    },
    get failure() {
      return state.failure;
    },
    get stray() {
      return state.stray;
    },
    get tail() {
      return state.tail;
    },
  };
}

function notJson(data: string, options: AnswerOptions, headers: Headers): ModelError {
  return new ModelError('bad-response', `${options.server} sent something in its stream that is not JSON: ${oneLine(data, 80)}`, {
    status: 200, ...requestIdOf(headers), hint: 'The text so far is kept. Try again; if it stays, the server or a proxy before it is broken.',
  });
}

export function tooLarge(options: AnswerOptions, bytes: number): ModelError {
  return new ModelError('too-large', `${options.server} sent more than the ${Math.round(bytes / 1e5) / 10} MB that an answer may have.`, {
    status: 200, hint: 'What came before is kept. `limits: {responseBytes: …}` of the model sets the bound.',
  });
}
