import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Tiktoken } from 'js-tiktoken/lite';
import cl100k from 'js-tiktoken/ranks/cl100k_base';
import o200k from 'js-tiktoken/ranks/o200k_base';
import { counterFor, countRequest, countText } from './count.ts';
import { message } from '../../../test/model-requests.ts';
import { mergePairs, readRanks } from './byte-pairs.ts';
import type { ModelRequest } from '../models/model.ts';

const encodings = { cl100k, o200k } as const;
type Named = keyof typeof encodings;

describe('Tokens of a text', function () {
  this.timeout(60_000);

  const published: readonly (readonly [encoding: string, text: string, ids: readonly number[]])[] = [
    // OpenAI's cookbook, "How to count tokens with tiktoken".
    ['cl100k', 'tiktoken is great!', [83, 1609, 5963, 374, 2294, 0]],
    ['cl100k', 'antidisestablishmentarianism', [519, 85342, 34500, 479, 8997, 2191]],
    ['cl100k', '2 + 2 = 4', [17, 489, 220, 17, 284, 220, 19]],
    ['o200k', 'antidisestablishmentarianism', [493, 129901, 376, 160388, 21203, 2367]],
    ['o200k', '2 + 2 = 4', [17, 659, 220, 17, 314, 220, 19]],
    ['r50k', '2 + 2 = 4', [17, 1343, 362, 796, 604]],
    ['p50k', 'hello world', [31373, 995]],
    ['gpt2', 'hello world', [31373, 995]],
  ];
  for (const [encoding, text, ids] of published) it(`${encoding}: ${text}`, async () => assert.deepEqual((await counterFor(encoding as Named)).encode(text), ids));

  for (const name of Object.keys(encodings) as Named[]) {
    describe(name, () => {
      const ranks = encodings[name];
      // White space as Rust reads it; js-tiktoken takes JavaScript's, which differs in two characters.
      const oracle = new Tiktoken({ ...ranks, pat_str: ranks.pat_str.replaceAll('\\s', '\\p{White_Space}').replaceAll('\\S', '\\P{White_Space}') });

      it('are js-tiktoken’s, for any text', async () => {
        const { encode } = await counterFor(name);
        const part = fc.oneof(
          fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 12 }),
          fc.constantFrom('the ', "don't", 'HTTPServer', 'ﬁn', '世界人民', 'नमस्ते', '👩‍👩‍👧', 'e\u0301\u0301', '   ', '\r\n\r\n', '\t\t', '////', '1234567', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '='.repeat(70), '\u0085', '\ufeff', '<|endoftext|>', '<|im_start|>'),
        );
        fc.assert(fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
          const text = parts.join('').toWellFormed();
          assert.deepEqual(encode(text), oracle.encode(text, [], []));
        }), { numRuns: 400 });
      });

      it('are js-tiktoken’s where its merging is slow, but not too slow to compare', async () => {
        const { encode } = await counterFor(name);
        for (const text of ['a'.repeat(700), ' '.repeat(700), '世'.repeat(200), '!'.repeat(500), '\n'.repeat(300), 'abcdefghijklmnopqrstuvwxyz'.repeat(20), 'Ab'.repeat(200), 'é\u0301'.repeat(100)]) {
          assert.deepEqual(encode(text), oracle.encode(text, [], []), text.slice(0, 5));
        }
      });
    });
  }

  it('take work in proportion to the length of a run without a border', async () => {
    const { default: { bpe_ranks: ranks } } = await import('js-tiktoken/ranks/o200k_base');
    const vocabulary = readRanks(ranks);
    /** How many pairs are looked up: what the time goes to. */
    const work = (bytes: string): number => {
      let lookups = 0;
      const get = (key: string): number | undefined => {
        lookups += 1;
        return vocabulary.ranks.get(key);
      };
      mergePairs(bytes, { ...vocabulary, ranks: { get } as ReadonlyMap<string, number> }, []);
      return lookups;
    };
    for (const letter of ['a', '\xe4\xb8\x96', ' ', '!', '\n', '\xf0\x9f\x98\x80', 'A']) {
      const ratio = work(letter.repeat(64_000)) / work(letter.repeat(4_000));
      // Quadratic would be 256.
      assert.ok(ratio < 17, `${JSON.stringify(letter)}: ${ratio.toFixed(1)} times the work for 16 times the length`);
    }
  });

  it('of special tokens are those of their letters', async () => {
    for (const name of ['<|endoftext|>', '<|im_start|>', '<|start|>', '<|endofprompt|>']) {
      assert.ok((await countText(name, 'o200k')).tokens > 2, name);
      assert.equal((await countText(name, 'o200k_harmony')).tokens, (await countText(name, 'o200k')).tokens);
    }
  });

  it('of half a character are those of what its UTF-8 is', async () => {
    const { encode } = await counterFor('o200k');
    assert.deepEqual(encode('a\ud83d b'), encode('a\ufffd b'));
  });

  it('are exact for a model whose encoding is known, and an estimate for others', async () => {
    assert.deepEqual(await countText('hello world', 'gpt-4o-mini'), { tokens: 2, kind: 'exact' });
    assert.deepEqual(await countText('hello world', 'o200k_base'), { tokens: 2, kind: 'exact' });
    assert.deepEqual(await countText('hello world', 'llama3.2'), { tokens: 2, kind: 'estimate' });
    assert.deepEqual(await countText('hello world', 'estimate'), { tokens: 2, kind: 'estimate' });
    assert.deepEqual([await countText('', 'gpt-4'), await countText('', 'llama3.2')], [{ tokens: 0, kind: 'exact' }, { tokens: 0, kind: 'estimate' }]);
  });
});

describe('Tokens of a request', () => {
  it('are those of its texts and what a chat adds: an estimate', async () => {
    const texts: ModelRequest = { messages: [message('system', 'hello world'), message('user', 'hello world')], config: {} };
    assert.deepEqual(await countRequest(texts, 'gpt-4o'), { tokens: 3 + 2 * (3 + 2), kind: 'estimate' });
  });

  it('grow with tools, calls and schemas', async () => {
    const base: ModelRequest = { messages: [message('user', 'hello')], config: {} };
    const { tokens } = await countRequest(base, 'gpt-4o');
    const more: readonly ModelRequest[] = [
      { ...base, tools: [{ name: 'f', description: 'Does it.', parameters: { type: 'object' } }] },
      { ...base, output: { name: 'o', schema: { type: 'object' } } },
      { ...base, messages: [...base.messages, { role: 'model', content: [], toolCalls: [{ id: 'a', name: 'f', arguments: '{"x":1}' }] }] },
    ];
    for (const request of more) assert.ok((await countRequest(request, 'gpt-4o')).tokens > tokens + 3);
    assert.equal((await countRequest({ ...base, tools: [] }, 'gpt-4o')).tokens, tokens);
  });
});

describe('Byte pairs', () => {
  const vocabulary = readRanks(`! 0 ${['a', 'b', 'c'].map((letter) => btoa(letter)).join(' ')}\n! 10 ${['ab', 'bc', 'abc'].map((text) => btoa(text)).join(' ')}\n`);
  const merge = (bytes: string): readonly number[] => {
    const ids: number[] = [];
    mergePairs(bytes, vocabulary, ids);
    return ids;
  };

  it('are merged by rank, the leftmost first', () => {
    assert.deepEqual([merge('abc'), merge('bcab'), merge('aabbc'), merge('a')], [[12], [11, 10], [0, 10, 11], [0]]);
  });

  it('are merged the same in short and in long pieces', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 20 }), fc.integer({ min: 2, max: 5 }), (text, times) => {
      // `ca` is no pair, so a piece that ends in c and begins with a is as good as two.
      const part = `a${text}c`;
      assert.deepEqual(merge(part.repeat(times * 2)), Array.from({ length: times * 2 }, () => merge(part)).flat());
    }));
  });
});
