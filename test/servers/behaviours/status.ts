import type { Behaviour, ServerCall } from '../fault-server.ts';
import { chatBody, type LoggedRequest } from '../log.ts';

export type ResponseHeaders = Readonly<Record<string, string>>;

/** An answer with this status and this body; objects are sent as JSON. */
export function status(code: number, body: object | string, headers: ResponseHeaders = {}): Behaviour {
  return ({ request, response }) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(code, { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json', 'x-request-id': `req-${request.number}`, ...headers });
    response.end(text);
  };
}

/** An error in OpenAI's form. */
export function apiError(status_: number, error: { readonly message: string; readonly type?: string; readonly code?: string | null; readonly param?: string | null }, headers: ResponseHeaders = {}): Behaviour {
  return status(status_, { error: { type: 'invalid_request_error', code: null, param: null, ...error } }, headers);
}

export function rateLimited(headers: ResponseHeaders = {}): Behaviour {
  return apiError(429, { message: 'Rate limit reached for requests', type: 'requests', code: 'rate_limit_exceeded' }, headers);
}

/** 429 that asks to wait until a date this many seconds from when it is sent. */
export function rateLimitedUntilDate(seconds: number): Behaviour {
  return (call) => rateLimited({ 'retry-after': new Date(Date.now() + seconds * 1000).toUTCString() })(call);
}

export const hardQuota = apiError(429, { message: 'You exceeded your current quota, please check your plan and billing details.', type: 'insufficient_quota', code: 'insufficient_quota' });

export const internalError = apiError(500, { message: 'The server had an error while processing your request', type: 'server_error' });

/** What a proxy before the server says. */
export const badGateway: Behaviour = status(502, '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n', { 'content-type': 'text/html' });

export const unavailable = status(503, 'upstream connect error or disconnect/reset before headers');

/** Anthropic's, also behind gateways. */
export const overloaded = status(529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });

/** The key comes back in the message, as OpenAI does in part and gateways do in whole. */
export function keyRefused(code: 401 | 403): Behaviour {
  return (call) => apiError(code, { message: `Incorrect API key provided: ${call.key}. Authorization: Bearer ${call.key}`, code: code === 401 ? 'invalid_api_key' : 'permission_denied' }, { 'x-debug-key': call.key })(call);
}

export const modelNotFound: Behaviour = (call) =>
  apiError(404, { message: `The model \`${chatBody(call.request).model ?? ''}\` does not exist or you do not have access to it.`, code: 'model_not_found' })(call);

export const notFoundPage = status(404, '404 page not found');

export const contextOverflow = apiError(400, { message: "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.", code: 'context_length_exceeded', param: 'messages' });

/** llama.cpp's. */
export const contextOverflowLlama = status(400, { error: { code: 400, message: 'the request exceeds the available context size, try increasing it', type: 'exceed_context_size_error', n_prompt_tokens: 9001, n_ctx: 8192 } });

/** Refuses a body parameter by name for as long as it is sent, then does what follows. */
export function refusesParameter(name: string, then: Behaviour): Behaviour {
  return (call) => (hasParameter(call.request, name) ? apiError(400, { message: `Unsupported parameter: '${name}' is not supported with this model.`, code: 'unsupported_parameter', param: name })(call) : then(call));
}

export function hasParameter(request: LoggedRequest, name: string): boolean {
  return typeof request.body === 'object' && request.body !== null && Object.hasOwn(request.body, name);
}

/** A redirect to another origin: whoever follows it shows that server the key. */
export function redirect(code: 301 | 302 | 303 | 307 | 308, to: string | ((call: ServerCall) => string)): Behaviour {
  return (call) => status(code, '', { location: typeof to === 'string' ? to : to(call) })(call);
}
