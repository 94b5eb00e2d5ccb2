import { gzipSync } from 'node:zlib';
import { once } from 'node:events';
import type { Behaviour, ServerCall } from '../fault-server.ts';
import { chatBody, countPrompt, countTokens, type SentUsage } from '../log.ts';

/** Where a stream stands, as its next step sees it. */
export interface StreamState {
  readonly call: ServerCall;
  readonly form: StreamForm;
  /** Output tokens sent so far: what usage is made of. */
  outputTokens: number;
  reasoningTokens: number;
  /** Writes bytes, waiting where the client is slower than we are. */
  write(bytes: string | Uint8Array): Promise<void>;
}

/** A part of a stream: it writes, waits or breaks something. `'stop'` leaves the response open and ends the behaviour. */
export type Step = (state: StreamState) => Promise<'stop' | void> | 'stop' | void;

/** How the events of a stream are written. */
export interface StreamForm {
  readonly newline?: '\n' | '\r\n' | '\r';
  /** Written before everything: a byte order mark, say. */
  readonly prefix?: Uint8Array;
  readonly contentType?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes in each write, each in a packet of its own as far as TCP lets us. */
  readonly splitEvery?: number;
  readonly gzip?: boolean;
  /** The body's own length is not announced and the end of the connection ends it (HTTP/1.0 style). */
  readonly closeDelimited?: boolean;
}

/** An event stream made of steps; after the last one the response ends. */
export function stream(...steps: readonly Step[]): Behaviour {
  return streamAs({}, ...steps);
}

export function streamAs(form: StreamForm, ...steps: readonly Step[]): Behaviour {
  return async (call) => {
    const { response } = call;
    const type = form.contentType === undefined ? 'text/event-stream; charset=utf-8' : form.contentType;
    response.socket?.setNoDelay(true);
    response.writeHead(200, {
      ...(type !== null && { 'content-type': type }),
      ...(form.gzip && { 'content-encoding': 'gzip' }),
      'cache-control': 'no-cache',
      'x-request-id': `req-${call.request.number}`,
      ...form.headers,
    });
    response.flushHeaders();
    const write = async (bytes: string | Uint8Array): Promise<void> => {
      if (call.gone.aborted) return;
      const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
      const whole = form.gzip ? gzipSync(buffer) : buffer;
      const size = form.splitEvery ?? whole.byteLength;
      for (let at = 0; at < whole.byteLength && !call.gone.aborted; at += size) {
        if (!response.write(whole.subarray(at, at + size))) await once(response, 'drain', { signal: call.gone }).catch(() => {});
        if (form.splitEvery !== undefined) await new Promise(setImmediate);
      }
    };
    const state: StreamState = { call, form, outputTokens: 0, reasoningTokens: 0, write };
    if (form.prefix) await write(form.prefix);
    for (const step of steps) {
      if (call.gone.aborted) return;
      if ((await step(state)) === 'stop') return;
    }
    response.end();
  };
}

/** One event with this data. */
export function event(data: string, name?: string): Step {
  return (state) => {
    const newline = state.form.newline ?? '\n';
    return state.write(`${name === undefined ? '' : `event: ${name}${newline}`}data: ${data}${newline}${newline}`);
  };
}

/** An event whose data is a chunk of a chat completion with this delta in its first choice. */
export function delta(fields: object, finish: string | null = null, index = 0): Step {
  return (state) => event(JSON.stringify(chunk(state, [{ index, delta: fields, finish_reason: finish }])))(state);
}

export function chunk(state: StreamState, choices: readonly object[]): Record<string, unknown> {
  return {
    id: `chatcmpl-${state.call.request.number}`, object: 'chat.completion.chunk', created: 1_700_000_000,
    model: chatBody(state.call.request).model ?? 'fault-model', choices,
  };
}

/** The first chunk of most servers: the role, no text. */
export const role: Step = delta({ role: 'assistant', content: '' });

/** Each piece is a chunk of its own. */
export function text(...pieces: readonly string[]): Step {
  return async (state) => {
    for (const piece of pieces) {
      if (state.call.gone.aborted) return;
      state.outputTokens += countTokens(piece);
      await delta({ content: piece })(state);
    }
  };
}

export function reasoning(...pieces: readonly string[]): Step {
  return async (state) => {
    for (const piece of pieces) {
      state.outputTokens += countTokens(piece);
      state.reasoningTokens += countTokens(piece);
      await delta({ reasoning_content: piece })(state);
    }
  };
}

export function refusal(piece: string): Step {
  return (state) => {
    state.outputTokens += countTokens(piece);
    return delta({ refusal: piece })(state);
  };
}

/** A fragment of a tool call; `id` and `name` come with the first one. */
export function toolCall(index: number, fragment: { readonly id?: string; readonly name?: string; readonly arguments?: string }): Step {
  return (state) => {
    state.outputTokens += countTokens(`${fragment.name ?? ''}${fragment.arguments ?? ''}`);
    const { id, name, arguments: args } = fragment;
    return delta({ tool_calls: [{ index, ...(id !== undefined && { id, type: 'function' }), function: { ...(name !== undefined && { name }), arguments: args ?? '' } }] })(state);
  };
}

export function finish(reason = 'stop'): Step {
  return delta({}, reason);
}

/** The usage of what was sent so far, in a chunk without choices, as OpenAI sends it last. */
export const usage: Step = async (state) => {
  const sent = usageSoFar(state);
  await event(JSON.stringify({ ...chunk(state, []), usage: sent }))(state);
  if (!state.call.gone.aborted) state.call.request.usage = sent;
};

/** The usage in the chunk that finishes. */
export function finishWithUsage(reason = 'stop'): Step {
  return async (state) => {
    const sent = usageSoFar(state);
    await event(JSON.stringify({ ...chunk(state, [{ index: 0, delta: {}, finish_reason: reason }]), usage: sent }))(state);
    if (!state.call.gone.aborted) state.call.request.usage = sent;
  };
}

export function usageSoFar(state: StreamState): SentUsage {
  return usageOf(countPrompt(chatBody(state.call.request).messages ?? []), state.outputTokens, state.reasoningTokens);
}

export function usageOf(prompt: number, output: number, reasoned = 0): SentUsage {
  return {
    prompt_tokens: prompt, completion_tokens: output, total_tokens: prompt + output,
    ...(reasoned > 0 && { completion_tokens_details: { reasoning_tokens: reasoned } }),
  };
}

export const done: Step = event('[DONE]');

/** Bytes as they are, outside of any event. */
export function raw(bytes: string | Uint8Array): Step {
  return (state) => state.write(bytes);
}

export function comment(words = 'keep-alive'): Step {
  return (state) => state.write(`: ${words}${state.form.newline ?? '\n'}${state.form.newline ?? '\n'}`);
}

/** Waits, or less when the client goes. */
export function pause(ms: number): Step {
  return ({ call }) => wait(ms, call.gone);
}

/** The steps again and again, every `ms`, until the client goes: a server that drips. */
export function forever(ms: number, ...steps: readonly Step[]): Step {
  return async (state): Promise<'stop'> => {
    while (!state.call.gone.aborted) {
      for (const step of steps) await step(state);
      await wait(ms, state.call.gone);
    }
    return 'stop';
  };
}

/** Nothing more comes, and the connection stays open. */
export const stall: Step = () => 'stop';

/** The connection breaks: a TCP reset after what was written is on its way. */
export const reset: Step = async (state): Promise<'stop'> => {
  await flushed(state.call);
  state.call.cut('reset');
  return 'stop';
};

/** The connection ends in the middle of the body, without a reset. */
export const hangUp: Step = async (state): Promise<'stop'> => {
  await flushed(state.call);
  state.call.cut('end');
  return 'stop';
};

/** A reset throws away what the system has not sent: give it a turn to leave. */
async function flushed(call: ServerCall): Promise<void> {
  await new Promise<void>((resolve) => call.response.write('', () => resolve()));
  await wait(20, call.gone);
}

export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finished = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finished);
      resolve();
    };
    const timer = setTimeout(finished, ms);
    signal.addEventListener('abort', finished, { once: true });
    if (signal.aborted) finished();
  });
}
