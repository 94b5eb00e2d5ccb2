import assert from 'node:assert/strict';
import { checkNeeds, inOrder, withDependents, type Node } from './graph.ts';

/** `b: a` is a cell b that needs a. */
function graph(...lines: readonly string[]): readonly Node[] {
  return lines.map((line, index) => {
    const [name = '', needs = ''] = line.split(':');
    return { index, name: name.trim() === '' ? null : name.trim(), needs: needs.split(' ').filter((need) => need !== '').map((need) => ({ name: need, guarded: false, span: { start: 0, end: 1 } })) };
  });
}
const names = (nodes: readonly Node[]): string => nodes.map((node) => node.name ?? '-').join(' ');

describe('The graph of cells', () => {
  it('orders cells after what they need, each once, and takes no more', () => {
    const all = graph('d: b c', 'b: a', 'c: a', 'a', 'e: d');
    assert.equal(names(inOrder([all[0]!], all)), 'a b c d');
    assert.equal(names(inOrder([all[1]!, all[0]!, all[1]!], all)), 'a b c d');
    assert.equal(names(inOrder(all, all)), 'a b c d e');
  });

  it('takes needs that are no cells of the graph for given', () => {
    const all = graph('a: data');
    assert.equal(names(inOrder(all, all)), 'a');
  });

  it('finds what depends on cells', () => {
    const all = graph('a', 'b: a', 'c: b', 'd', ': c');
    assert.equal(names(withDependents([all[1]!], all)), 'b c -');
    assert.equal(names(withDependents([all[3]!], all)), 'd');
  });

  for (const [lines, paths] of [
    [['a', 'b: a'], []],
    [['a: a'], ['a → a']],
    [['a: b', 'b: a'], ['a → b → a', 'b → a → b']],
    [['a: b', 'b: c', 'c: a', 'd: a'], ['a → b → c → a', 'b → c → a → b', 'c → a → b → c']],
    [['a: b c', 'b: a', 'c: a'], ['a → b → a', 'b → a → b', 'c → a → c']],
  ] as const) {
    it(`names the cycles of ${lines.join('; ')}`, () => {
      assert.deepEqual(checkNeeds(graph(...lines)).map(({ problem }) => /other: (.*)\. None/.exec(problem.message)![1]), paths);
    });
  }

  it('tells of a large ring in a short line', () => {
    const all = graph(...Array.from({ length: 1000 }, (_, index) => `p${index}: p${(index + 1) % 1000}`));
    const found = checkNeeds(all);
    assert.equal(found.length, 1000);
    assert.ok(found.every(({ problem }) => problem.message.length < 300));
  });
});
