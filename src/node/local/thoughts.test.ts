import assert from 'node:assert/strict';
import { createThoughtFilter, knowsThoughts, opensThoughts } from './thoughts.ts';
import fc from 'fast-check';

function run(pieces: readonly string[], begun = false): { readonly thought: string; readonly text: string } {
  const filter = createThoughtFilter({ begun });
  const all = [...pieces.flatMap((piece) => filter.push(piece)), ...filter.rest()];
  assert.ok(all.every((piece) => piece.text !== ''));
  const of = (kind: string): string => all.filter((piece) => piece.kind === kind).map((piece) => piece.text).join('');
  return { thought: of('thought'), text: of('text') };
}

describe('Thoughts at the beginning of an answer', () => {
  const rows: readonly (readonly [name: string, answer: string, thought: string, text: string, begun?: boolean])[] = [
    ['none', 'Hello.', '', 'Hello.'],
    ['none, and white space stays', '\n Hello. ', '', '\n Hello. '],
    ['some', '<think>\nHm, well.\n</think>\n\nHello.\n', '\nHm, well.\n', 'Hello.\n'],
    ['empty ones', '<think>\n\n</think>\n\nHello.', '\n\n', 'Hello.'],
    ['after white space', '\n<think>Hm</think>Hello', 'Hm', 'Hello'],
    ['that the prompt has opened', 'Hm, well.\n</think>\n\nHello.', 'Hm, well.\n', 'Hello.', true],
    ['that do not end', '<think>Hm, </thin', 'Hm, </thin', ''],
    ['that the prompt has opened, and that do not end', 'Hm', 'Hm', '', true],
    ['and nothing else', '<think>Hm</think>\n', 'Hm', ''],
    ['only at the beginning', 'I say <think>this</think>', '', 'I say <think>this</think>'],
    ['only once', '<think>a</think>b<think>c</think>', 'a', 'b<think>c</think>'],
    ['that look like a comparison', '<thin', '', '<thin'],
    ['of nothing', '', '', ''],
  ];
  for (const [name, answer, thought, text, begun] of rows) {
    it(`${name}: are told apart, in one piece or in many`, () => {
      for (const pieces of [[answer], [...answer], answer.split(/(?=[<>n])/)]) assert.deepEqual(run(pieces, begun), { thought, text });
    });
  }

  it('are shown as they come, but for what may be their end', () => {
    const filter = createThoughtFilter({ begun: false });
    const texts = ['<think>', 'so', ' it </', 'b> goes</th', 'ink>', '\n', 'Yes'].map((piece) => filter.push(piece).map(({ kind, text }) => `${kind}: ${text}`).join());
    assert.deepEqual(texts, ['', 'thought: so', 'thought:  it ', 'thought: </b> goes', '', '', 'text: Yes']);
  });

  it('and texts lose nothing but the marks and the white space around them, however they are cut', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('<think>', '</think>', '<', 'think>', 'a', ' ', '\n', '</'), { maxLength: 12 }), (pieces) => {
      const { thought, text } = run(pieces);
      assert.deepEqual(run([pieces.join('')]), { thought, text });
      assert.equal((thought + text).replaceAll(/\s|<\/?think>/g, ''), pieces.join('').replace(/^\s*<think>/, '').replaceAll(/\s|<\/?think>/g, ''));
    }));
  });

  it('are looked for where the template knows them', () => {
    assert.deepEqual([knowsThoughts(null), knowsThoughts('{{ messages }}'), knowsThoughts("{{ content.split('</think>') }}")], [false, false, true]);
    assert.deepEqual([opensThoughts('<|assistant|>'), opensThoughts('<|assistant|><think>\n'), opensThoughts('<think>\n\n</think>\n\n')], [false, true, false]);
  });
});
