import assert from 'node:assert/strict';
import fs, { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createCompletionCache } from './completion-cache.ts';
import { join } from 'node:path';
import { mock } from 'node:test';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';

describe('A cache of completions', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'promptnb-cache-'))));
  afterEach(() => {
    mock.restoreAll();
    syncBuiltinESMExports();
    rmSync(folder, { recursive: true, force: true });
  });
  const cache = (redact = (text: string): string => text): ReturnType<typeof createCompletionCache> => createCompletionCache(folder, { redact });
  const key = 'ab'.padEnd(64, '0');
  const file = (): string => join(folder, '.promptnb/cache/ab', `${key.slice(2)}.json`);

  it('gives back what was put, to any process, and nothing else', async () => {
    await cache().put(key, 'kept');
    await cache().put(key, 'Grüße');
    assert.equal(await cache().get(key), 'Grüße');
    assert.equal(await cache().get(key.replace(/0$/, '1')), undefined);
    assert.equal(readFileSync(join(folder, '.promptnb/.gitignore'), 'utf8'), '*\n');
    assert.deepEqual(readdirSync(join(folder, '.promptnb/cache/ab')), [`${key.slice(2)}.json`]);
  });

  it('takes secrets out of what it keeps', async () => {
    await cache((text) => text.replaceAll('secret', '…')).put(key, 'the secret');
    assert.equal(readFileSync(file(), 'utf8'), 'the …');
  });

  for (const bad of ['', 'ab', '../../../../etc/passwd', 'AB'.padEnd(64, '0'), `${'a'.repeat(20)}/x`, `${'a'.repeat(20)}\n`]) {
    it(`takes no key that is none: ${JSON.stringify(bad)}`, async () => {
      await assert.rejects(cache().get(bad), /hexadecimal/);
      await assert.rejects(cache().put(bad, 'x'), /hexadecimal/);
      assert.deepEqual(readdirSync(folder), []);
    });
  }

  it('begins anew where its folder was cleaned away', async () => {
    const one = cache();
    await one.put(key, 'a');
    rmSync(join(folder, '.promptnb'), { recursive: true });
    await one.put(key, 'b');
    assert.equal(await one.get(key), 'b');
  });

  it('leaves nothing half written where the disk is full', async () => {
    await cache().put(key, 'old');
    for (const name of ['writeFileSync', 'renameSync'] as const) {
      const real = fs[name] as (...given: unknown[]) => void;
      mock.method(fs, name, (...given: unknown[]) => {
        if (name === 'writeFileSync') real(given[0], 'ha');
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      });
      syncBuiltinESMExports();
      await assert.rejects(cache().put(key, 'half of it'), { code: 'ENOSPC' });
      mock.restoreAll();
      syncBuiltinESMExports();
    }
    assert.equal(await cache().get(key), 'old');
    assert.deepEqual(readdirSync(join(folder, '.promptnb/cache/ab')), [`${key.slice(2)}.json`]);
  });

  it('says when what is there cannot be read', async () => {
    mkdirSync(file(), { recursive: true });
    await assert.rejects(cache().get(key));
    writeFileSync(join(folder, '.promptnb/cache/cd'), '');
    await assert.rejects(cache().get('cd'.padEnd(64, '0')));
  });
});
