import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lossProblem, numberLoss } from './number-loss.ts';
import { readYamlTree } from './yaml-tree.ts';

describe('What a number loses', () => {
  const kept = ['0', '-0', '7', '-7', '+7', '1.50', '0.1', '-0.5', '1e3', '9007199254740992', '-9007199254740992', '1e22', '100000000000000000000', '0x1F', '0o17', '0.0'];
  for (const source of kept) it(`is nothing for ${source}`, () => assert.equal(numberLoss(source, Number(source)), null));

  const lost: readonly (readonly [source: string, message: RegExp])[] = [
    ['007', /`007` would be the number 7/],
    ['-01', /`-01` would be the number -1/],
    ['00', /would be the number 0/],
    ['00.5', /would be the number 0\.5/],
    ['9007199254740993', /more digits than a number keeps/],
    ['-9007199254740993', /more digits/],
    ['+9007199254740993', /more digits/],
    ['0x20000000000001', /more digits/],
    ['0o400000000000000001', /more digits/],
    ['1e999', /`1e999` is no number in JSON/],
    [`1${'0'.repeat(400)}`, /`1000000000.*…` is no number/],
  ];
  for (const [source, message] of lost) it(`is said of ${source.slice(0, 20)}`, () => assert.match(numberLoss(source, Number(source)) ?? '', message));

  it('is known of .nan', () => assert.match(numberLoss('.nan', NaN)!, /no number in JSON/));

  it('is a digit of every integer that does not come back, and of no other', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (integer) => {
      const source = String(integer);
      assert.equal(numberLoss(source, Number(source)) === null, BigInt(Number(source)) === integer);
    }), { numRuns: 300 });
  });

  const problem = (yaml: string): ReturnType<typeof lossProblem> => lossProblem(readYamlTree(yaml, 'options').root!.entries![0]!.node);

  it('is a warning in options, mended by quotes', () => {
    const { severity, code, fix } = problem('a: 007')!;
    assert.deepEqual([severity, code, fix!.text], ['warning', 'yaml-number', '"007"']);
  });

  for (const yaml of ['a: "007"', 'a: 7', 'a: x', 'a: [007]', 'a: |\n  007']) it(`is none in ${JSON.stringify(yaml)}`, () => assert.equal(problem(yaml), null));
});
