import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { layers, required } from '../../scripts/layers.mjs';
import { root } from '../rules/project.ts';
import { oldestNode, runProgram, type Ended } from './program.ts';
import { tmpdir } from 'node:os';

describe('npm test', function () {
  this.timeout(60_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'promptnb-layers-'));
    for (const path of ['package.json', 'package-lock.json', 'scripts', 'test/skip.ts']) cpSync(join(root, path), join(folder, path), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const plant = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const npmTest = (...names: string[]): Promise<Ended> => runProgram(oldestNode().program ?? process.execPath, [join(folder, 'scripts', 'test.mjs'), ...names], { cwd: folder });
  const lastLine = (ended: Ended): string => ended.stdout.trimEnd().split('\n').at(-1)!;

  it('counts what passed', async () => {
    plant('test/a/a.test.ts', "it('one', () => {});\nit('two', () => {});\n");
    const ended = await npmTest('a');
    assert.deepEqual([ended.status, lastLine(ended)], [0, '2 passed, 0 failed, 0 skipped'], ended.stderr);
  });

  it('counts a failure, and shows it in full with its cause', async () => {
    plant('test/a/a.test.ts', "import assert from 'node:assert/strict';\nit('one', () => {});\nit('two', () => { throw new Error('boom', { cause: new Error('the reason') }); });\nit('three', () => assert.equal(1, 2, 'not equal'));\n");
    const ended = await npmTest('a');
    assert.deepEqual([ended.status, lastLine(ended)], [1, '1 passed, 2 failed, 0 skipped']);
    assert.match(ended.stdout, /FAILED {2}a: two\nError: boom\n[^]*a\.test\.ts:3[^]*caused by Error: the reason/);
    assert.match(ended.stdout, /FAILED {2}a: three\n[^]*not equal[^]*1 !== 2/);
  });

  it('counts what was skipped, and says why', async () => {
    plant('test/a/a.test.ts', "import { skip } from '../skip.ts';\nit('one', function () { skip(this, 'there is no moon'); });\ndescribe('dark', () => {\n  before(async function () { await null; skip(this, 'there is no sun'); });\n  it('two', () => {});\n  describe('deep', () => it('three', () => {}));\n});\nit.skip('four', () => {});\n");
    const ended = await npmTest('a');
    assert.deepEqual([ended.status, lastLine(ended)], [0, '0 passed, 0 failed, 4 skipped'], ended.stderr);
    for (const line of ['one: there is no moon', 'dark two: there is no sun', 'dark deep three: there is no sun', 'four: it gives no reason']) assert.ok(ended.stdout.includes(`skipped  a: ${line}\n`), line);
  });

  for (const [what, files, told] of [
    ['a process that dies in the middle', { 'test/a/a.test.ts': "it('one', () => {});\nit('two', () => { process.kill(process.pid, 'SIGKILL'); });\n" }, /FAILED {2}a: the layer itself\nIt did not run to its end \(status SIGKILL[^]*It was at: two/],
    ['a process that ends early and says that all is well', { 'test/a/a.test.ts': "it('one', () => {});\nit('two', () => { process.exit(0); });\n" }, /It did not run to its end \(status 0; [^]*It was at: two/],
    ['a file that cannot be read', { 'test/a/a.test.ts': "import '../gone.ts';\nit('one', () => {});\n" }, /FAILED {2}a: the layer itself/],
    ['a folder without a test', { 'test/a/a.test.ts': '// None yet.\n' }, /FAILED {2}a: the layer itself\n.*is there any\?/],
    ['tests that were chosen, and leave others out', { 'test/a/a.test.ts': "it.only('one', () => {});\n" }, /FAILED {2}a: the layer itself/],
  ] as const) {
    it(`fails for ${what}`, async () => {
      for (const [path, text] of Object.entries(files)) plant(path, text);
      const ended = await npmTest('a');
      assert.equal(ended.status, 1, ended.stdout);
      assert.match(ended.stdout, told);
      assert.match(lastLine(ended), /^\d+ passed, 1 failed, 0 skipped$/);
    });
  }

  it('fails for a layer that has lost its tests, and for one that there never was', async () => {
    plant('test/rules/rules.ts', 'export {};\n');
    const lost = await npmTest('rules');
    assert.deepEqual([lost.status, lastLine(lost)], [1, '0 passed, 1 failed, 0 skipped']);
    const unknown = await npmTest('rulez');
    assert.deepEqual([unknown.status, lastLine(unknown)], [1, '0 passed, 1 failed, 0 skipped']);
    assert.match(unknown.stdout, /There is no layer rulez\. There are: unit, rules, /);
  });

  it('finds every folder of tests, and needs those that are named', () => {
    const names = layers(['new/a.test.ts', 'new/deep/b.test.ts', 'loose.test.ts', 'helpers/c.ts']).map((layer) => layer.name);
    assert.deepEqual([...names].sort(), ['unit', 'new', ...required].sort());
    assert.equal(names[0], 'unit');
  });
});
