import type { ServerError } from './errors.ts';

/** Words and codes for "longer than the context", by who says them. OpenAI's code and llama.cpp's type are exact; others only have prose. */
const overflowCodes = new Set(['context_length_exceeded', 'exceed_context_size_error', 'string_above_max_length', 'context_window_exceeded', 'model_max_prompt_tokens_exceeded']);
const overflowWords: readonly RegExp[] = [
  /maximum context length/i, // OpenAI, vLLM, SGLang, Together, Mistral
  /exceeds? (?:the )?(?:available |model'?s? |maximum )*context (?:size|length|window)/i, // llama.cpp, Ollama
  /(?:context (?:size|length|window)) (?:of \d+ )?(?:has been |was |is )?(?:exceeded|overflow)/i,
  /when context the overflows|context overflow/i, // LM Studio
  /prompt is too long/i, // Anthropic
  /input token count.{0,80}exceeds/is, // Gemini
  /`inputs` tokens \+ `max_new_tokens` must be/i, // TGI
  /input is too long for (?:the )?requested model/i, // Bedrock behind gateways
  /reduce the length of the (?:messages|prompt|input)/i, // Groq, OpenAI
];

/** Whether a server says that the request does not fit into the model's context. */
export function isContextOverflow(error: ServerError): boolean {
  if (overflowCodes.has(error.code ?? '') || overflowCodes.has(error.type ?? '')) return true;
  return overflowWords.some((pattern) => pattern.test(error.message));
}

const refusalCodes = new Set(['unsupported_parameter', 'unsupported_value', 'unknown_parameter', 'extra_forbidden']);
const refusalWords = /unsupported|unrecognized|unrecognised|unknown name|unknown (?:parameter|field|argument)|unexpected (?:keyword|field|parameter)|extra_forbidden|extra inputs|extra fields|not (?:a )?(?:supported|permitted|allowed|recognized)|does ?n[o']t support|is incompatible/i;

/** Parameters without which a request would be another one: they are never refusals that leaving out mends. */
const essential = new Set(['messages', 'model', 'tools', 'input', 'prompt']);

/**
 * The parameter that a server refuses by name: a name among `sent` (the body's parameters) that its error points at. undefined when
 * the error is about something else. A refused system role is `messages.role`.
 */
export function refusedParameter(error: ServerError, sent: readonly string[]): string | undefined {
  const byCode = refusalCodes.has(error.code ?? '') || refusalCodes.has(error.type ?? '');
  if (!byCode && !refusalWords.test(`${error.message} ${error.type ?? ''} ${error.raw.slice(0, 4000)}`)) return undefined;
  if (error.parameter !== undefined) {
    if (/^messages\b.*\brole$/.test(error.parameter)) return sent.includes('messages.role') ? 'messages.role' : undefined;
    const name = /^(?:body\.)?([A-Za-z_]+)/.exec(error.parameter)?.[1];
    return name !== undefined && sent.includes(name) && !essential.has(name) ? name : undefined;
  }
  const text = error.raw.slice(0, 4000);
  return firstNamed(text, sent, marked) ?? firstNamed(text, sent, bare);
}

/** The name among `sent` that stands first in the text, as one of its forms; undefined where none does. */
function firstNamed(text: string, sent: readonly string[], form: (name: string) => string | undefined): string | undefined {
  let first: { readonly name: string; readonly at: number } | undefined;
  for (const name of sent) {
    const pattern = essential.has(name) ? undefined : form(name);
    const at = pattern === undefined ? -1 : text.search(new RegExp(pattern));
    if (at >= 0 && (first === undefined || at < first.at)) first = { name, at };
  }
  return first?.name;
}

/** In quotes, backticks or FastAPI's `loc`, or after a word that announces a name. xAI writes names in camel case. */
function marked(name: string): string {
  return `(?:['"\`(]|(?:supplied|model|argument|parameter|param|field|property|key):? )(?:${name}|${camelCase(name)})(?![\\w-])`;
}

/** A name that is no word of a sentence; of others, what is said to be unsupported. */
function bare(name: string): string {
  return name.includes('_') ? `\\b(?:${name}|${camelCase(name)})\\b` : `\\b${name}(?: parameter)? (?:is|are) (?:not|un)|support (?:the )?${name}\\b`;
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
