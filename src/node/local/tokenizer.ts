import type { LlamaModel, Token } from './llama-api.ts';
import type { PromptPart } from './protocol.ts';

/** Turns prompts into tokens. */
export type Tokenizer = (prompt: readonly PromptPart[]) => Token[];

interface Special {
  readonly token: Token;
  /** White space on this side belongs to the token (llama.cpp's `LSTRIP` and `RSTRIP`). */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

/**
 * A tokenizer that does what llama.cpp does to a whole prompt (`llama_tokenize` with `parse_special`), except that special tokens are
 * looked for in the template's text only. Text between two special tokens is tokenized as one, whoever wrote it, since counts of
 * parts do not add up.
 */
export function createTokenizer(model: LlamaModel): Tokenizer {
  const specials = specialTokens(model);
  const pattern = specials.size === 0 ? null : new RegExp([...specials.keys()].sort((a, b) => b.length - a.length).map(escape).join('|'), 'g');
  return (prompt) => {
    const tokens: Token[] = [];
    let run = '';
    let trimStart = false;
    const flush = (): void => {
      if (trimStart) run = run.trimStart();
      if (run !== '') for (const token of model.tokenize(run, false)) tokens.push(token);
      run = '';
      trimStart = false;
    };
    for (const part of prompt) {
      if (part.kind === 'content' || pattern === null) {
        run += part.text;
        continue;
      }
      let at = 0;
      for (const match of part.text.matchAll(pattern)) {
        const special = specials.get(match[0])!;
        run += part.text.slice(at, match.index);
        if (special.lstrip) run = run.trimEnd();
        flush();
        tokens.push(special.token);
        trimStart = special.rstrip;
        at = match.index + match[0].length;
      }
      run += part.text.slice(at);
    }
    flush();
    const { bos, shouldPrependBosToken } = model.tokens;
    if (shouldPrependBosToken && bos !== null && tokens[0] !== bos && prompt.some((part) => part.kind === 'template')) tokens.unshift(bos);
    return tokens;
  };
}

/** The control and unknown tokens by their text: those that `parse_special` turns on. Tokens that users added are always parsed. */
function specialTokens(model: LlamaModel): ReadonlyMap<string, Special> {
  const specials = new Map<string, Special>();
  for (const token of model.iterateAllTokens()) {
    if (!model.isSpecialToken(token)) continue;
    const { control, unknown, lstrip, rstrip } = model.getTokenAttributes(token);
    if (!control && !unknown) continue;
    const text = model.detokenize([token], true);
    if (text !== '') specials.set(text, { token, lstrip, rstrip });
  }
  return specials;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
