import { redactor } from '../safety/redact.ts';
import type { ModelEvent, TokenLogprob } from './model.ts';

/** What stands in the place of a key. */
const mark = '[key]';

/** What servers without keys tell people to write as one (Ollama, LM Studio, vLLM, llama.cpp): words, not secrets. */
const noKeys = new Set(['none', 'empty', 'ollama', 'lm-studio', 'not-needed', 'no-key', 'sk-no-key-required', 'dummy', 'anything', 'placeholder']);

/**
 * Replaces `key` in `text`, as it is and as JSON, URLs and base64 write it, and whatever else looks like a provider's key. Keys of
 * fewer than 4 letters, and the words that stand for "no key", are no secrets.
 */
export function maskKey(text: string, key: string | undefined): string {
  const masked = isSecret(key, 4) ? redactor([key]).text(text.replaceAll(key, mark)) : text;
  return masked.replace(/\b(?:sk|gsk|xai)-[A-Za-z0-9_*.-]{6,}|\bkey-[A-Za-z0-9_*]{16,}|\bAIza[A-Za-z0-9_-]{20,}/g, mark);
}

function isSecret(key: string | undefined, least: number): key is string {
  return key !== undefined && key.length >= least && !noKeys.has(key.toLowerCase());
}

/** Takes a key out of an answer while it comes, also where it is cut into pieces. */
export interface KeyFilter {
  /** The event without the key. What may be the beginning of the key is held back until more is known. */
  take(event: ModelEvent): readonly ModelEvent[];
  /** What was held back, when the answer has ended in whatever way. */
  rest(): readonly ModelEvent[];
}

/**
 * A filter for one answer; undefined when there is nothing to hide. It knows the key as it is only, so that it costs next to nothing
 * per event: records are searched for its other forms when they are written.
 */
export function keyFilter(key: string | undefined): KeyFilter | undefined {
  if (!isSecret(key, 8)) return undefined;
  let held: readonly Held[] = [];
  const tokens = tokenFilter(key);

  const rest = (): readonly ModelEvent[] => {
    const events = held.map(({ event, text }) => withText(event, text));
    held = [];
    return events;
  };
  const delta = (event: Delta): readonly ModelEvent[] => {
    const out: ModelEvent[] = held.length > 0 && held[0]!.event.type !== event.type ? [...rest()] : [];
    const before = held.find((one) => one.event.type !== 'tool-call-delta' || (event.type === 'tool-call-delta' && one.event.index === event.index));
    const text = ((before?.text ?? '') + textOf(event)).replaceAll(key, mark);
    const tail = beginningAtEnd(text, key);
    const others = held.filter((one) => one !== before);
    held = tail === 0 ? others : [...others, { event: withoutHead(event), text: text.slice(text.length - tail) }];
    const shown = text.slice(0, text.length - tail);
    if (shown !== '' || (event.type === 'tool-call-delta' && event.id !== undefined)) out.push(withText(event, shown));
    return out;
  };

  return {
    take(event) {
      switch (event.type) {
        case 'text-delta':
        case 'reasoning-delta':
        case 'refusal-delta':
          return delta(event);
        case 'tool-call-delta':
          return delta({ ...event, ...(event.id !== undefined && { id: event.id.replaceAll(key, mark) }), ...(event.name !== undefined && { name: event.name.replaceAll(key, mark) }) });
        case 'logprobs':
          return tokens.take(event.tokens);
        case 'response-start':
          return [{ ...event, ...(event.model !== undefined && { model: event.model.replaceAll(key, mark) }), ...(event.requestId !== undefined && { requestId: event.requestId.replaceAll(key, mark) }) }];
        case 'finish':
          return [...rest(), ...tokens.rest(), { ...event, ...(event.raw !== undefined && { raw: event.raw.replaceAll(key, mark) }) }];
        case 'note':
        case 'usage':
          return [...rest(), ...tokens.rest(), event];
      }
    },
    rest: () => [...rest(), ...tokens.rest()],
  };
}

type Delta = Extract<ModelEvent, { readonly type: 'text-delta' | 'reasoning-delta' | 'refusal-delta' | 'tool-call-delta' }>;

interface Held {
  readonly event: Delta;
  readonly text: string;
}

function textOf(event: Delta): string {
  return event.type === 'tool-call-delta' ? event.arguments : event.text;
}

function withText(event: Delta, text: string): Delta {
  return event.type === 'tool-call-delta' ? { ...event, arguments: text } : { ...event, text };
}

/** The same call; its id and name are told once. */
function withoutHead(event: Delta): Delta {
  return event.type === 'tool-call-delta' ? { type: event.type, index: event.index, arguments: '' } : event;
}

/** How many characters at the end of `text` are the beginning of `key`. */
function beginningAtEnd(text: string, key: string): number {
  for (let at = Math.max(0, text.length - key.length + 1); at < text.length; at++) {
    if (text.charCodeAt(at) === key.charCodeAt(0) && key.startsWith(text.slice(at))) return text.length - at;
  }
  return 0;
}

/** The same for tokens with their probabilities: those that spell the key keep their numbers and lose their text. */
function tokenFilter(key: string) {
  let pending: readonly TokenLogprob[] = [];
  const blank = (all: readonly TokenLogprob[], text: string): readonly TokenLogprob[] => {
    if (!text.includes(key)) return all;
    let end = 0;
    return all.map((one) => {
      const start = end;
      end += one.token.length;
      const found = text.lastIndexOf(key, end - 1);
      return found >= 0 && found + key.length > start && end > start ? { token: '…', logprob: one.logprob, top: [] } : one;
    });
  };
  const out = (all: readonly TokenLogprob[]): readonly ModelEvent[] => (all.length === 0 ? [] : [{ type: 'logprobs', tokens: all }]);
  return {
    take(tokens: readonly TokenLogprob[]): readonly ModelEvent[] {
      const all = [...pending, ...tokens];
      const text = all.map((one) => one.token).join('');
      const shown = text.length - beginningAtEnd(text, key);
      const clean = blank(all, text);
      let end = 0;
      const whole = all.findIndex((one) => (end += one.token.length) > shown);
      pending = whole < 0 ? [] : all.slice(whole);
      return out(whole < 0 ? clean : clean.slice(0, whole));
    },
    rest(): readonly ModelEvent[] {
      const all = blank(pending, pending.map((one) => one.token).join(''));
      pending = [];
      return out(all);
    },
  };
}
