import assert from 'node:assert/strict';
import { createNodeHost, type NodeHost, type NodeHostOptions } from './host.ts';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { environmentSecrets } from './secrets.ts';
import { join } from 'node:path';
import { mock } from 'node:test';
import { tmpdir } from 'node:os';

const never = new AbortController().signal;

describe('Node’s answers', () => {
  let folder: string;
  const hosts: NodeHost[] = [];
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'promptnb-host-'))));
  afterEach(async () => {
    mock.timers.reset();
    for (const host of hosts.splice(0)) await host.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const host = (environment: Readonly<Record<string, string>> = {}, more: Partial<NodeHostOptions> = {}): NodeHost => {
    const made = createNodeHost({ folder: join(folder, 'book'), workspace: folder, secrets: environmentSecrets(environment), confirm: async () => false, keep: false, ...more });
    hosts.push(made);
    return made;
  };

  it('give SHA-256 in lower-case hexadecimal, of UTF-8', () => {
    assert.equal(host().hash('é'), '4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
  });

  it('give numbers from 0 to less than 1', () => {
    const all = Array.from({ length: 1000 }, () => host().random());
    hosts.splice(1);
    assert.ok(all.every((number) => number >= 0 && number < 1) && new Set(all).size > 900);
  });

  it('read files from the notebook’s folder on, inside of the workspace', async () => {
    mkdirSync(join(folder, 'book'));
    writeFileSync(join(folder, 'book', 'notes.md'), 'notes');
    writeFileSync(join(folder, 'shared.md'), 'shared');
    const text = async (path: string): Promise<string> => new TextDecoder().decode(await host().readFile(path));
    assert.deepEqual([await text('notes.md'), await text('../shared.md')], ['notes', 'shared']);
    for (const path of ['../../etc/passwd', '/etc/passwd', 'gone.md', '.', 'a\0b']) await assert.rejects(text(path), path);
  });

  it('keep records and completions where that is wanted, and nothing elsewhere', async () => {
    assert.deepEqual([host().records, host().cache], [undefined, undefined]);
    const one = host({ KEY: 'Zq7host93Kd0aPwVx' }, { keep: true });
    await one.secret('KEY');
    const key = 'ab'.padEnd(64, '0');
    await one.cache!.put(key, 'It is Zq7host93Kd0aPwVx.');
    assert.equal(await one.cache!.get(key), 'It is …PwVx.');
    const writer = await one.records!.create();
    writer.append({ type: 'note', at: 1, step: 1, text: 'It is Zq7host93Kd0aPwVx.' });
    await writer.close();
    assert.match(readFileSync(join(folder, 'book', writer.path), 'utf8'), /"It is …PwVx\."/);
    assert.ok(!existsSync(join(folder, '.promptnb')));
  });

  describe('to who sleeps', () => {
    beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
    const isAsleep = async (promise: Promise<void>): Promise<boolean> => {
      let asleep = true;
      promise.then(() => (asleep = false), () => (asleep = false));
      for (let turns = 0; turns < 10; turns++) await Promise.resolve();
      return asleep;
    };

    it('wake them in time', async () => {
      const sleeping = host().sleep(1000, never);
      mock.timers.tick(999);
      assert.ok(await isAsleep(sleeping));
      mock.timers.tick(1);
      await sleeping;
    });

    it('wake them at once with the reason, when they are cancelled, before or after', async () => {
      await assert.rejects(host().sleep(1000, AbortSignal.abort(new Error('before'))), /before/);
      const controller = new AbortController();
      const sleeping = host().sleep(1000, controller.signal);
      controller.abort(new Error('then'));
      await assert.rejects(sleeping, /then/);
    });

    it('let them sleep for longer than a timer can wait', async () => {
      const month = 2 ** 31 - 1;
      const sleeping = host().sleep(month + 5000, never);
      mock.timers.tick(month);
      assert.ok(await isAsleep(sleeping));
      mock.timers.tick(5000);
      await sleeping;
    });

    it('need no time for no wait', async () => {
      await host().sleep(0, never);
      await host().sleep(-5, never);
    });
  });

  it('match regular expressions in bounded time, and say what is wrong with one', async () => {
    const one = host();
    assert.deepEqual([await one.matches('^a+$', '', 'aaa', never), await one.matches('^a+$', 'i', 'AAB', never)], [true, false]);
    await assert.rejects(one.matches('(', '', 'x', never));
    await assert.rejects(one.matches('a', '', 'a', AbortSignal.abort(new Error('enough'))), /enough/);
  });
});
