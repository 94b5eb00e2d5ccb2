import { isObject, type Json } from '../../json.ts';
import { messageText } from '../../prompt/message.ts';
import type { ModelRequest, TokenCount } from '../model.ts';

/**
 * Tokens of a text, or of the texts of a request, by the server's own tokenizer: `/tokenize` of llama.cpp and of vLLM, which stands
 * beside `/v1`. undefined when the server has none. A request is an estimate, since the chat template is not in it.
 */
export async function countOnServer(input: ModelRequest | string, server: { readonly baseUrl: URL; readonly model: string; readonly key: string | undefined; readonly fetch: typeof fetch }): Promise<TokenCount | undefined> {
  const text = typeof input === 'string' ? input : input.messages.map(messageText).join('\n');
  const url = new URL(server.baseUrl);
  url.search = '';
  url.pathname = `${url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '')}/tokenize`;
  try {
    const response = await server.fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
      headers: { 'content-type': 'application/json', ...(server.key !== undefined && { authorization: `Bearer ${server.key}` }) },
      // llama.cpp reads `content`, vLLM `prompt`; each passes over the other's words.
      body: JSON.stringify({ model: server.model, content: text, prompt: text, add_special: false, add_special_tokens: false }),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return undefined;
    }
    const answer = (await response.json()) as Json;
    if (!isObject(answer)) return undefined;
    const tokens = typeof answer.count === 'number' ? answer.count : Array.isArray(answer.tokens) ? answer.tokens.length : undefined;
    return tokens === undefined ? undefined : { tokens, kind: typeof input === 'string' ? 'exact' : 'estimate' };
  } catch {
    return undefined;
  }
}
