import assert from 'node:assert/strict';
import fs, { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRecordStore } from './records.ts';
import { FileError } from './files.ts';
import { join } from 'node:path';
import { mock } from 'node:test';
import { readJournal } from '../core/trace/journal.ts';
import { redactor } from '../core/safety/redact.ts';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import type { RunEvent } from '../core/trace/event.ts';

const begin: RunEvent = { type: 'run-start', version: 1, at: 10, id: 'a1', group: 'g', notebook: 'n.promptnb', cell: 'poem', index: 2, in: 'b7', model: 'fast' };
const start: RunEvent = { type: 'model-call-start', at: 20, step: 1, parent: 0, purpose: 'answer', model: 'fast', request: { messages: [], config: {} } };
const say = (text: string): RunEvent => ({ type: 'text-delta', at: 30, step: 1, text });
const end: RunEvent = { type: 'run-end', at: 40, status: 'done', text: 'whole', value: 'whole', taint: [], checks: [], attempts: 1, error: null };

describe('A store of records', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'promptnb-records-'))));
  afterEach(() => {
    mock.restoreAll();
    syncBuiltinESMExports();
    mock.timers.reset();
    rmSync(folder, { recursive: true, force: true });
  });
  const store = (secrets: readonly string[] = []): ReturnType<typeof createRecordStore> => createRecordStore(folder, { redactor: redactor(secrets) });
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
  const readAgain = async (events: readonly RunEvent[], secrets: readonly string[] = []): Promise<ReturnType<typeof readJournal> & { readonly file: string }> => {
    const writer = await store(secrets).create();
    for (const event of events) writer.append(event);
    await writer.close();
    const file = read(writer.path);
    return { ...readJournal(file), file };
  };
  /** The system refuses what this call asks for. */
  const failing = (name: 'openSync' | 'writeSync' | 'mkdirSync' | 'closeSync', code: string, after = 0): void => {
    let calls = 0;
    const real = fs[name] as (...given: unknown[]) => unknown;
    mock.method(fs, name, (...given: unknown[]) => {
      if ((calls += 1) > after) throw Object.assign(new Error(`${code}: no, ${name} '/secret-place'`), { code });
      return real(...given);
    });
    syncBuiltinESMExports();
  };

  it('writes each event as a line, deltas that stand together as one', async () => {
    const { file, damaged, text, steps, status } = await readAgain([begin, start, say('one'), say(' two'), end]);
    assert.deepEqual(file.split('\n').map((line) => (line === '' ? '' : (JSON.parse(line) as RunEvent).type)), ['run-start', 'model-call-start', 'text-delta', 'run-end', '']);
    assert.deepEqual([damaged, text, steps.length, status], [0, 'whole', 1, 'done']);
  });

  it('is kept out of git, unless somebody says otherwise', async () => {
    await readAgain([begin]);
    assert.equal(read('.promptnb/.gitignore'), '*\n');
    writeFileSync(join(folder, '.promptnb/.gitignore'), 'cache\n');
    await readAgain([begin]);
    assert.equal(read('.promptnb/.gitignore'), 'cache\n');
  });

  it('gives ids that are free, of six hexadecimal digits, and where the record lies', async () => {
    const all = await Promise.all([store(), store()].flatMap((one) => Array.from({ length: 50 }, () => one.create())));
    for (const { id, path } of all) assert.ok(/^[0-9a-f]{6,}$/.test(id) && path === `.promptnb/runs/${id}.jsonl`);
    assert.equal(new Set(all.map((one) => one.id)).size, 100);
    for (const writer of all) await writer.close();
    assert.equal(readdirSync(join(folder, '.promptnb/runs')).length, 100);
  });

  it('writes the first event at once, and others soon, so that a kill leaves an interrupted run', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const writer = await store().create();
    writer.append(begin);
    assert.equal(readJournal(read(writer.path)).status, 'interrupted');
    writer.append(start);
    writer.append(say('half'));
    assert.equal(readJournal(read(writer.path)).text, '');
    mock.timers.tick(200);
    assert.deepEqual([readJournal(read(writer.path)).text, readJournal(read(writer.path)).status], ['half', 'interrupted']);
    writer.append(say(' an answer'));
    mock.timers.tick(200);
    assert.equal(readJournal(read(writer.path)).text, 'half an answer');
    await writer.close();
  });

  it('begins anew where its folder was cleaned away', async () => {
    const one = store();
    await (await one.create()).close();
    rmSync(join(folder, '.promptnb'), { recursive: true });
    await (await one.create()).close();
    assert.equal(readdirSync(join(folder, '.promptnb/runs')).length, 1);
    assert.ok(existsSync(join(folder, '.promptnb/.gitignore')));
  });

  describe('takes secrets out', () => {
    const secret = 'Zq7records93Kd0aPwVx';
    const asks: RunEvent = { ...start, request: { messages: [{ role: 'user', content: [{ text: `Say ${secret}.`, source: { kind: 'literal' }, taint: [] }] }], config: {} } };

    it('of whole events', async () => {
      const { file } = await readAgain([begin, asks, { type: 'note', at: 1, step: 1, text: secret }, { ...end, text: secret, value: { [secret]: [secret] } }], [secret]);
      assert.ok(!file.includes(secret) && file.includes('PwVx'));
    });

    it('that an answer spells in pieces, whenever they are written', async () => {
      mock.timers.enable({ apis: ['setTimeout'] });
      for (let cut = 1; cut < secret.length; cut++) {
        const writer = await store([secret]).create();
        for (const event of [begin, start, say(`It is ${secret.slice(0, cut)}`)]) writer.append(event);
        mock.timers.tick(200);
        writer.append({ type: 'logprobs', at: 31, step: 1, tokens: [] });
        writer.append(say(`${secret.slice(cut)}, yes`));
        mock.timers.tick(200);
        writer.append(end);
        await writer.close();
        const step = readJournal(read(writer.path)).steps[0];
        assert.equal(step?.kind === 'model-call' && step.text, 'It is …PwVx, yes');
      }
    });

    it('and loses nothing of what only began like one', async () => {
      const { steps } = await readAgain([begin, start, say(`x ${secret.slice(0, 5)}`), { ...end, status: 'cancelled' }], [secret]);
      assert.equal(steps[0]?.kind === 'model-call' && steps[0].text, `x ${secret.slice(0, 5)}`);
      const unfinished = await readAgain([begin, start, say(`x ${secret.slice(0, 5)}`)], [secret]);
      assert.equal(unfinished.text, `x ${secret.slice(0, 5)}`);
    });
  });

  describe('says what kept it from being written, without a path', () => {
    const refusals: readonly (readonly [what: string, spoil: () => void, message: string])[] = [
      ['a full disk at the first event', () => failing('writeSync', 'ENOSPC'), 'the disk is full.'],
      ['a full disk later', () => failing('writeSync', 'ENOSPC', 1), 'the disk is full.'],
      ['a full disk that is noticed at the end', () => failing('closeSync', 'ENOSPC'), 'the disk is full.'],
      ['a used up quota', () => failing('writeSync', 'EDQUOT'), 'the disk quota is used up.'],
      ['a folder that may not be made', () => failing('mkdirSync', 'EACCES'), 'permission is denied.'],
      ['too many open files', () => failing('openSync', 'EMFILE'), 'too many files are open.'],
      ['a read-only disk', () => failing('mkdirSync', 'EROFS'), 'the disk is read-only.'],
      ['a file where its folder should be', () => writeFileSync(join(folder, '.promptnb'), ''), 'its folder is a file.'],
      ['a file where the runs should be', () => (mkdirSync(join(folder, '.promptnb')), writeFileSync(join(folder, '.promptnb/runs'), '')), 'its folder is a file.'],
    ];
    for (const [what, spoil, message] of refusals) {
      it(what, async () => {
        spoil();
        const run = async (): Promise<void> => {
          const writer = await store().create();
          writer.append(begin);
          writer.append(end);
          await writer.close();
        };
        await assert.rejects(run, (error) => error instanceof FileError && error.message === message);
      });
    }

    it('and keeps what was written before the disk was full', async () => {
      mock.timers.enable({ apis: ['setTimeout'] });
      const writer = await store().create();
      for (const event of [begin, start, say('kept')]) writer.append(event);
      mock.timers.tick(200);
      failing('writeSync', 'ENOSPC');
      writer.append(say(' and lost'));
      mock.timers.tick(200);
      await assert.rejects(writer.close());
      assert.deepEqual([readJournal(read(writer.path)).status, readJournal(read(writer.path)).text], ['interrupted', 'kept']);
    });

    it('and takes an event that cannot be written for one more reason, not for the end of the program', async () => {
      mock.timers.enable({ apis: ['setTimeout'] });
      const writer = await store().create();
      writer.append(begin);
      const circle: Record<string, unknown> = {};
      circle.self = circle;
      writer.append({ ...end, value: circle } as unknown as RunEvent);
      mock.timers.tick(200);
      await assert.rejects(writer.close(), /circular/);
    });
  });
});
