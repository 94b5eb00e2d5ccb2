import assert from 'node:assert/strict';
import { answer, echo } from '../servers/behaviours/good.ts';
import { cleanUp, key, prompt, workplace, type Ended, type Workplace } from '../cli/promptnb.ts';
import { join } from 'node:path';
import { keyRefused, rateLimited } from '../servers/behaviours/status.ts';
import { mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { readNotebook } from '../../src/core/notebook/read.ts';
import { silence } from '../servers/behaviours/connection.ts';
import { startFaultServer, type Behaviour, type FaultServer, type Script } from '../servers/fault-server.ts';
import type { Spoil } from './spoil.ts';

const spoiler = join(import.meta.dirname, 'spoil.ts');
const long = 'word '.repeat(50).trim();

describe('What the machine does to a run', () => {
  let place: Workplace;
  let server: FaultServer;
  const serve = async (script: Script, more?: string): Promise<void> => {
    server = await startFaultServer(script);
    place.config(server.baseUrl, more);
  };
  beforeEach(() => {
    place = workplace();
  });
  afterEach(async () => {
    await server?.close();
    cleanUp();
  });
  const run = (spoil: Spoil, args: readonly string[] = []): Promise<Ended> => place.run(['run', 'n.promptnb', ...args], { node: ['--import', spoiler], env: { SPOIL: JSON.stringify(spoil) } });
  const leftovers = (): readonly string[] => readdirSync(place.folder, { recursive: true }).map(String).filter((name) => name.endsWith('.tmp'));

  interface Row {
    readonly name: string;
    readonly spoil: Spoil;
    readonly write?: boolean;
    readonly status: number;
    /** A line of stderr. */
    readonly says: RegExp | null;
    /** Whether the notebook has the result. */
    readonly written: boolean;
    /** The status that the record tells; null where there is none. */
    readonly record: string | null;
  }

  const rows: readonly Row[] = [
    { name: 'disk full when a record is begun', spoil: { call: 'write', path: 'runs.*jsonl$', how: 'ENOSPC' }, write: true, status: 0, says: /record of a .*: the disk is full\.$/m, written: true, record: null },
    { name: 'disk full in the middle of a record', spoil: { call: 'write', path: 'runs.*jsonl$', how: 'ENOSPC', after: 1 }, write: true, status: 0, says: /record of a .*: the disk is full\.$/m, written: true, record: 'interrupted' },
    { name: 'quota used up when the folder of records is made', spoil: { call: 'mkdir', path: 'runs$', how: 'EDQUOT' }, write: true, status: 0, says: /record of a .*: the disk quota is used up\.$/m, written: true, record: null },
    { name: 'disk read-only when the folder of records is made', spoil: { call: 'mkdir', path: 'runs$', how: 'EROFS' }, status: 0, says: /record of a .*: the disk is read-only\.$/m, written: false, record: null },
    { name: 'disk full when a completion is cached', spoil: { call: 'write', path: 'cache.*tmp$', how: 'ENOSPC' }, write: true, status: 0, says: null, written: true, record: 'done' },
    { name: 'disk full when the notebook is saved', spoil: { call: 'write', path: 'n\\.promptnb\\..*tmp$', how: 'ENOSPC' }, write: true, status: 1, says: /^n\.promptnb cannot be written: the disk is full\. It is as it was\. The results are in \.promptnb\/runs\.$/m, written: false, record: 'done' },
    { name: 'disk full when the saved notebook takes its place', spoil: { call: 'rename', path: 'n\\.promptnb\\..*tmp$', how: 'ENOSPC' }, write: true, status: 1, says: /^n\.promptnb cannot be written: the disk is full\. It is as it was\./m, written: false, record: 'done' },
  ];
  for (const row of rows) {
    it(`${row.name}: the answer is there, and the notebook is whole`, async () => {
      await serve([answer(long)]);
      const notebook = prompt('a', 'Say x.');
      place.write('n.promptnb', notebook);
      const { status, stdout, stderr } = await run(row.spoil, row.write === true ? ['--write'] : []);
      assert.deepEqual([status, stdout, server.log.length], [row.status, `${long}\n`, 1]);
      if (row.says === null) assert.doesNotMatch(stderr, /disk|full/);
      else assert.match(stderr, row.says);
      assert.doesNotMatch(stderr, /\n\s+at |promptnb-cli-/, 'neither a stack nor a path of the machine');
      const after = place.read('n.promptnb');
      assert.equal(after === notebook, !row.written);
      assert.equal(readNotebook(after).cells[0]!.output?.text ?? null, row.written ? long : null);
      assert.deepEqual(leftovers(), []);
      const texts = row.record === null ? [] : place.records();
      assert.deepEqual(texts.map((record) => record.status), row.record === null ? [] : [row.record]);
      // Nothing stands in the way of the next run, when the disk has room again.
      assert.equal((await place.run(['run', 'n.promptnb', '--write'])).status, 0);
      assert.equal(readNotebook(place.read('n.promptnb')).cells[0]!.output?.text, long);
    });
  }

  describe('kill -9', () => {
    const saves: readonly (readonly [when: string, spoil: Spoil])[] = [
      ['in the middle of the new notebook', { call: 'write', path: 'n\\.promptnb\\..*tmp$', how: 'kill' }],
      ['before the new notebook takes its place', { call: 'rename', path: 'n\\.promptnb\\..*tmp$', how: 'kill' }],
    ];
    for (const [when, spoil] of saves) {
      it(`during save, ${when}: the notebook is as it was, whole, and can be run again`, async () => {
        await serve([answer(long)]);
        const notebook = `${prompt('a', 'Say x.')}\n${prompt('b', '{{a}}')}`;
        place.write('n.promptnb', notebook);
        const killed = await run(spoil, ['--write']);
        assert.deepEqual([killed.signal, place.read('n.promptnb')], ['SIGKILL', notebook]);
        assert.deepEqual(place.records().map((record) => [record.status, record.text]), [['done', long], ['done', long]], 'what was made is in the records');
        const again = await place.run(['run', 'n.promptnb', '--write', '--format', 'json']);
        assert.equal(again.status, 0);
        assert.deepEqual((JSON.parse(again.stdout) as { cells: { source: string }[] }).cells.map((cell) => cell.source), ['cache', 'cache'], 'and in the cache');
        assert.deepEqual([server.log.length, readNotebook(place.read('n.promptnb')).cells.filter((cell) => cell.output !== null).length], [2, 2]);
      });
    }

    it('in the middle of a run, before anything came: an interrupted record, and a whole notebook', async () => {
      await serve([silence]);
      const notebook = prompt('a', 'Say x.');
      place.write('n.promptnb', notebook);
      const running = place.start(['run', 'n.promptnb', '--write']);
      await server.until('the request', (log) => log.length === 1);
      running.child.kill('SIGKILL');
      assert.equal((await running.ended).signal, 'SIGKILL');
      assert.deepEqual([place.read('n.promptnb'), place.records().map((record) => [record.status, record.cell, record.damaged])], [notebook, [['interrupted', 'a', 0]]]);
      const [name] = readdirSync(join(place.folder, '.promptnb', 'runs'));
      const traced = await place.run(['trace', `.promptnb/runs/${name}`]);
      assert.equal(traced.status, 0);
      assert.match(traced.stdout, /– interrupted/);
    });

    it('in the middle of a line of the record: what stands before it is read', async () => {
      await serve([answer(long)]);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      assert.equal((await run({ call: 'write', path: 'runs.*jsonl$', how: 'kill', after: 1 })).signal, 'SIGKILL');
      const [record] = place.records();
      assert.deepEqual([record!.status, record!.cell, record!.damaged], ['interrupted', 'a', 1]);
    });

    it('in the middle of caching: the entry is not there', async () => {
      await serve([answer('first'), answer('second')]);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      assert.equal((await run({ call: 'write', path: 'cache.*tmp$', how: 'kill' })).signal, 'SIGKILL');
      assert.equal((await place.run(['run', 'n.promptnb'])).stdout, 'second\n');
    });
  });

  describe('corrupt cache', () => {
    const spoils: readonly (readonly [what: string, spoil: (file: string) => void, kept: boolean])[] = [
      ['an empty entry', (file) => truncateSync(file), true],
      ['half an entry', (file) => truncateSync(file, Math.floor(statSync(file).size / 2)), true],
      ['another file', (file) => writeFileSync(file, Buffer.from([0, 255, 1, 2])), true],
      ['an entry of another form', (file) => writeFileSync(file, '{"version":1,"text":{"a":1},"finish":"stop"}'), true],
      ['a folder in its place', (file) => (rmSync(file), mkdirSync(file)), false],
    ];
    for (const [what, spoil, kept] of spoils) {
      it(`${what}: the model is asked anew${kept ? ', and the entry is replaced' : ''}`, async () => {
        await serve([answer('first'), answer('second'), answer('third')]);
        place.write('n.promptnb', prompt('a', 'Say x.'));
        assert.equal((await place.run(['run', 'n.promptnb'])).stdout, 'first\n');
        const cache = join(place.folder, '.promptnb', 'cache');
        const [file] = readdirSync(cache, { recursive: true }).map(String).filter((name) => name.endsWith('.json'));
        spoil(join(cache, file!));
        const { status, stdout, stderr } = await place.run(['run', 'n.promptnb']);
        assert.deepEqual([status, stdout, server.log.length], [0, 'second\n', 2]);
        assert.match(stderr, /^✓ fast · .* · live\n$/);
        assert.deepEqual([(await place.run(['run', 'n.promptnb'])).stdout, server.log.length], kept ? ['second\n', 2] : ['third\n', 3]);
      });
    }
  });

  describe('the clock', () => {
    const day = 86_400_000;
    for (const [what, ms, after] of [['back by a day', -day, 3], ['back by a day', -day, 12], ['forward by a day', day, 12], ['back to before there were clocks', -Date.now(), 8]] as const) {
      it(`is set ${what} after ${after} looks at it: waits, limits and times stay what they are`, async () => {
        await serve([rateLimited({ 'retry-after': '0.05' }), echo], '    limits: { requestsPerMinute: 100, tokensPerMinute: 10000 }\n');
        place.write('n.promptnb', `---\nlimits: { seconds: 30 }\n---\n${[1, 2, 3].map((n) => prompt(`c${n}`, `Say ${n}.`)).join('\n')}`);
        const { status, stdout, stderr } = await run({ clock: { ms, after } }, ['--format', 'json', '--concurrency', '1']);
        assert.equal(status, 0);
        const { cells } = JSON.parse(stdout) as { cells: { text: string; durationMs: number }[] };
        assert.deepEqual([cells.map((cell) => cell.text), server.log.length], [['Say 1.', 'Say 2.', 'Say 3.'], 4]);
        assert.ok(cells.every((cell) => cell.durationMs >= 0));
        assert.doesNotMatch(stderr, /-\d+(?:\.\d+)? m?s/);
        assert.deepEqual(place.records().map((record) => record.status), ['done', 'done', 'done']);
      });
    }
  });

  describe('the same notebook in two processes', () => {
    /** Answers nobody before so many have asked. */
    const together = (count: number): Behaviour => {
      const waiting: (() => void)[] = [];
      return async (call) => {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          if (waiting.length === count) for (const go of waiting) go();
        });
        await answer(`answer ${call.request.number}`)(call);
      };
    };

    it('at once: both are answered and recorded, one result is written whole, and whoever comes later says so', async () => {
      await serve([together(2)]);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      const ended = await Promise.all([1, 2].map(() => place.run(['run', 'n.promptnb', '--write'])));
      assert.equal(server.log.length, 2);
      assert.deepEqual(ended.map((one) => one.stdout).sort(), ['answer 1\n', 'answer 2\n']);
      const cells = readNotebook(place.read('n.promptnb')).cells.filter((cell) => cell.kind === 'code');
      assert.deepEqual([cells.length, cells[0]!.output !== null], [1, true]);
      const records = place.records();
      assert.deepEqual([records.length, new Set(records.map((record) => record.id)).size, records.every((record) => record.status === 'done')], [2, 2, true]);
      // Either may be first. Both may write only where neither had written when the other looked.
      for (const one of ended.filter((process) => process.status !== 0)) assert.match(one.stderr, /^n\.promptnb was changed while it ran, so the results were not written over it\. .*The results are in \.promptnb\/runs\.$/m);
      assert.ok(ended.some((one) => one.status === 0));
      assert.deepEqual(leftovers(), []);
    });

    it('many at once: the notebook, the records and the cache are whole', async () => {
      const first = together(5);
      await serve((request) => (request.number <= 5 ? first : echo));
      place.write('n.promptnb', `${prompt('a', 'Say x.')}\n${prompt('b', 'Then {{a}}.')}`);
      const ended = await Promise.all(Array.from({ length: 5 }, () => place.run(['run', 'n.promptnb', '--write'])));
      assert.ok(ended.every((one) => one.status === 0 || /was changed while it ran/.test(one.stderr)), ended.map((one) => one.stderr).join());
      assert.equal(readNotebook(place.read('n.promptnb')).cells.filter((cell) => cell.output !== null).length, 2);
      assert.deepEqual([place.records().length, place.records().every((record) => record.status === 'done' && record.damaged === 0)], [10, true]);
      assert.deepEqual([leftovers(), (await place.run(['run', 'n.promptnb', '--write'])).status], [[], 0]);
    });
  });

  describe('401 and 403', () => {
    for (const code of [401, 403] as const) {
      it(`${code} stops the run of a whole notebook: nothing is sent that was not under way, and the key is nowhere`, async () => {
        await serve([keyRefused(code)]);
        place.write('n.promptnb', Array.from({ length: 30 }, (_, n) => prompt(`c${n}`, `Say ${n}.`)).join('\n'));
        const { status, stdout, stderr } = await place.run(['run', 'n.promptnb', '--format', 'json', '--concurrency', '4', '--write']);
        assert.equal(status, 1);
        assert.ok(server.log.length >= 1 && server.log.length <= 4, `${server.log.length} requests`);
        const { cells } = JSON.parse(stdout) as { cells: { status: string; error: { code: string; hint: string }; calls: number }[] };
        assert.ok(cells.every((cell) => cell.error.code === (code === 401 ? 'auth' : 'permission')));
        assert.deepEqual([cells.filter((cell) => cell.calls === 1).length, cells.filter((cell) => cell.status === 'failed').length, cells.filter((cell) => cell.status === 'skipped').length], [server.log.length, server.log.length, 30 - server.log.length]);
        assert.match(stderr, code === 401 ? /TEST_KEY/ : /\[key\]/);
        assert.ok(!(stdout + stderr + place.everything()).includes(key));
      });
    }
  });
});
