import assert from 'node:assert/strict';
import { createTokenizer } from './tokenizer.ts';
import type { LlamaModel } from './llama-api.ts';
import type { PromptPart } from './protocol.ts';

interface Special {
  readonly text: string;
  readonly control?: boolean;
  readonly unknown?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
}

/** A model with a token for each run of text that it is given, and these special tokens; what it tokenized is kept. */
function fakeModel(specials: readonly Special[], { bos = null as number | null, prepends = false } = {}) {
  const runs: string[] = [];
  const model = {
    tokenize: (text: string, special: boolean) => {
      assert.equal(special, false, 'special tokens are looked for here, not in the library');
      runs.push(text);
      return [...text].map((one) => 1000 + one.codePointAt(0)!);
    },
    detokenize: (tokens: readonly number[]) => tokens.map((token) => specials[token]?.text ?? String.fromCodePoint(token - 1000)).join(''),
    iterateAllTokens: () => [...specials.keys(), 1097],
    isSpecialToken: (token: number) => token < specials.length,
    getTokenAttributes: (token: number) => ({ control: true, unknown: false, lstrip: false, rstrip: false, ...specials[token] }),
    tokens: { bos, shouldPrependBosToken: prepends },
  };
  return { model: model as unknown as LlamaModel, runs };
}

const template = (text: string): PromptPart => ({ kind: 'template', text });
const content = (text: string): PromptPart => ({ kind: 'content', text });
const marks: readonly Special[] = [{ text: '<s>' }, { text: '<|end|>' }, { text: '<|end|>x' }, { text: '<left>', lstrip: true }, { text: '<right>', rstrip: true }, { text: '<added>', control: false }, { text: '' }, { text: '[a.b]*' }];

/** What becomes of the parts: special tokens as numbers, the rest as the runs that were tokenized. */
function split(parts: readonly PromptPart[], options?: { readonly bos?: number | null; readonly prepends?: boolean }): readonly (number | string)[] {
  const { model, runs } = fakeModel(marks, options);
  const out: (number | string)[] = [];
  const tokens = createTokenizer(model)(parts);
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token < 1000) out.push(token);
    else {
      const run = runs.shift()!;
      out.push(run);
      at += [...run].length - 1;
    }
  }
  return out;
}

describe('Tokens of a prompt', () => {
  const rows: readonly (readonly [name: string, parts: readonly PromptPart[], expected: readonly (number | string)[]])[] = [
    ['are special tokens in the template’s text', [template('<s>Hi<|end|>')], [0, 'Hi', 1]],
    ['are text in what people wrote', [template('<s>'), content('a<|end|>b'), template('<|end|>')], [0, 'a<|end|>b', 1]],
    ['between two special tokens are made of one text, whoever wrote it', [template('<s>user\n'), content('Hi'), template(' !<|end|>')], [0, 'user\nHi !', 1]],
    ['take the longest of special tokens', [template('<|end|>x<|end|>y')], [2, 1, 'y']],
    ['leave white space out that belongs to a special token', [template('a <left> b <right> c')], ['a', 3, ' b ', 4, 'c']],
    ['leave it out of what people wrote, too', [template('x'), content('a  '), template('<left>')], ['xa', 3]],
    ['are text for what users added: the library finds it', [template('<added>')], ['<added>']],
    ['know marks that mean something to patterns', [template('[a.b]*aXb')], [7, 'aXb']],
    ['are none of nothing', [template(''), content('')], []],
  ];
  for (const [name, parts, expected] of rows) it(name, () => assert.deepEqual(split(parts), expected));

  it('begin with the token for the beginning where the model wants it, once, and not for a plain text', () => {
    const wants = { bos: 0, prepends: true };
    assert.deepEqual(split([template('Hi')], wants), [0, 'Hi']);
    assert.deepEqual(split([template('<s>Hi')], wants), [0, 'Hi']);
    assert.deepEqual(split([content('Hi')], wants), ['Hi']);
    assert.deepEqual(split([template('Hi')], { bos: null, prepends: true }), ['Hi']);
  });

  it('of a model without special tokens are those of the text', () => {
    const { model, runs } = fakeModel([]);
    createTokenizer(model)([template('<s>'), content('Hi')]);
    assert.deepEqual(runs, ['<s>Hi']);
  });
});
