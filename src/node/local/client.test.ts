import assert from 'node:assert/strict';
import { type GenerateEvent, type LocalClient, createClient } from './client.ts';
import { inTurn } from './in-turn.ts';
import { ModelError, type ModelErrorCode } from '../../core/models/model.ts';
import type { Generate } from './protocol.ts';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import { spawn } from 'node:child_process';

const fakeChild = fileURLToPath(new URL('../../../test/local/fake-child.ts', import.meta.url));
const idle = 600_000;

function request(text: string): Generate {
  return {
    prompt: [{ kind: 'content', text }],
    sampling: { temperature: 0, topK: 40, topP: 1, minP: 0, seed: 1, presencePenalty: 0, frequencyPenalty: 0 },
    grammar: null, stop: [], maxTokens: null, logprobs: null,
  };
}

/** Whether a process of this id still runs; one that ended and was not waited for would count as running. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('LocalClient', () => {
  const clients: LocalClient[] = [];
  const open = ({ path = 'model', idleMs = idle, graceMs = 1000, turn = inTurn() } = {}): LocalClient => {
    const client = createClient({ file: fakeChild, name: 'tiny', idleMs, graceMs, turn, load: { modelPath: path, llamaFolder: '', contextWindow: 64, threads: 1 } });
    clients.push(client);
    return client;
  };
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  const never = new AbortController().signal;
  const ask = async (client: LocalClient, text: string, signal = never): Promise<readonly GenerateEvent[]> => {
    const events: GenerateEvent[] = [];
    for await (const event of client.generate(request(text), signal)) events.push(event);
    return events;
  };
  const say = async (client: LocalClient, text: string): Promise<string> =>
    (await ask(client, text)).map((event) => (event.type === 'delta' ? event.text : '')).join('');
  const failsWith = async (promise: Promise<unknown>, code: ModelErrorCode): Promise<ModelError> => {
    const error = await promise.then(() => assert.fail('it did not fail'), (reason: unknown) => reason);
    assert.ok(error instanceof ModelError, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  };

  it('gives what the child says, in order, and starts it with the first request only', async () => {
    const client = open();
    assert.equal(client.pid, undefined);
    const events = await ask(client, 'say a b');
    assert.deepEqual(events, [
      { type: 'started', inputTokens: 1 },
      { type: 'delta', text: 'a' },
      { type: 'delta', text: 'b' },
      { type: 'ended', reason: 'end-token', inputTokens: 1, outputTokens: 2 },
    ]);
    const { pid } = client;
    assert.equal(await say(client, 'say again'), 'again');
    assert.equal(client.pid, pid);
  });

  it('lets one answer be computed at a time, in the order asked', async () => {
    const client = open();
    const order: string[] = [];
    const abort = new AbortController();
    const first = ask(client, 'wait', abort.signal).catch(() => order.push('first'));
    const second = say(client, 'say x').then(() => order.push('second'));
    const third = say(client, 'say y').then(() => order.push('third'));
    assert.equal(await client.count([{ kind: 'content', text: 'abc' }]), 3, 'counting does not wait in that line');
    abort.abort(new Error('stop'));
    await Promise.all([first, second, third]);
    assert.deepEqual(order, ['first', 'second', 'third']);
  });

  it('lets one answer be computed at a time among all who share their turn', async () => {
    const turn = inTurn();
    const [one, other] = [open({ turn }), open({ turn })];
    const abort = new AbortController();
    const order: string[] = [];
    const first = ask(one, 'wait', abort.signal).catch(() => order.push('first'));
    const second = say(other, 'say x').then(() => order.push('second'));
    assert.equal(await other.count([{ kind: 'content', text: 'abc' }]), 3);
    assert.deepEqual(order, []);
    abort.abort(new Error('stop'));
    await Promise.all([first, second]);
    assert.deepEqual(order, ['first', 'second']);
    assert.notEqual(one.pid, other.pid);
  });

  it('lets one who waits in the line leave it', async () => {
    const client = open();
    const busy = new AbortController();
    const waiting = new AbortController();
    const first = ask(client, 'wait', busy.signal).catch(() => {});
    const second = ask(client, 'say x', waiting.signal);
    waiting.abort(new Error('leave'));
    await assert.rejects(second, /leave/);
    busy.abort(new Error('stop'));
    await first;
    assert.equal(await say(client, 'say y'), 'y');
  });

  it('answers a cancel at once and goes on with the same child', async () => {
    const client = open();
    const abort = new AbortController();
    const reason = new Error('stop');
    const seen: string[] = [];
    await assert.rejects(async () => {
      for await (const event of client.generate(request('wait'), abort.signal)) {
        seen.push(event.type);
        if (event.type === 'delta') abort.abort(reason);
      }
    }, reason);
    assert.deepEqual(seen, ['started', 'delta']);
    const { pid } = client;
    assert.equal(await say(client, 'say x'), 'x');
    assert.equal(client.pid, pid);
  });

  it('kills a child that is still busy after the time given to it', async () => {
    const client = open({ graceMs: 30 });
    const abort = new AbortController();
    const run = (async () => {
      for await (const event of client.generate(request('hang'), abort.signal)) if (event.type === 'delta') abort.abort(new Error('stop'));
    })();
    await assert.rejects(run, /stop/);
    const { pid } = client;
    assert.ok(pid !== undefined && runs(pid));
    assert.equal(await say(client, 'say x'), 'x', 'the next one waits for that, and gets a new child');
    assert.notEqual(client.pid, pid);
    assert.equal(runs(pid), false);
  });

  it('answers a cancel while the model loads', async () => {
    const client = open({ path: 'slow', graceMs: 30 });
    const abort = new AbortController();
    const run = ask(client, 'say x', abort.signal);
    setImmediate(() => abort.abort(new Error('stop')));
    await assert.rejects(run, /stop/);
  });

  it('takes leaving the loop for a cancel', async () => {
    const client = open();
    for await (const event of client.generate(request('wait'), never)) if (event.type === 'delta') break;
    assert.equal(await say(client, 'say x'), 'x');
  });

  it('makes a crash one failed request, with the last words of the child, and starts a new child for the next', async () => {
    const client = open();
    const deltas: string[] = [];
    const error = await failsWith((async () => {
      for await (const event of client.generate(request('crash'), never)) if (event.type === 'delta') deltas.push(event.text);
    })(), 'model-crash');
    assert.deepEqual(deltas, ['so far']);
    assert.match(error.message, /SIGSEGV.*llama: out of memory/);
    assert.equal(error.retryable, false);
    assert.equal(await say(client, 'say x'), 'x');
  });

  it('makes an exit a crash too', async () => {
    const client = open();
    assert.match((await failsWith(ask(client, 'exit 3'), 'model-crash')).message, /status 3/);
  });

  it('says that a model crashes while it loads', async () => {
    await failsWith(ask(open({ path: 'crash' }), 'say x'), 'model-crash');
  });

  it('says that a model cannot be loaded', async () => {
    const error = await failsWith(ask(open({ path: 'bad' }), 'say x'), 'unavailable');
    assert.match(error.message, /tiny cannot be loaded: unknown architecture/);
    assert.equal(error.sent, false);
  });

  const failures: readonly [string, ModelErrorCode, RegExp, boolean][] = [
    ['overflow', 'context-overflow', /99 tokens.*64 tokens of tiny/, false],
    ['grammar', 'bad-request', /because/, false],
    ['engine', 'server', /because/, true],
  ];
  for (const [code, expected, message, sent] of failures) {
    it(`makes the child's "${code}" the error ${expected}`, async () => {
      const error = await failsWith(ask(open(), `fail ${code}`), expected);
      assert.match(error.message, message);
      assert.equal(error.sent, sent);
    });
  }

  it('ends the child when it was idle, and starts another when it is needed again', async () => {
    const client = open({ idleMs: 1 });
    await say(client, 'say x');
    const { pid } = client;
    while (pid !== undefined && runs(pid)) await new Promise(setImmediate);
    assert.equal(client.pid, undefined);
    assert.equal(await say(client, 'say y'), 'y');
  });

  it('leaves no child behind when closed, even while it answers', async () => {
    const client = open();
    const run = ask(client, 'hang');
    await client.count([]);
    const { pid } = client;
    const failed = failsWith(run, 'unavailable');
    await client.close();
    assert.equal(runs(pid!), false);
    assert.match((await failed).message, /closed/);
    assert.equal(await say(client, 'say x'), 'x', 'a closed client starts anew when asked');
  });

  it('gives the child no keys', async () => {
    process.env['PROMPTNB_TEST_API_KEY'] = 'sk-secret';
    try {
      const environment = await say(open(), 'environment');
      assert.doesNotMatch(environment, /sk-secret/);
      assert.match(environment, /PATH/);
    } finally {
      delete process.env['PROMPTNB_TEST_API_KEY'];
    }
  });

  const program = `
    import { createClient } from ${JSON.stringify(new URL('./client.ts', import.meta.url).href)};
    const client = createClient({ file: ${JSON.stringify(fakeChild)}, name: 'tiny', idleMs: 600000, graceMs: 1000, load: { modelPath: 'model', llamaFolder: '', contextWindow: 64, threads: 1 } });
    const request = (text) => ({ prompt: [{ kind: 'content', text }], sampling: {}, grammar: null, stop: [], maxTokens: null, logprobs: null });`;

  it('does not keep a program alive that has nothing more to do, and its child goes with it', async () => {
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', `${program}
      for await (const event of client.generate(request('say x'), new AbortController().signal)) if (event.type === 'delta') console.log(client.pid);`], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    parent.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const [code] = (await once(parent, 'close')) as [number];
    assert.equal(code, 0);
    const pid = Number(output);
    assert.ok(pid > 0);
    while (runs(pid)) await new Promise(setImmediate);
  });

  it('dies with its parent', async () => {
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', `${program}
      for await (const event of client.generate(request('hang'), new AbortController().signal)) if (event.type === 'delta') console.log(client.pid);`], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string];
    const pid = Number(output);
    assert.ok(runs(pid));
    parent.kill('SIGKILL');
    while (runs(pid)) await new Promise(setImmediate);
  });
});
