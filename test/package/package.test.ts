import assert from 'node:assert/strict';
import { join } from 'node:path';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { packExtension } from '../../scripts/package.ts';
import { root } from '../rules/project.ts';
import { skip } from '../skip.ts';
import { thisTarget } from '../../src/node/local/llama-folder.ts';
import { tmpdir } from 'node:os';
import { zipEntries } from './zip-entries.ts';

describe('The packed extension', function () {
  this.timeout(300_000);
  let folder: string;
  let file: string;
  let entries: readonly string[];

  before(async function () {
    if (process.env.PROMPTNB_NO_LOCAL !== undefined) skip(this, process.env.PROMPTNB_NO_LOCAL);
    folder = mkdtempSync(join(tmpdir(), 'promptnb-vsix-'));
    file = await packExtension({ out: join(folder, 'promptnb.vsix') });
    entries = zipEntries(readFileSync(file)).map((name) => name.replace(/^extension\//, ''));
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('holds what runs: the bundles, the engine of this platform, the examples, the grammars', () => {
    const [llama] = entries.filter((name) => name.endsWith('.node') && name.includes('llama-addon'));
    assert.match(llama!, new RegExp(`^llama/[^/]+-${thisTarget()}/node_modules/@node-llama-cpp/${thisTarget()}/`));
    for (const name of ['package.json', 'readme.md', 'changelog.md', 'LICENSE.txt', 'dist/extension.js', 'dist/renderer.js', 'dist/local-child.js', 'dist/regex-worker.js', 'dist/token-worker.js', 'examples/quickstart.promptnb', 'syntaxes/prompt.language-configuration.json']) {
      assert.ok(entries.includes(name), name);
    }
  });

  it('holds no sources, tests, fixtures, settings of the project, or other platforms', () => {
    const ours = entries.filter((name) => !name.startsWith('llama/'));
    assert.deepEqual(ours.filter((name) => /^(?:src|test|scripts|docs|node_modules|artifacts|\.)|\.tsx?$|\.map$|tsconfig|eslint|esbuild|package-lock/.test(name)), []);
    const binaries = entries.filter((name) => /\.(?:node|so|dylib|dll|metal)(?:$|\.)/.test(name));
    assert.deepEqual(binaries.filter((name) => !name.includes(`/@node-llama-cpp/${thisTarget()}/`) && !name.includes(`reflink-${thisTarget()}`)), []);
    assert.deepEqual(entries.filter((name) => /\.d\.[cm]?ts$|\.map$/.test(name)), []);
  });

  it('has every file that its manifest names', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Readonly<Record<string, unknown>>;
    const named = JSON.stringify({ main: manifest.main, icon: manifest.icon, contributes: manifest.contributes }).match(/"\.?\/?(?:dist|media|syntaxes)\/[^"]+"/g) ?? [];
    assert.ok(named.length >= 3);
    for (const path of named) assert.ok(entries.includes(path.slice(1, -1).replace(/^\.\//, '')), path);
  });

  it('is small enough to be downloaded in a moment', () => {
    assert.ok(statSync(file).size < 25e6, `${(statSync(file).size / 1e6).toFixed(1)} MB`);
  });
});
