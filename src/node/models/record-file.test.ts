import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRecordFile } from './record-file.ts';
import { tmpdir } from 'node:os';

describe('A file of recorded completions', () => {
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'promptnb-record-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('has the lines in the order of the calls, however many come at once', async () => {
    const path = join(folder, 'new', 'answers.jsonl');
    const file = openRecordFile(path);
    const lines = Array.from({ length: 500 }, (_, index) => JSON.stringify({ index, text: 'é漢😀'.repeat(index % 7) }));
    await Promise.all(lines.map((line) => file.append(line)));
    await file.close();
    assert.equal(readFileSync(path, 'utf8'), `${lines.join('\n')}\n`);
    assert.equal(file.lines, 500);
  });

  it('replaces what was there with the first line, and leaves it without one', async () => {
    const path = join(folder, 'answers.jsonl');
    writeFileSync(path, 'old\n');
    await openRecordFile(path).close();
    assert.equal(readFileSync(path, 'utf8'), 'old\n');
    const file = openRecordFile(path);
    await file.append('new');
    assert.equal(readFileSync(path, 'utf8'), 'new\n', 'at once: a crash takes nothing');
    await file.close();
    await openRecordFile(join(folder, 'none.jsonl')).close();
    assert.ok(!existsSync(join(folder, 'none.jsonl')));
  });

  it('takes keys out', async () => {
    const path = join(folder, 'answers.jsonl');
    const file = openRecordFile(path, { redact: (text) => text.replaceAll('secret', '…') });
    await file.append('a secret');
    await file.close();
    assert.equal(readFileSync(path, 'utf8'), 'a …\n');
  });

  it('says what kept it from being written, to each line and at the end', async () => {
    const path = join(folder, 'is-a-folder');
    mkdirSync(path);
    const file = openRecordFile(path);
    await assert.rejects(file.append('a'), { code: 'EISDIR' });
    await assert.rejects(file.append('b'), { code: 'EISDIR' });
    await assert.rejects(file.close(), { code: 'EISDIR' });
    assert.equal(file.lines, 0);
  });
});
