import type { CodeCheck } from './check.ts';
import { argumentProblem } from './argument.ts';

/** No tokenizer has tokens of more characters than this, so that a text of megabytes need not be counted to be too long. */
const longestToken = 2000;

/** The answer has at most this many tokens, counted as the model that wrote it counts. */
export const maxTokens: CodeCheck<number> = {
  name: 'max_tokens',
  doc: 'The answer has at most this many tokens, counted with the tokenizer of the model that wrote it.',
  example: '200',
  argument: 'needed',
  parse: (argument) => {
    const { value } = argument;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
      return argumentProblem(argument, '`max_tokens` needs a whole number of 1 or more.');
    }
    return { value };
  },
  title: (max) => `max_tokens: ${max}`,
  run: async (max, { text }, context) => {
    if (text.length > max * longestToken) {
      return { passed: false, reason: `The answer has ${text.length} characters: far more than ${count(max)}. Make it shorter.` };
    }
    const { tokens, kind } = await context.model.countTokens(text);
    const about = kind === 'exact' || kind === 'provider' ? '' : 'about ';
    if (tokens <= max) return { passed: true, reason: `The answer has ${about}${count(tokens)}, at most ${max} are allowed.` };
    return { passed: false, reason: `The answer has ${about}${count(tokens)}, and at most ${max} are allowed. Make it shorter.` };
  },
};

function count(tokens: number): string {
  return tokens === 1 ? '1 token' : `${tokens} tokens`;
}
