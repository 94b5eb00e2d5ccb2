import assert from 'node:assert/strict';
import { binaryPackages, findLlama, isLlamaFolder, llamaFolderIn, llamaFolderName, llamaVersion, thisTarget } from './llama-folder.ts';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { skip } from '../../../test/skip.ts';
import { tmpdir } from 'node:os';

describe('Where the engine for local models lies', () => {
  const target = 'linux-x64';
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pnb-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const install = (to: string, versions: Readonly<Record<string, string>>): string => {
    for (const [name, version] of Object.entries(versions)) {
      mkdirSync(join(to, 'node_modules', name), { recursive: true });
      writeFileSync(join(to, 'node_modules', name, 'package.json'), version === '' ? '{' : JSON.stringify({ version }));
    }
    return to;
  };
  const both = (binary = binaryPackages[target]!): Readonly<Record<string, string>> => ({ 'node-llama-cpp': llamaVersion, [binary]: llamaVersion });

  it('is a folder that has it whole, in this version, with this platform’s binary', () => {
    const rows: readonly (readonly [Readonly<Record<string, string>>, boolean])[] = [
      [both(), true],
      [{}, false],
      [{ 'node-llama-cpp': llamaVersion }, false],
      [{ ...both(), 'node-llama-cpp': '3.0.0' }, false],
      [{ ...both(), [binaryPackages[target]!]: '3.0.0' }, false],
      [{ ...both(), 'node-llama-cpp': '' }, false],
      [both(binaryPackages['win32-x64']), false],
    ];
    for (const [index, [versions, expected]] of rows.entries()) assert.equal(isLlamaFolder(install(join(folder, String(index)), versions), target), expected, JSON.stringify(versions));
    assert.equal(isLlamaFolder(join(folder, '0'), 'plan9-mips'), false);
  });

  it('is beside the bundles, where a packager puts it, before the cache', function () {
    if (binaryPackages[thisTarget()] === undefined) skip(this, `There is no engine for ${thisTarget()}.`);
    const code = join(folder, 'app', 'dist');
    const cache = join(folder, 'cache');
    assert.equal(findLlama(code, cache), undefined);
    const cached = install(llamaFolderIn(cache, thisTarget()), both(binaryPackages[thisTarget()]));
    assert.equal(findLlama(code, cache), cached);
    const packed = install(join(folder, 'app', 'llama', llamaFolderName(thisTarget())), both(binaryPackages[thisTarget()]));
    assert.equal(findLlama(code, cache), packed);
  });

  it('is of the version that the lock of its own names, with binaries for the platforms that people have', () => {
    const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../../scripts/llama/package-lock.json'), 'utf8')) as { packages: Record<string, { version?: string; integrity?: string }> };
    const { version, integrity } = lock.packages['node_modules/node-llama-cpp']!;
    assert.equal(version, llamaVersion);
    assert.ok(integrity?.startsWith('sha512-'));
    for (const one of ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64', 'win32-x64', 'win32-arm64']) assert.ok(one in binaryPackages, one);
  });
});
