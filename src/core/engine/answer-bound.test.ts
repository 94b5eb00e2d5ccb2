import assert from 'node:assert/strict';
import { answerBound, type AnswerBound, type Bounding, type Written } from './answer-bound.ts';
import { LimitError } from './meter.ts';
import { scriptedModel } from '../../../test/scripted-model.ts';
import type { CountKind, Model } from '../models/model.ts';

const error = new LimitError('tokens', 100, 100, { message: 'It was cut.', hint: 'Raise it.' });

function bound(cap: number | null, { overrides = {}, ...given }: Partial<Bounding> & { readonly overrides?: Partial<Model> } = {}): AnswerBound | null {
  const model = scriptedModel(() => '', overrides);
  return answerBound({ maxOutputTokens: cap, cut: cap === null ? null : error }, { model, asked: undefined, refused: false, ...given });
}

/** Counts words, and remembers how often it was asked. */
function counting(kind: CountKind): { readonly countTokens: Model['countTokens']; readonly asked: () => number } {
  let asked = 0;
  return { asked: () => asked, countTokens: async (input) => ((asked += 1), { tokens: (input as string).split(' ').filter((word) => word !== '').length, kind }) };
}

/** Writes words one by one until it is stopped; how many it got to write. */
async function write(held: AnswerBound, word: string, { together = 1, most = 5000 } = {}): Promise<number> {
  let answer: Written = { text: '', reasoning: '', refusal: '', toolCalls: [], deltas: 0 };
  for (let words = together; words <= most; words += together) {
    answer = { ...answer, text: answer.text + word.repeat(together), deltas: answer.deltas + 1 };
    try {
      await held.hold(answer);
    } catch (reason) {
      assert.equal(reason, error);
      return words;
    }
  }
  return most;
}

describe('The bound of an answer', () => {
  it('is none where no limit bounds it', () => assert.equal(bound(null), null));

  const told: readonly (readonly [what: string, cap: number, given: Parameters<typeof bound>[1], told: boolean])[] = [
    ['is told where it is small', 4096, {}, true], ['is not told where it is large', 4097, {}, false], ['is told where the cell asks for more', 10_000, { asked: 20_000 }, true], ['is not told where it was refused', 100, { refused: true }, false],
  ];
  for (const [what, cap, given, yes] of told) it(what, () => assert.equal(bound(cap, given)?.told, yes));

  it('lets an answer pass that keeps it', async () => {
    const { countTokens } = counting('exact');
    assert.equal(await write(bound(50, { overrides: { countTokens } })!, 'word ', { most: 50 }), 50);
  });

  it('stops one that goes on, exactly where tokens are counted exactly, and at most a little later elsewhere', async () => {
    for (const [kind, least, most] of [['exact', 51, 58], ['estimate', 51, 59]] as const) {
      const { countTokens } = counting(kind);
      const words = await write(bound(50, { overrides: { countTokens } })!, 'word ');
      assert.ok(words >= least && words <= most, `${kind}: ${words}`);
    }
  });

  it('stops one that comes in large pieces by what it says', async () => {
    const { countTokens } = counting('exact');
    assert.equal(await write(bound(50, { overrides: { countTokens } })!, 'word ', { together: 10 }), 60);
  });

  it('counts now and then only', async () => {
    const { countTokens, asked } = counting('estimate');
    const held = bound(2000, { overrides: { countTokens } })!;
    await write(held, 'word ', { together: 2, most: 2000 });
    assert.ok(asked() > 0 && asked() < 60, `${asked()} times`);
  });

  it('counts nothing where each piece is a token, or counting fails', async () => {
    const capabilities = { ...scriptedModel(() => '').capabilities, tokenDeltas: true };
    assert.equal(await write(bound(50, { overrides: { capabilities, countTokens: () => assert.fail('It counted.') } })!, 'word '), 59);
    assert.equal(await write(bound(50, { overrides: { countTokens: () => Promise.reject(new Error('gone')) } })!, 'word '), 59);
  });

  it('holds reasoning, refusals and tool calls, too', async () => {
    const { countTokens } = counting('exact');
    const held = bound(50, { overrides: { countTokens } })!;
    const none: Written = { text: '', reasoning: '', refusal: '', toolCalls: [], deltas: 1 };
    await assert.rejects(async () => held.hold({ ...none, reasoning: 'word '.repeat(60) }), /It was cut/);
    await assert.rejects(async () => held.hold({ ...none, refusal: 'word '.repeat(60) }), /It was cut/);
    await assert.rejects(async () => held.hold({ ...none, text: 'word '.repeat(40), toolCalls: [{ name: 'a', arguments: ' word'.repeat(20) }] }), /It was cut/);
  });
});
