import assert from 'node:assert/strict';
import { isName, reservedNames } from './names.ts';

describe('names', () => {
  for (const name of ['poem', 'Poem2', 'a_b', 'a-b', '_x', '-x', 'größe', '題目', 'नाम', 'e'.repeat(200), 'system', 'row']) {
    it(`takes ${name.slice(0, 20)}`, () => assert.ok(isName(name)));
  }
  for (const name of ['', '2nd', 'a b', 'a.b', 'a/b', 'a[0]', '@a', 'a!', 'a{b', 'a\n', 'a=b', '#a']) {
    it(`refuses ${JSON.stringify(name)}`, () => assert.ok(!isName(name)));
  }
  it('refuses every word of the language', () => {
    for (const name of ['role', 'json', 'history', 'section', 'media', 'gen', 'select', 'if', 'unless', 'each', 'with', 'this']) {
      assert.ok(reservedNames.includes(name), name);
    }
    for (const name of reservedNames) assert.ok(!isName(name), name);
  });
});
