import assert from 'node:assert/strict';
import { answer, echo } from '../servers/behaviours/good.ts';
import { cleanUp, environment, main, prompt, source, workplace, type Started, type Workplace } from './promptnb.ts';
import { dirname, join } from 'node:path';
import { openSync, readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { rateLimited } from '../servers/behaviours/status.ts';
import { role, stall, stream, text } from '../servers/behaviours/stream.ts';
import { silence } from '../servers/behaviours/connection.ts';
import { spawn, spawnSync } from 'node:child_process';
import { startFaultServer, type Behaviour, type FaultServer, type Script } from '../servers/fault-server.ts';

describe('promptnb run when it is stopped', () => {
  let place: Workplace;
  let server: FaultServer;
  const serve = async (script: Script): Promise<void> => {
    server = await startFaultServer(script);
    place.config(server.baseUrl);
  };
  beforeEach(() => {
    place = workplace();
  });
  afterEach(async () => {
    await server?.close();
    cleanUp();
  });
  const hangs: Behaviour = stream(role, text('half', ' an', ' answer'), stall);

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`by ${signal} while text streams: ends with 130, keeps the text, and the request ends at once`, async () => {
      await serve([hangs]);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      const running = place.start(['run', 'n.promptnb']);
      await running.seen('stdout', 'answer');
      const at = performance.now();
      running.child.kill(signal);
      const { status, signal: by, stdout, stderr } = await running.ended;
      assert.deepEqual([status, by, stdout], [130, null, 'half an answer\n']);
      assert.match(stderr, /^– cancelled · fast/);
      await server.until('the client is gone', (log) => log[0]!.end === 'client');
      assert.ok(server.log[0]!.endedAt! - at < 1000, `${server.log[0]!.endedAt! - at} ms`);
      const [record] = place.records();
      assert.deepEqual([record!.status, record!.text, record!.error], ['cancelled', 'half an answer', null]);
    });
  }

  it('keeps with --write what was made, of finished cells and of the one under way', async () => {
    await serve((request) => (JSON.stringify(request.body).includes('Say x') ? answer('whole') : hangs));
    place.write('n.promptnb', `${prompt('a', 'Say x.')}\n${prompt('b', 'Then {{a}}.')}\n${prompt('c', 'Then {{b}}.')}`);
    const running = place.start(['run', 'n.promptnb', '--write', '--format', 'jsonl']);
    await running.seen('stdout', ' answer');
    running.child.kill('SIGINT');
    assert.equal((await running.ended).status, 130);
    const text = place.read('n.promptnb');
    assert.match(text, /\{output run=\w+ in=\w+ status=done [^\n]*\}\nwhole\n```/);
    assert.match(text, /\{output run=\w+ in=\w+ status=cancelled [^\n]*\}\nhalf an answer\n```/);
    assert.equal(text.split('{output').length, 3);
  });

  it('says cancelled in the JSON, without an error, and of cells that were not begun too', async () => {
    await serve([hangs]);
    place.write('n.promptnb', `${prompt('a', 'Say x.')}\n${prompt('b', 'Then {{a}}.')}\n${prompt('c', 'Alone.')}`);
    const running = place.start(['run', 'n.promptnb', '--format', 'json', '--concurrency', '1']);
    await server.until('a request', (log) => log.length === 1);
    running.child.kill('SIGINT');
    const { status, stdout } = await running.ended;
    assert.equal(status, 130);
    const json = JSON.parse(stdout) as { status: string; cells: { status: string; error: unknown; calls: number }[] };
    assert.equal(json.status, 'cancelled');
    assert.deepEqual(json.cells.map((cell) => [cell.status, cell.error, cell.calls]), [['cancelled', null, 1], ['cancelled', null, 0], ['cancelled', null, 0]]);
    assert.equal(server.log.length, 1);
  });

  const phases: readonly (readonly [what: string, script: Script, until: (running: Started) => Promise<void>])[] = [
    ['before the answer begins', [silence], () => server.until('a request', (log) => log.length === 1)],
    ['while it waits to ask again', [rateLimited({ 'retry-after': '30' })], (running) => running.seen('stderr', 'waiting 30.0 s')],
  ];
  for (const [what, script, until] of phases) {
    it(`ends at once ${what}`, async () => {
      await serve(script);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      const running = place.start(['run', 'n.promptnb']);
      await until(running);
      const at = performance.now();
      running.child.kill('SIGINT');
      assert.equal((await running.ended).status, 130);
      assert.ok(performance.now() - at < 2000, `${performance.now() - at} ms`);
      assert.equal(place.records()[0]!.status, 'cancelled');
      assert.equal(server.log.length, 1);
    });
  }

  it('ends at the second signal whatever it does', async () => {
    const script = `import { interruptible } from ${JSON.stringify(pathToFileURL(join(dirname(source), 'interrupt.ts')).href)};
      const { signal } = interruptible(() => console.log('at once'));
      signal.addEventListener('abort', () => console.log('cancelled'));
      // A cancel that never comes to its end.
      setInterval(() => undefined, 1000);
      console.log('ready');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      told += piece;
      if (piece.includes('ready')) child.kill('SIGINT');
      if (piece.includes('cancelled')) child.kill('SIGTERM');
    });
    const status = await new Promise((resolve) => child.once('close', resolve));
    assert.deepEqual([status, told], [130, 'ready\ncancelled\nat once\n']);
  });

  it('by the end of whoever reads: sends nothing more, ends by itself, and the record says cancelled', async () => {
    await serve([stream(role, text('one\n'), async ({ call }) => new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 300);
      call.gone.addEventListener('abort', () => (clearTimeout(timer), resolve()));
    }), text('two\n'), text('three\n'), stall)]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    const running = place.start(['run', 'n.promptnb']);
    await running.seen('stdout', 'one');
    running.child.stdout!.destroy();
    const { status, stderr } = await running.ended;
    assert.equal(status, 130);
    assert.doesNotMatch(stderr, /EPIPE|\n\s+at /);
    assert.equal(place.records()[0]!.status, 'cancelled');
    await server.until('the client is gone', (log) => log[0]!.end === 'client');
  });

  it('by the end of whoever reads goes on to its end where the results are written', async () => {
    await serve([answer({ text: 'one two three four', paceMs: 60 })]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    const running = place.start(['run', 'n.promptnb', '--write']);
    await running.seen('stdout', 'one');
    running.child.stdout!.destroy();
    assert.equal((await running.ended).status, 0);
    assert.match(place.read('n.promptnb'), /\none two three four\n/);
  });

  it('takes no harm from a reader that has gone before it begins', async () => {
    await serve([echo]);
    place.write('n.promptnb', prompt('a', 'word '.repeat(50)));
    for (const args of [['run', 'n.promptnb'], ['run', 'n.promptnb', '--format', 'json'], ['check', 'n.promptnb', 'gone.promptnb'], ['preview', 'n.promptnb'], ['models']]) {
      const running = place.start(args);
      running.child.stdout!.destroy();
      const { status, signal, stderr } = await running.ended;
      assert.equal(signal, null);
      assert.ok([0, 1, 2, 130].includes(status!), `${args.join(' ')}: ${status}`);
      assert.doesNotMatch(stderr, /EPIPE|\n\s+at /);
    }
  });

  it('says so when standard output is full', async function () {
    if (process.platform !== 'linux') this.skip();
    await serve([echo]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    const { status, stderr } = spawnSync(process.execPath, [main, 'check', 'n.promptnb', '--format', 'json'], { cwd: place.folder, env: environment(place.folder), stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'], encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /^promptnb: Standard output cannot be written: /);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  it('by kill -9 leaves a record that can be read, and a whole notebook', async () => {
    await serve([hangs]);
    const notebook = `${prompt('a', 'Say x.')}\n`;
    place.write('n.promptnb', notebook);
    const running = place.start(['run', 'n.promptnb', '--write']);
    await running.seen('stdout', 'answer');
    // The journal is written a moment after the text.
    const name = readdirSync(`${place.folder}/.promptnb/runs`)[0]!;
    for (let tries = 0; tries < 100 && !place.read(`.promptnb/runs/${name}`).includes('half an answer'); tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    running.child.kill('SIGKILL');
    assert.equal((await running.ended).signal, 'SIGKILL');
    assert.equal(place.read('n.promptnb'), notebook);
    assert.deepEqual(readdirSync(place.folder).filter((file) => file.endsWith('.tmp')), []);
    const { status, stdout } = await place.run(['trace', `.promptnb/runs/${name}`]);
    assert.equal(status, 0);
    assert.match(stdout, /– interrupted · fast/);
    assert.match(stdout, /The record ends without the end of the run/);
    assert.match(stdout, /half an answer/);
    // Nothing stands in the way of running it again.
    server.follow([answer('fine')]);
    assert.equal((await place.run(['run', 'n.promptnb'])).stdout, 'fine\n');
  });
});
