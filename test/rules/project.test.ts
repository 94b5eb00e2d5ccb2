import assert from 'node:assert/strict';
import { brokenLinks, invariants, lockProblems, longFiles, looseVersions, machinePaths, mappedFolders, oddNames, registries, unheldInvariants, type Lock, type Manifest } from './checkers.ts';
import { join } from 'node:path';
import { projectFiles, read, root } from './project.ts';
import { statSync } from 'node:fs';

const paths = projectFiles();
const files = new Map(paths.filter((path) => !/\.(?:png|gguf|ico|woff2?)$/.test(path)).map((path) => [path, read(path)]));
/** These name what must not be named, to see that it is found. */
const planted = 'test/rules/project.test.ts';

describe('The project', () => {
  it('names exact versions only, and a loose one would be found', () => {
    for (const path of projectFiles('package.json', '**/package.json')) assert.deepEqual(looseVersions(JSON.parse(read(path)) as Manifest), [], path);
    assert.deepEqual(looseVersions({ dependencies: { a: '^1.0.0', b: '1.2.3', c: '1.2' }, devDependencies: { d: 'latest', e: '1.0.0-rc.1' }, optionalDependencies: { f: '>=1.0.0' } }), ['a', 'c', 'd', 'f']);
  });

  it('has lock files that name no registry and have every checksum, and others would be found', () => {
    const locks = projectFiles('package-lock.json', '**/package-lock.json');
    assert.ok(locks.includes('package-lock.json'));
    for (const path of locks) assert.deepEqual(lockProblems(JSON.parse(read(path)) as Lock), [], path);
    const packages = { '': {}, 'node_modules/a': { resolved: 'https://example.com/a.tgz', integrity: 'sha512-x' }, 'node_modules/b': {}, 'node_modules/c': { integrity: 'sha512-x' } };
    assert.deepEqual(lockProblems({ lockfileVersion: 2, packages }), ['version 2', 'node_modules/a names https://example.com/a.tgz', 'node_modules/b has no checksum']);
  });

  it('names no path of one machine and no registry', () => {
    const found = [...files].filter(([path]) => path !== planted).flatMap(([path, text]) => [...machinePaths(text), ...registries(text)].map((one) => `${path}: ${one}`));
    assert.deepEqual(found, []);
  });

  for (const [text, expected] of [
    ['see /root/x', 1], ['"/home/bob/y"', 1], ['file:///work/z/a.ts', 1], ['at x (/Users/Bob/y.ts:1:2)', 1], ['cache:/work/x', 1], ['C:\\Users\\bob', 1],
    ['/home/ann/notes', 0], ['https://example.com/work/x', 0], ['docs/root/x', 0], ['/roots/x', 0],
  ] as const) it(`would find ${expected} in: ${text}`, () => assert.equal(machinePaths(text).length, expected));

  for (const [text, expected] of [
    ['https://registry.npmjs.org/x', 1], ['registry.example.com', 1], ['https://a.b/artifactory.example.com/api', 1], ['https://pypi.org/simple/', 1], ['files.pythonhosted.org', 1],
    ['a registry. In it', 0], ['npm config get registry', 0], ['npm_config_registry: nowhere', 0],
  ] as const) it(`would find ${expected} in: ${text}`, () => assert.equal(registries(text).length, expected));

  it('has no file of code longer than 500 lines, and one would be found', () => {
    assert.deepEqual(longFiles(files), []);
    assert.deepEqual(longFiles(new Map([['a.ts', 'x\n'.repeat(500)], ['b.ts', 'x\n'.repeat(501)], ['c.md', 'x\n'.repeat(501)]])), ['b.ts']);
  });

  it('names its files in kebab-case, and another would be found', () => {
    assert.deepEqual(oddNames(paths), []);
    assert.deepEqual(oddNames(['src/core/aB.ts', 'src/core/a-b.test.ts', 'src/Core/a.ts', 'test/a_b.ts', 'README.md']), ['src/core/aB.ts', 'src/Core/a.ts', 'test/a_b.ts']);
  });

  it('has no broken link in its documents, and one would be found', () => {
    assert.deepEqual([...files.keys()].filter((path) => path.endsWith('.md')).flatMap((path) => brokenLinks(path, files).map((link) => `${path}: ${link}`)), []);
    const texts = new Map([
      ['docs/a.md', '# One two\n[1](gone.md) [2](b.md) [3](https://x.y) `[4](no)` [5](#one-two) [6](#three) [7](../LICENSE "the licence") [8](b.md#deep) [9](b.md#gone) [10](../docs/)\n\n[ref]: gone-too.md\n```\n[11](no)\n```\n'],
      ['docs/b.md', '## Deep\n'], ['LICENSE', ''],
    ]);
    assert.deepEqual(brokenLinks('docs/a.md', texts), ['gone.md', '#three', 'b.md#gone', 'gone-too.md']);
  });

  it('names with every invariant the test that holds it, and a false one would be found', () => {
    const text = read('docs/architecture.md');
    assert.ok(invariants(text).length >= 8);
    assert.deepEqual(unheldInvariants(text, files), []);
    const bad = '## Invariants\n\n- One. `test/a.test.ts`\n- Two\n  on two lines. `test/gone.test.ts`\n- Three. `test/empty.test.ts`\n- Four.\n\n## Else\n\n- Five.\n';
    const found = unheldInvariants(bad, new Map([['test/a.test.ts', "it('x')"], ['test/empty.test.ts', '']]));
    assert.deepEqual(found.map((line) => line.split(':')[0]), ['there is no test test/gone.test.ts', 'there is no test test/empty.test.ts', 'names no test']);
  });

  it('has every folder of src on its map, and nothing else', () => {
    const folders = new Set(paths.flatMap((path) => /^src\/(?:core\/[^/]+(?=\/)|(?!core\/)[^/]+(?=\/))/.exec(path)?.[0] ?? []));
    const mapped = mappedFolders(read('docs/architecture.md')).filter((folder) => folder.startsWith('src/'));
    assert.ok(folders.size > 10);
    assert.deepEqual([...mapped].sort(), [...folders].sort());
  });

  it('can run .ci/run', () => assert.notEqual(statSync(join(root, '.ci', 'run')).mode & 0o111, 0));
});
