import assert from 'node:assert/strict';
import { type FakeHub, fakeHub } from '../../../test/local/hub-server.ts';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { type ObtainOptions, obtainWeights } from './obtain.ts';
import { DownloadError } from './download-error.ts';
import type { DownloadQuestion } from './obtain.ts';
import type { LocalName } from './names.ts';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
const sha256 = createHash('sha256').update(content).digest('hex');
const name: LocalName = { kind: 'hub', file: { repository: 'ann/tiny', revision: 'main', file: 'tiny.Q4_0.gguf' } };
const listed: LocalName = {
  kind: 'listed',
  model: { id: 'tiny', title: 'Tiny', about: '', source: name.file, size: content.length, license: 'MIT', sha256, contextWindow: 64 },
};

describe('obtainWeights', () => {
  let hub: FakeHub;
  let cache: string;
  let path: string;
  beforeEach(async () => {
    hub = await fakeHub(content);
    hub.api = { cardData: { license: 'apache-2.0' }, siblings: [{ rfilename: 'README.md', size: 3 }, { rfilename: 'tiny.Q4_0.gguf', size: content.length, lfs: { sha256, size: content.length } }] };
    cache = await mkdtemp(join(tmpdir(), 'pnb-'));
    path = join(cache, 'models', 'ann', 'tiny', 'tiny.Q4_0.gguf');
  });
  afterEach(async () => {
    await hub.close();
    await rm(cache, { recursive: true, force: true });
  });

  const obtain = (options: Partial<ObtainOptions> = {}, of: LocalName = name): Promise<string | null> =>
    obtainWeights(of, { cache, confirm: async () => true, endpoint: hub.url, idleMs: 5000, tries: 3, sleep: async () => {}, onProgress: ({ received }) => hub.saw(received), ...options });
  const bodies = (): readonly (string | null)[] => hub.log.filter((entry) => entry.path.startsWith('/cdn')).map((entry) => entry.range);
  const isThere = async (): Promise<void> => {
    assert.deepEqual(await readFile(path), content);
    assert.deepEqual(await readdir(dirname(path)), ['tiny.Q4_0.gguf']);
  };
  const fails = async (code: DownloadError['code'], options: Partial<ObtainOptions> = {}, of: LocalName = name): Promise<DownloadError> => {
    const error = await obtain(options, of).then(() => assert.fail('it did not fail'), (reason: unknown) => reason);
    assert.ok(error instanceof DownloadError, String(error));
    assert.equal(error.code, code, error.message);
    assert.ok(error.hint.length > 10);
    assert.equal(await readFile(path).catch(() => null), null, 'no file under the final name');
    return error;
  };

  it('downloads, verifies, and finds it again without asking anyone', async () => {
    const progress: number[] = [];
    assert.equal(await obtain({ onProgress: ({ received, total }) => (assert.equal(total, content.length), progress.push(received)) }), path);
    await isThere();
    assert.equal(progress[0], 0);
    assert.equal(progress.at(-1), content.length);
    assert.deepEqual(progress, progress.toSorted((a, b) => a - b));
    const requests = hub.log.length;
    assert.equal(await obtain({ confirm: () => assert.fail('asked again') }), path);
    assert.equal(hub.log.length, requests);
  });

  it('asks with size, licence and place, and downloads nothing without consent', async () => {
    const asked: DownloadQuestion[] = [];
    assert.equal(await obtain({ confirm: async (question) => (asked.push(question), false) }), null);
    assert.deepEqual(asked, [{ title: 'tiny.Q4_0.gguf', file: 'ann/tiny/tiny.Q4_0.gguf', from: new URL(hub.url).host, size: content.length, license: 'apache-2.0', to: path }]);
    assert.deepEqual(bodies(), []);
  });

  it('knows a listed model without asking the hub first', async () => {
    await obtain({}, listed);
    await isThere();
    assert.deepEqual(hub.log.map((entry) => entry.path.replace(/^\/cdn.*/, '/cdn')), ['/ann/tiny/resolve/main/tiny.Q4_0.gguf', '/cdn']);
  });

  it('finds the file of a quantization, whatever the case', async () => {
    assert.equal(await obtain({}, { kind: 'quantization', repository: 'ann/tiny', revision: 'main', quantization: 'q4_0' }), path);
    await isThere();
  });

  it('keeps another revision apart', async () => {
    const other: LocalName = { kind: 'hub', file: { ...name.file, revision: 'v2' } };
    assert.equal(await obtain({}, other), join(cache, 'models', 'ann', 'tiny@v2', 'tiny.Q4_0.gguf'));
    assert.ok(hub.log.some((entry) => entry.path.includes('/resolve/v2/')));
    assert.equal(await obtain(), path, 'the main one is another file');
    await isThere();
    assert.equal(await obtain({ confirm: () => assert.fail('asked again') }, { kind: 'quantization', repository: 'ann/tiny', revision: 'v2', quantization: 'Q4_0' }), join(cache, 'models', 'ann', 'tiny@v2', 'tiny.Q4_0.gguf'));
  });

  it('takes an empty address of the hub for none, and says what is no address', async () => {
    assert.equal(await obtain({ endpoint: ' ', confirm: async ({ from }) => (assert.equal(from, 'huggingface.co'), false) }, listed), null);
    for (const endpoint of ['huggingface.co', 'ftp://hub.example']) assert.match((await fails('offline', { endpoint }, listed)).message, /HF_ENDPOINT is no address/);
  });

  it('says what there is when a quantization is not', async () => {
    const error = await fails('not-found', {}, { kind: 'quantization', repository: 'ann/tiny', revision: 'main', quantization: 'Q8_0' });
    assert.match(error.hint, /tiny\.Q4_0\.gguf/);
  });

  it('continues where a cut connection left it', async () => {
    hub.script = [{ do: 'cut', after: 100_000 }, { do: 'cut', after: 50_000 }, { do: 'serve' }];
    await obtain();
    await isThere();
    const [first, second, third] = bodies();
    assert.equal(first, null);
    assert.equal(second, 'bytes=100000-');
    assert.equal(third, 'bytes=150000-');
    assert.equal(hub.log.at(-1)!.ifRange, '"v1"');
  });

  it('continues what an earlier run left', async () => {
    hub.script = [{ do: 'cut', after: 100_000 }, { do: 'cut', after: 0 }];
    await fails('cut', { tries: 1 });
    hub.script = [{ do: 'serve' }];
    await obtain();
    await isThere();
    assert.match(bodies().at(-1)!, /^bytes=[1-9]/);
  });

  it('begins anew when the server ignores the range', async () => {
    hub.script = [{ do: 'cut', after: 100_000 }, { do: 'ignore-range' }];
    await obtain();
    await isThere();
  });

  it('begins anew when the file has changed in the meantime', async () => {
    hub.script = [{ do: 'cut', after: 100_000 }, { do: 'cut', after: 0 }];
    await fails('cut', { tries: 1 });
    hub.etag = '"v2"';
    hub.script = [{ do: 'serve' }];
    await obtain();
    await isThere();
  });

  it('finishes a part that is whole already', async () => {
    mkdirSync(dirname(path), { recursive: true });
    await writeFile(`${path}.part`, content);
    await writeFile(`${path}.part.json`, JSON.stringify({ url: `${hub.url}/ann/tiny/resolve/main/tiny.Q4_0.gguf`, etag: '"v1"', sha256 }));
    await obtain();
    await isThere();
    assert.deepEqual(bodies(), [`bytes=${content.length}-`]);
  });

  it('throws a wrong part away and begins anew', async () => {
    mkdirSync(dirname(path), { recursive: true });
    await writeFile(`${path}.part`, Buffer.alloc(100_000));
    await writeFile(`${path}.part.json`, JSON.stringify({ url: `${hub.url}/ann/tiny/resolve/main/tiny.Q4_0.gguf`, etag: '"v1"', sha256 }));
    await obtain();
    await isThere();
    assert.deepEqual(bodies(), ['bytes=100000-', null]);
  });

  it('gives up after so many tries that brought nothing', async () => {
    hub.script = [{ do: 'cut', after: 0 }];
    const waits: number[] = [];
    await fails('cut', { sleep: async (milliseconds) => void waits.push(milliseconds) });
    assert.equal(bodies().length, 3);
    assert.deepEqual(waits, [2000, 4000]);
  });

  it('throws a file with another checksum away', async () => {
    hub.script = [{ do: 'corrupt' }];
    const error = await fails('checksum');
    assert.match(error.message, new RegExp(sha256));
    assert.deepEqual(await readdir(dirname(path)), []);
  });

  it('does not download a file that the hub says is another one', async () => {
    hub.linked = '0'.repeat(64);
    await fails('checksum', {}, listed);
    assert.equal(await readFile(`${path}.part`).catch(() => null), null);
  });

  it('holds a file to the hub’s own header where nobody else names a checksum', async () => {
    hub.api = { siblings: [{ rfilename: 'tiny.Q4_0.gguf' }] };
    hub.script = [{ do: 'corrupt' }];
    await fails('checksum');
    hub.script = [{ do: 'serve' }];
    await obtain();
    await isThere();
  });

  it('does not take a file of which nobody names a checksum', async () => {
    hub.api = { siblings: [{ rfilename: 'tiny.Q4_0.gguf' }] };
    hub.linked = null;
    await fails('no-checksum');
  });

  it('takes no more than the file has', async () => {
    hub.script = [{ do: 'too-long' }];
    await fails('size');
    assert.deepEqual(await readdir(dirname(path)), []);
  });

  it('does not put a part where it does not belong', async () => {
    hub.script = [{ do: 'cut', after: 100_000 }, { do: 'wrong-range' }];
    await fails('bad-response');
  });

  it('notices a connection on which nothing comes any more', async () => {
    hub.script = [{ do: 'stall', after: 1000 }, { do: 'stall', after: 0 }];
    await fails('stalled', { idleMs: 50, tries: 1 });
  });

  it('stops at once when cancelled, and keeps what came', async () => {
    hub.script = [{ do: 'hold', after: 100_000 }];
    const abort = new AbortController();
    const reason = new Error('stop');
    const run = obtain({ signal: abort.signal, onProgress: ({ received }) => received > 0 && abort.abort(reason) });
    await assert.rejects(run, reason);
    const part = await readFile(`${path}.part`);
    assert.ok(part.length > 0 && part.equals(content.subarray(0, part.length)));
    hub.script = [{ do: 'serve' }];
    await obtain();
    await isThere();
  });

  it('does not begin when cancelled before', async () => {
    await assert.rejects(obtain({ signal: AbortSignal.abort(new Error('stop')) }), /stop/);
    assert.deepEqual(hub.log, []);
  });

  const statuses: readonly [number, Record<string, string>, DownloadError['code']][] = [
    [404, { 'x-error-code': 'EntryNotFound' }, 'not-found'],
    [401, {}, 'gated'],
    [401, { 'x-error-code': 'RepoNotFound' }, 'not-found'],
    [403, { 'x-error-code': 'GatedRepo' }, 'gated'],
    [429, {}, 'rate-limit'],
    [500, {}, 'server'],
    [204, {}, 'bad-response'],
  ];
  for (const [status, headers, code] of statuses) {
    it(`answers ${status} ${headers['x-error-code'] ?? ''} with ${code}`, async () => {
      hub.script = [{ do: 'status', status, headers }];
      await fails(code, { tries: 1 });
    });
  }

  it('asks again after a passing refusal', async () => {
    hub.script = [{ do: 'status', status: 503 }, { do: 'status', status: 429 }, { do: 'serve' }];
    await obtain();
    await isThere();
  });

  it('follows no redirect to another place that is not https', async () => {
    hub.script = [{ do: 'redirect', to: 'http://example.com/weights' }];
    await fails('redirect');
  });

  it('follows no redirect without end', async () => {
    hub.script = [{ do: 'redirect', to: '/cdn/round' }];
    await fails('redirect');
  });

  it('shows its token to the hub, and not to where the hub redirects', async () => {
    const elsewhere = await fakeHub(content);
    try {
      hub.script = [{ do: 'redirect', to: `${elsewhere.url}/cdn/weights` }];
      await obtain({ token: 'hf_secret' });
      await isThere();
      assert.ok(hub.log.every((entry) => entry.authorization === 'Bearer hf_secret'));
      assert.deepEqual(elsewhere.log.map((entry) => entry.authorization), [null]);
    } finally {
      await elsewhere.close();
    }
  });

  it('says so when nobody answers', async () => {
    await hub.close();
    const error = await fails('offline', { tries: 1 });
    assert.match(error.message, /ECONNREFUSED/);
  });

  it('does not begin when the disk has no room', async () => {
    const huge: LocalName = { ...listed, model: { ...listed.model, size: 2 ** 52 } };
    hub.linked = null;
    await fails('disk-space', {}, huge);
  });

  it('reads no answer of the API that is no JSON', async () => {
    hub.api = '<html>';
    await fails('bad-response');
  });

  it('is done by one at a time', async () => {
    hub.script = [{ do: 'hold', after: 1000 }];
    let second: Promise<unknown> | undefined;
    const first = obtain({
      onProgress: ({ received }) => {
        if (received === 0 || second !== undefined) return;
        second = fails('busy').finally(hub.release);
      },
    });
    await first;
    await second;
    await isThere();
  });

  it('is not kept from it by a lock of a process that is gone', async () => {
    mkdirSync(dirname(path), { recursive: true });
    await writeFile(`${path}.lock`, '999999999');
    await obtain();
    await isThere();
  });
});
