import { ModelError, type ModelErrorCode, type ModelErrorDetails } from '../model.ts';
import { isObject, type Json, type JsonObject } from '../../json.ts';
import { isContextOverflow, refusedParameter } from './refusals.ts';
import { maskKey } from '../mask.ts';

/** What is known of the request when an error is put into words. */
export interface ErrorContext {
  /** How people call the server: `OpenAI`, `Ollama`, `127.0.0.1:9000`. */
  readonly server: string;
  readonly model: string;
  readonly key: string | undefined;
  /** The name of the variable or secret that holds the key, for hints. */
  readonly keyName: string | undefined;
  /** The names of the body's parameters: only these can have been refused by name. */
  readonly parameters: readonly string[];
  /** Milliseconds since 1970, against which a `Retry-After` date is read. */
  now(): number;
}

/** A server's error body in the shapes that are met: OpenAI's, vLLM's, FastAPI's, a bare string, a list of one. */
export interface ServerError {
  readonly message: string;
  readonly type?: string;
  /** A word (`insufficient_quota`) or the status it would have been, as text. */
  readonly code?: string;
  readonly parameter?: string;
  /** The whole as text, for what is named nowhere else. */
  readonly raw: string;
}

/** An answer with an error status as a {@link ModelError}. `text` is its body, as much as was read. */
export function statusError(status: number, headers: Headers, text: string, context: ErrorContext): ModelError {
  const told = readServerError(text);
  const error = told ?? { message: foreignWords(text, headers.get('content-type')), raw: text };
  const { code, retryable } = classify(status, error, context);
  const should = headers.get('x-should-retry');
  const retryAfterMs = retryAfter(headers, context.now());
  return serverError(code, error, context, {
    status,
    retryable: should === 'false' ? false : retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...requestIdOf(headers),
  });
}

/** An error that came inside an answer with status 200: as its body, or as a frame of its stream. */
export function frameError(error: ServerError, context: ErrorContext, headers: Headers): ModelError {
  const named = /^[45]\d\d$/.test(error.code ?? '') ? Number(error.code) : 0;
  const { code, retryable } = classify(named, error, context);
  return serverError(code, error, context, { status: 200, retryable, ...requestIdOf(headers) });
}

function serverError(code: ModelErrorCode, error: ServerError, context: ErrorContext, details: ModelErrorDetails): ModelError {
  const words = oneLine(maskKey(error.message, context.key), 300);
  const status = details.status === undefined || details.status === 200 ? '' : ` (${details.status})`;
  const parameter = code === 'unsupported-parameter' ? refusedParameter(error, context.parameters) : undefined;
  const hint = hintFor(code, context, parameter);
  return new ModelError(code, `${context.server} ${verbs[code] ?? 'refused the request'}${status}${words === '' ? '.' : `: ${words}`}`, {
    ...details,
    ...(hint !== undefined && { hint }),
    ...(parameter !== undefined && { parameter }),
    body: maskKey(error.raw, context.key).slice(0, 2000),
  });
}

const verbs: Partial<Record<ModelErrorCode, string>> = {
  auth: 'did not accept the key',
  permission: 'does not allow this',
  quota: 'says that the quota is used up',
  'rate-limit': 'asks to slow down',
  overloaded: 'is overloaded',
  server: 'failed',
  'not-found': 'does not know the model or the address',
  'context-overflow': 'has too little context for this request',
  'unsupported-parameter': 'refused a parameter',
  'content-filter': 'filtered the request',
};

function hintFor(code: ModelErrorCode, context: ErrorContext, parameter: string | undefined): string | undefined {
  switch (code) {
    case 'auth':
      return context.keyName === undefined
        ? 'Name the variable that holds the key with `apiKeyEnv` in the model list.'
        : context.key === undefined ? `Set ${context.keyName} to a key.` : `Check the key in ${context.keyName}.`;
    case 'permission':
      return `Check that the key may use ${context.model}, and that the service is offered where you are.`;
    case 'quota':
      return 'Check the plan and the billing of the account that the key belongs to. Asking again does not help.';
    case 'rate-limit':
      return 'Wait, or lower `limits.concurrency`, `requestsPerMinute` or `tokensPerMinute` of this model.';
    case 'overloaded':
    case 'server':
      return 'Try again later, or choose another model.';
    case 'not-found':
      return `Check the model's name (${context.model}) and \`baseUrl\`, which usually ends in /v1. \`promptnb models\` lists what is there.`;
    case 'context-overflow':
      return 'Shorten the prompt, ask for a shorter answer (`config.maxOutputTokens`), or choose a model with a larger context.';
    case 'unsupported-parameter':
      return parameter === undefined ? undefined : `Leave \`${parameter}\` out, or list it under \`capabilities: {omit: [${parameter}]}\` of the model.`;
    case 'bad-request':
      return 'Preview the request to see what was sent.';
    case 'content-filter':
      return 'Reword the prompt, or choose another model.';
    default:
      return undefined;
  }
}

/** Codes by status, refined by the words that servers have for quota, context and parameters. */
function classify(status: number, error: ServerError, context: ErrorContext): { readonly code: ModelErrorCode; readonly retryable: boolean } {
  const words = `${error.code ?? ''} ${error.type ?? ''}`.toLowerCase();
  const final = (code: ModelErrorCode) => ({ code, retryable: false });
  if (isContextOverflow(error)) return final('context-overflow');
  if (/insufficient_quota|billing_|credit|quota_exceeded|payment_required/.test(words) || /credit balance is too low|insufficient (?:credits|balance)/i.test(error.message)) return final('quota');
  if (/content_filter|content_policy|responsibleaipolicy/.test(words)) return final('content-filter');
  switch (status) {
    case 401:
      return final('auth');
    case 402:
      return final('quota');
    case 403:
      return final('permission');
    case 404:
      return final('not-found');
    case 429:
      return { code: 'rate-limit', retryable: true };
    case 503:
    case 529:
      return { code: 'overloaded', retryable: true };
    case 408:
    case 409:
    case 425:
      return { code: 'server', retryable: true };
  }
  if (status >= 500) return { code: 'server', retryable: true };
  if (refusedParameter(error, context.parameters) !== undefined) return final('unsupported-parameter');
  if (/invalid_api_key|authentication/.test(words)) return final('auth');
  if (/permission/.test(words)) return final('permission');
  if (/model_not_found|not_found/.test(words)) return final('not-found');
  if (/rate_limit|too_many_requests/.test(words)) return { code: 'rate-limit', retryable: true };
  if (/overloaded|unavailable/.test(words)) return { code: 'overloaded', retryable: true };
  if (status >= 400) return final('bad-request');
  return /invalid_request|badrequest|bad_request/.test(words) ? final('bad-request') : { code: 'server', retryable: true };
}

/** Reads an error body; undefined when the text is no error in a known shape. */
export function readServerError(text: string): ServerError | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  return errorIn(value);
}

/** The error in a parsed body or frame, if it holds one. */
export function errorIn(value: Json): ServerError | undefined {
  const body = Array.isArray(value) ? (value as readonly Json[])[0] : value;
  if (!isObject(body)) return undefined;
  const raw = (): string => JSON.stringify(value);
  if (body.error !== undefined && body.error !== null && body.error !== false) {
    const { error } = body;
    if (isObject(error)) return { ...fields(error), raw: raw() };
    return { message: typeof error === 'string' ? error : JSON.stringify(error), ...codeOf(body), raw: raw() };
  }
  if (body.object === 'error' || (typeof body.message === 'string' && body.choices === undefined)) return { ...fields(body), raw: raw() };
  if (body.detail !== undefined && body.choices === undefined) {
    return { message: typeof body.detail === 'string' ? body.detail : JSON.stringify(body.detail), raw: raw() };
  }
  return undefined;
}

function fields(error: JsonObject): Omit<ServerError, 'raw'> {
  const message = typeof error.message === 'string' ? error.message : error.message === undefined ? '' : JSON.stringify(error.message);
  return {
    message,
    ...(typeof error.type === 'string' && { type: error.type }),
    ...codeOf(error),
    ...(typeof error.param === 'string' && error.param !== '' && { parameter: error.param }),
  };
}

function codeOf(error: JsonObject): { code?: string } {
  return typeof error.code === 'string' || typeof error.code === 'number' ? { code: String(error.code) } : {};
}

/**
 * Milliseconds that the server asks to wait: `retry-after-ms`, else `Retry-After` in seconds or as a date. Undefined where there is
 * none or it cannot be read. Not capped: how long is too long is the caller's to say.
 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const exact = headers.get('retry-after-ms')?.trim();
  if (exact !== undefined && /^\d+(\.\d+)?$/.test(exact)) return finite(Number(exact));
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return finite(Number(value) * 1000);
  // Dates only in the form of HTTP (RFC 9110 10.2.3), since Date.parse takes almost anything.
  if (!/^[A-Za-z]{3,9},? .*\d{2}:\d{2}:\d{2}/.test(value)) return undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

export function requestIdOf(headers: Headers): { requestId?: string } {
  const id = headers.get('x-request-id') ?? headers.get('request-id') ?? headers.get('apim-request-id');
  return id === null ? {} : { requestId: id.slice(0, 200) };
}

/** What a page or a text that is no completion says, in a few words: the title of HTML, else the first words. Never the whole. */
export function foreignWords(text: string, contentType: string | null): string {
  const head = text.slice(0, 16_384);
  if (/html/i.test(contentType ?? '') || /^\s*<(?:!doctype|html|head|body)/i.test(head)) {
    const title = /<title[^>]*>([^<]*)/i.exec(head)?.[1]?.trim();
    if (title !== undefined && title !== '') return oneLine(title, 100);
    const words = head.replace(/<(script|style)[\s\S]*?(?:<\/\1>|$)/gi, ' ').replace(/<[^>]*(?:>|$)/g, ' ');
    return oneLine(words, 100);
  }
  return oneLine(head, 100);
}

/** One line of at most `max` characters, control characters as spaces. */
export function oneLine(text: string, max: number): string {
  const line = text.slice(0, max * 8).replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}
