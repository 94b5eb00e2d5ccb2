import type OpenAI from 'openai';
import { blockedPort, bodyError, networkError } from './network-errors.ts';
import { ModelError, type Timeouts } from '../model.ts';
import { newDeadline, type Deadline } from './deadline.ts';
import type { JsonObject } from '../../json.ts';

/**
 * One HTTP request and its answer, read as bytes. Everything that can end it early (the caller's signal, a timer, a broken
 * connection) ends the request at once and comes out of {@link Exchange.read} or {@link Exchange.send} as one error.
 */
export interface Exchange {
  /** Sends the request; resolves when headers have come, whatever the status. */
  send(client: OpenAI, body: JsonObject): Promise<Response>;
  /**
   * The next bytes of the body, decoded from gzip; undefined at the end.
   * @throws the signal's reason when cancelled, else ModelError.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Whether the caller's signal has ended it. */
  readonly cancelled: boolean;
  /** @throws the signal's reason, when it has. */
  throwIfCancelled(): void;
  readonly deadline: Deadline;
  /** Ends the request with this error. */
  fail(error: ModelError): void;
  /** Ends the request if it is still running, and lets go of timers and listeners. */
  close(): void;
}

/** What the client passes through to our `fetch`: which exchange a request belongs to, and how long connecting may take. */
export interface ExchangeInit extends RequestInit {
  readonly exchange?: { take(run: (init: RequestInit) => Promise<Response>): Promise<Response> };
  /** Read by a `fetch` that can bound connecting by itself; others have their own bound (undici's: 10 s). */
  readonly connectTimeoutMs?: number;
  /** Told by a `fetch` that makes its own connections: when one is begun for this request, and when it is open. */
  readonly onConnecting?: (connecting: boolean) => void;
}

export interface ExchangeOptions {
  readonly url: URL;
  readonly timeouts: Timeouts;
  /** Takes keys out of a text. */
  readonly mask: (text: string) => string;
}

export function newExchange({ url, timeouts, mask }: ExchangeOptions, signal: AbortSignal): Exchange {
  const controller = new AbortController();
  const deadline = newDeadline();
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let response: Response | undefined;
  let networkFailure: unknown;
  let failure: ModelError | undefined;
  let ended = false;
  let closed = false;
  /** Nothing of the request has left as long as its connection is not open. */
  let connecting = false;
  let rejectEarly: (reason: Error) => void = () => {};

  const stopRequest = (): void => {
    controller.abort();
    // An abort after headers is not enough everywhere: cancelling the body is what closes the connection for sure.
    if (reader !== undefined) reader.cancel().catch(() => {});
    else response?.body?.cancel().catch(() => {});
  };
  const onAbort = (): void => {
    stopRequest();
    rejectEarly(signal.reason as Error);
  };
  const fail = (error: ModelError): void => {
    failure ??= error;
    stopRequest();
    rejectEarly(error);
  };
  /** Why it ended, the strongest reason first: the caller's cancel, our own verdict, then what the network said. */
  const verdict = (error: unknown): unknown => {
    if (signal.aborted) return connecting ? new ModelError('connection', 'The request was given up while it was connecting.', { sent: false, cause: signal.reason }) : signal.reason;
    return failure ?? error;
  };

  return {
    deadline,
    fail,
    get cancelled() {
      return signal.aborted;
    },
    throwIfCancelled() {
      signal.throwIfAborted();
    },
    async send(client, body) {
      signal.throwIfAborted();
      const blocked = blockedPort(url);
      if (blocked !== undefined) throw blocked;
      signal.addEventListener('abort', onAbort, { once: true });
      const early = new Promise<never>((_resolve, reject) => (rejectEarly = reject));
      early.catch(() => {});
      deadline.set(timeouts.firstTokenMs, () => fail(firstTokenTimeout(url.host, timeouts.firstTokenMs, !connecting)));
      const taken = {
        /** Keeps the real answer from the client, which would read an error's body without bound, and the real error, which it would reword. */
        async take(run: (init: RequestInit) => Promise<Response>): Promise<Response> {
          try {
            response = await run({ redirect: 'manual' });
          } catch (error) {
            networkFailure = error;
            throw error;
          }
          if (closed) response.body?.cancel().catch(() => {});
          return new Response(null);
        },
      };
      const fetchOptions: ExchangeInit = { exchange: taken, connectTimeoutMs: timeouts.connectMs, onConnecting: (now) => (connecting = now) };
      // The body is the API's by construction; the client only sends it.
      const params = body as unknown as OpenAI.ChatCompletionCreateParamsStreaming;
      try {
        await Promise.race([client.chat.completions.create(params, { signal: controller.signal, maxRetries: 0, fetchOptions: fetchOptions as object }).asResponse(), early]);
      } catch (error) {
        throw verdict(networkFailure === undefined ? unsendable(error, mask) : networkError(networkFailure, url.host));
      } finally {
        rejectEarly = () => {};
      }
      if (signal.aborted || failure !== undefined) throw verdict(undefined);
      if (response === undefined) throw new Error('The client answered without asking the server.');
      return response;
    },
    async read() {
      if (ended) return undefined;
      if (signal.aborted || failure !== undefined) throw verdict(undefined);
      reader ??= response?.body?.getReader();
      if (reader === undefined) {
        ended = true;
        return undefined;
      }
      let next: { readonly value?: Uint8Array | undefined };
      try {
        next = await reader.read();
      } catch (error) {
        throw verdict(bodyError(error, url.host));
      }
      if (signal.aborted || failure !== undefined) throw verdict(undefined);
      ended = next.value === undefined;
      return next.value;
    },
    close() {
      closed = true;
      deadline.stop();
      signal.removeEventListener('abort', onAbort);
      if (!ended) stopRequest();
    },
  };
}

/** A request that the client could not even make: a key or a header with characters that HTTP has not. Its words may hold the key. */
function unsendable(error: unknown, mask: (text: string) => string): ModelError {
  const words = mask(error instanceof Error ? error.message : String(error));
  return new ModelError('bad-request', `The request could not be made: ${words.slice(0, 300)}`, { sent: false, hint: 'Check the key and the `headers` of the model for characters that do not belong there.' });
}

/** The `fetch` that the client is given: redirects are refused, since headers with the key would follow them. */
export function exchangeFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return (input, init) => {
    const { exchange, ...rest } = (init ?? {}) as ExchangeInit;
    if (exchange === undefined) return fetch(input, { ...rest, redirect: 'manual' });
    return exchange.take((extra) => fetch(input, { ...rest, ...extra }));
  };
}

function firstTokenTimeout(host: string, ms: number, sent: boolean): ModelError {
  return new ModelError('first-token-timeout', `${host} did not begin to answer within ${seconds(ms)}.`, { sent, retryable: true, hint: 'Try again, or raise `timeouts.firstTokenMs` of the model.' });
}

export function idleTimeout(host: string, ms: number): ModelError {
  return new ModelError('idle-timeout', `${host} stopped in the middle of its answer: nothing new for ${seconds(ms)}.`, { retryable: true, hint: 'The text so far is kept. Try again, or raise `timeouts.idleMs` of the model.' });
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`;
}
