import assert from 'node:assert/strict';
import fs, { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { FileError, maxFileSize, readInside, writeFileAtomically } from './files.ts';
import { join } from 'node:path';
import { mock } from 'node:test';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';

describe('Files', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'promptnb-files-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  const fails = (work: () => void, code: string, message: RegExp): void => assert.throws(work, (error) => error instanceof FileError && error.code === code && message.test(error.message));

  it('are written whole, leave nothing beside them, and keep their permissions', () => {
    writeFileSync(at('a'), 'old');
    chmodSync(at('a'), 0o640);
    writeFileAtomically(at('a'), Buffer.from('new'));
    assert.equal(readFileSync(at('a'), 'utf8'), 'new');
    assert.equal(statSync(at('a')).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(folder), ['a']);
  });

  it('are made where there were none', () => {
    writeFileAtomically(at('b'), Buffer.from('new'));
    assert.equal(readFileSync(at('b'), 'utf8'), 'new');
  });

  it('are written where a link points to, and the link stays', () => {
    mkdirSync(at('other'));
    writeFileSync(at('other/real'), 'old');
    symlinkSync('other/real', at('link'));
    writeFileAtomically(at('link'), Buffer.from('new'));
    assert.ok(lstatSync(at('link')).isSymbolicLink());
    assert.equal(readFileSync(at('other/real'), 'utf8'), 'new');
  });

  it('stay as they were when they cannot be written', () => {
    fails(() => writeFileAtomically(at('gone/x'), Buffer.from('new')), 'ENOENT', /folder does not exist/);
    fails(() => writeFileAtomically(folder, Buffer.from('new')), 'EISDIR', /it is a folder/);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('stay as they were when the disk is full, and nothing half written is left', () => {
    writeFileSync(at('a'), 'old');
    const real = fs.writeSync;
    for (const code of ['ENOSPC', 'EDQUOT'] as const) {
      // Half of it goes to the disk, and then there is no more room.
      let calls = 0;
      mock.method(fs, 'writeSync', (file: number, bytes: Uint8Array, offset: number) => {
        if ((calls += 1) > 1) throw Object.assign(new Error(code), { code });
        return real(file, bytes.subarray(offset, offset + 2));
      });
      syncBuiltinESMExports();
      try {
        fails(() => writeFileAtomically(at('a'), Buffer.from('new text')), code, /^.*\/a cannot be written: the disk .*\. It is as it was\.$/);
        assert.equal(calls, 2);
      } finally {
        mock.restoreAll();
        syncBuiltinESMExports();
      }
    }
    assert.equal(readFileSync(at('a'), 'utf8'), 'old');
    assert.deepEqual(readdirSync(folder), ['a']);
  });

  it('are read inside of the workspace only, by real path', async () => {
    mkdirSync(at('in/sub'), { recursive: true });
    writeFileSync(at('in/sub/x'), 'inside');
    writeFileSync(at('secret'), 'outside');
    symlinkSync('../secret', at('in/link'));
    symlinkSync('sub/x', at('in/good'));
    assert.equal(Buffer.from(await readInside(at('in'), at('in/good'))).toString(), 'inside');
    for (const [path, code] of [['in/../secret', 'OUTSIDE'], ['in/link', 'OUTSIDE'], ['in/none', 'ENOENT'], ['in/sub', 'EISDIR'], ['in/sub/x/y', 'ENOTDIR']] as const) {
      await assert.rejects(readInside(at('in'), at(path)), (error) => error instanceof FileError && error.code === code, path);
    }
    assert.ok(maxFileSize >= 20_000_000);
  });
});
