import assert from 'node:assert/strict';
import { cacheFolder } from '../../src/node/cache-folder.ts';
import { cleanUp, prompt, workplace, type Workplace } from './promptnb.ts';
import { dirname, join } from 'node:path';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { fakeHub, type FakeHub } from '../local/hub-server.ts';
import { findLlama, llamaFolderIn, thisTarget } from '../../src/node/local/llama-folder.ts';
import { ggufFile, ggufValue, wholeGguf } from '../local/gguf-file.ts';
import { hasScript, onScreen } from './screen.ts';
import { skip } from '../skip.ts';

/** A file of 400 kB that begins like weights, and is none: it comes, and the engine refuses it. */
const weights = ggufFile({ ...wholeGguf, 'tokenizer.chat_template': ggufValue.string('{{ messages[0].content }}') }, { rest: Buffer.alloc(400_000, 'x') });
const args = ['run', 'n.promptnb', '--model', 'local:hf:ann/tiny/tiny.gguf'];

describe('promptnb run with weights that are not here', () => {
  let place: Workplace;
  let hub: FakeHub;
  let env: Readonly<Record<string, string>>;

  before(function () {
    if (process.env.PROMPTNB_NO_LOCAL !== undefined) skip(this, process.env.PROMPTNB_NO_LOCAL);
  });
  beforeEach(async () => {
    place = workplace();
    place.write('n.promptnb', prompt('', 'Hi.'));
    hub = await fakeHub(weights);
    hub.api = { cardData: { license: 'apache-2.0' }, siblings: [{ rfilename: 'tiny.gguf', size: weights.length, lfs: { sha256: hub.linked, size: weights.length } }] };
    const cache = join(place.folder, 'cache');
    env = { PROMPTNB_CACHE: cache, HF_ENDPOINT: hub.url };
    const engine = findLlama('.', cacheFolder());
    assert.ok(engine !== undefined, 'The engine is not there: run `node scripts/get-llama.ts`.');
    mkdirSync(dirname(llamaFolderIn(cache, thisTarget())), { recursive: true });
    symlinkSync(engine, llamaFolderIn(cache, thisTarget()), 'dir');
  });
  afterEach(async () => {
    await hub?.close();
    cleanUp();
  });
  const folder = (): string => join(place.folder, 'cache', 'models', 'ann', 'tiny');
  const kept = (): readonly string[] => (existsSync(folder()) ? readdirSync(folder()).sort() : []);

  it('downloads nothing where nobody can be asked, and says how to get them', async () => {
    const { status, stdout, stderr } = await place.run(args, { env });
    assert.deepEqual([status, stdout, kept()], [2, '', []]);
    assert.match(stderr, /^model-missing: The weights of hf:ann\/tiny\/tiny\.gguf are not on this machine\.\n.*`--yes` downloads them/m);
    assert.ok(hub.log.every((entry) => entry.path.startsWith('/api/')));
  });

  it('downloads them with --yes, and says what, how large, under which licence, and from where', async () => {
    const { status, stderr } = await place.run([...args, '--yes'], { env });
    assert.match(stderr, /^Downloading tiny\.gguf \(ann\/tiny\/tiny\.gguf\) from 127\.0\.0\.1:\d+: 0 MB, apache-2\.0, kept in .*tiny\.gguf$/m);
    assert.deepEqual(kept(), ['tiny.gguf']);
    assert.deepEqual(readFileSync(join(folder(), 'tiny.gguf')), weights);
    // What came is no model, and the engine says so.
    assert.equal(status, 1);
    assert.match(stderr, /unavailable: The local model hf:ann\/tiny\/tiny\.gguf cannot be loaded/);
    const { stderr: again } = await place.run([...args, '--yes'], { env });
    assert.doesNotMatch(again, /Downloading/);
  });

  it('says what went wrong with a download in one line, and keeps nothing that is wrong', async () => {
    hub.script = [{ do: 'corrupt' }];
    const { status, stderr } = await place.run([...args, '--yes', '--quiet'], { env });
    assert.equal(status, 2);
    assert.match(stderr, /^unavailable: The file is not what it should be: its SHA-256 is [0-9a-f]{64}/);
    assert.deepEqual(kept(), []);
  });

  it('ends a download on Ctrl-C, keeps what came, and goes on with it the next time', async () => {
    hub.script = [{ do: 'hold', after: 100_000 }, { do: 'serve' }];
    const started = place.start([...args, '--yes'], { env });
    await started.seen('stderr', 'Downloading');
    const part = join(folder(), 'tiny.gguf.part');
    while (!existsSync(part) || readFileSync(part).length < 100_000) await new Promise((resolve) => setTimeout(resolve, 20));
    started.child.kill('SIGINT');
    const { status, stderr } = await started.ended;
    assert.equal(status, 130);
    assert.match(stderr, /The download was cancelled\. What has come is kept\.\n {2}Run it again/);
    assert.deepEqual(kept(), ['tiny.gguf.part', 'tiny.gguf.part.json']);
    await place.run([...args, '--yes', '--quiet'], { env });
    assert.deepEqual(hub.log.filter((entry) => entry.path.startsWith('/cdn')).map((entry) => entry.range), [null, 'bytes=100000-']);
    assert.deepEqual(readFileSync(join(folder(), 'tiny.gguf')), weights);
  });

  for (const [keys, downloads] of [['y\r', true], ['\r', false], ['no\r', false]] as const) {
    it(`asks on a terminal: ${JSON.stringify(keys.trim())} is ${downloads ? 'yes' : 'no'}`, async function () {
      if (!hasScript) skip(this, 'There is no `script` here that gives a command a terminal (Linux: package bsdutils or util-linux).');
      const { status, raw } = await onScreen(args, { folder: place.folder, columns: 300, env, type: { when: /\[y\/N\]/, keys } });
      assert.match(raw, /Download tiny\.gguf \(ann\/tiny\/tiny\.gguf\) from 127\.0\.0\.1:\d+: 0 MB, apache-2\.0, kept in .*tiny\.gguf\? \[y\/N\]/);
      assert.deepEqual([kept(), status], downloads ? [['tiny.gguf'], 1] : [[], 2]);
    });
  }
});
