import assert from 'node:assert/strict';
import { answer, schemaAnswer } from '../servers/behaviours/good.ts';
import { apiError, keyRefused } from '../servers/behaviours/status.ts';
import { cleanUp, key, prompt, workplace, type Workplace } from './promptnb.ts';
import { delta, finish, role, stream, text, usage, done } from '../servers/behaviours/stream.ts';
import { startFaultServer, type FaultServer, type Script } from '../servers/fault-server.ts';
import { chatBody } from '../servers/log.ts';

const chain = `\`\`\`{text topic}\nclips\n\`\`\`\n\n${prompt('a', 'About {{topic}}.')}\n${prompt('b', 'Then {{a}}.')}`;

describe('promptnb run', () => {
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

  it('prints results on stdout, and progress and summaries on stderr', async () => {
    await serve([answer('Steel loops wait.'), answer('They hold.')]);
    place.write('n.promptnb', chain);
    const { status, stdout, stderr } = await place.run(['run', 'n.promptnb']);
    assert.equal(status, 0);
    assert.equal(stdout, 'Steel loops wait.\n\nThey hold.\n');
    assert.match(stderr, /^✓ a · fast · 6 → 4 tokens · \$0\.000014 · \d[\d.]* m?s · live\n✓ b · fast · 9 → 3 tokens · \$0\.000015 · \d[\d.]* m?s · live\n2 cells · 2 calls · 15 → 7 tokens · \$0\.000029\n$/);
    assert.deepEqual(server.log.map((request) => chatBody(request).messages?.at(-1)?.content), ['About clips.', 'Then Steel loops wait..']);
  });

  it('leaves the notebook alone without --write', async () => {
    await serve([answer('x')]);
    place.write('n.promptnb', chain);
    await place.run(['run', 'n.promptnb']);
    assert.equal(place.read('n.promptnb'), chain);
  });

  it('prints in a pipe the results that were asked for, and not those that they need', async () => {
    await serve([answer('needed'), answer('wanted')]);
    place.write('n.promptnb', chain);
    const { status, stdout, stderr } = await place.run(['run', 'n.promptnb', '--cell', 'b']);
    assert.deepEqual([status, stdout], [0, 'wanted\n']);
    assert.match(stderr, /^✓ a · fast[^\n]*\n✓ b · fast[^\n]*\n2 cells · 2 calls/);
    const json = JSON.parse((await place.run(['run', 'n.promptnb', '--cell', 'b', '--format', 'json'])).stdout) as { cells: { name: string }[] };
    assert.deepEqual(json.cells.map((cell) => cell.name), ['a', 'b']);
  });

  it('keeps stdout for the results alone with --quiet, and says nothing else', async () => {
    await serve([answer('one'), answer('two')]);
    place.write('n.promptnb', chain);
    assert.deepEqual(await place.run(['run', 'n.promptnb', '--quiet']), { status: 0, signal: null, stdout: 'one\n\ntwo\n', stderr: '' });
  });

  it('tells with --quiet what makes it fail', async () => {
    await serve([apiError(400, { message: 'no such thing' })]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    const { status, stdout, stderr } = await place.run(['run', 'n.promptnb', '--quiet']);
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^a: bad-request: .*no such thing/);
    server.follow([answer('a rhyme')]);
    place.write('n.promptnb', prompt('a', '---\ncheck:\n  - contains: prose\n---\nSay x.'));
    const checked = await place.run(['run', 'n.promptnb', '--quiet']);
    assert.deepEqual([checked.status, checked.stdout], [1, 'a rhyme\n']);
    assert.match(checked.stderr, /^a: ✗ contains: prose — .+\n$/);
  });

  describe('ends with', () => {
    const rows: readonly { readonly what: string; readonly script: Script; readonly body: string; readonly status: number; readonly said: readonly [status: string, code: string | null] }[] = [
      { what: '0 when all is done', script: [answer('yes')], body: 'Say x.', status: 0, said: ['done', null] },
      { what: '0 when every check passed', script: [answer('yes')], body: '---\ncheck:\n  - equals: "yes"\n---\nSay x.', status: 0, said: ['done', null] },
      { what: '1 when a check failed', script: [answer('yes')], body: '---\ncheck:\n  - equals: "no"\n---\nSay x.', status: 1, said: ['done', null] },
      { what: '1 when a check failed that only warns', script: [answer('yes')], body: '---\ncheck:\n  - equals: "no"\n    warn: true\n---\nSay x.', status: 1, said: ['done', null] },
      { what: '1 when a cell failed', script: [apiError(400, { message: 'no' })], body: 'Say x.', status: 1, said: ['failed', 'bad-request'] },
      { what: '1 when an answer is incomplete', script: [stream(role, text('half an'), done)], body: 'Say x.', status: 1, said: ['incomplete', 'cut'] },
      { what: '1 when a limit cut it short', script: [answer('a b c d e f', )], body: '---\nlimits: { calls: 0 }\n---\nSay x.', status: 1, said: ['limited', 'limit'] },
      { what: '1 when the answer has not the form asked for', script: [answer('no json')], body: '---\noutput: { schema: { a: integer } }\n---\nSay x.', status: 1, said: ['failed', 'invalid-output'] },
    ];
    for (const { what, script, body, status, said } of rows) {
      it(what, async () => {
        await serve(script);
        place.write('n.promptnb', prompt('a', body));
        const ended = await place.run(['run', 'n.promptnb', '--format', 'json']);
        const { cells } = JSON.parse(ended.stdout) as { cells: { status: string; error: { code: string } | null }[] };
        assert.deepEqual([ended.status, cells[0]!.status, cells[0]!.error?.code ?? null], [status, ...said]);
      });
    }

    it('1 when a cell was skipped, since what it needs failed; the others run', async () => {
      await serve((request) => (JSON.stringify(request.body).includes('About') ? apiError(400, { message: 'no' }) : answer('fine')));
      place.write('n.promptnb', `${chain}\n${prompt('c', 'Alone.')}`);
      const { status, stdout, stderr } = await place.run(['run', 'n.promptnb']);
      assert.equal(status, 1);
      assert.equal(stdout, 'fine\n');
      assert.match(stderr, /✗ a · failed/);
      assert.match(stderr, /– b · skipped\ndependency: It needs `a`, which failed\.\n/);
      assert.match(stderr, /✓ c · fast/);
      assert.match(stderr, /1 of 3 cells done · 2 calls/);
    });

    it('1 when a failed check holds back the cells that use the result', async () => {
      await serve([answer('rhyme')]);
      place.write('n.promptnb', `${prompt('a', '---\ncheck:\n  - contains: prose\n---\nSay x.')}\n${prompt('b', 'Then {{a}}.')}`);
      const { status, stderr } = await place.run(['run', 'n.promptnb']);
      assert.equal(status, 1);
      assert.match(stderr, /✗ contains: prose/);
      assert.match(stderr, /It needs `a`, which did not pass its check “contains: prose”\./);
      assert.equal(server.log.length, 1);
    });
  });

  it('prints the text that an interrupted stream has brought', async () => {
    await serve([stream(role, text('half', ' an'), usage)]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    const { status, stdout, stderr } = await place.run(['run', 'n.promptnb']);
    assert.deepEqual([status, stdout], [1, 'half an\n']);
    assert.match(stderr, /✗ incomplete · fast/);
  });

  it('prints the result only, where attempts, repairs or tools come before it', async () => {
    await serve([answer('rhyme'), answer('prose')]);
    place.write('n.promptnb', prompt('a', '---\ncheck:\n  - contains: prose\nretry: 2\n---\nSay x.'));
    const retried = await place.run(['run', 'n.promptnb']);
    assert.deepEqual([retried.status, retried.stdout], [0, 'prose\n']);
    assert.match(retried.stderr, /^✗ contains: prose — .+\nattempt 2 of 3\n✓ contains: prose\n✓ fast .* · 2 calls · .* · checks 1\/1 · 2 attempts · live\n$/);
    server.follow([answer('no json'), answer('{"a": 1}')]);
    place.write('n.promptnb', prompt('a', '---\noutput: { schema: { a: integer } }\n---\nSay y.'));
    assert.equal((await place.run(['run', 'n.promptnb'])).stdout, '{"a": 1}\n');
    server.follow([answer({ text: 'Let me see.', toolCalls: [{ name: 'calculator', arguments: '{"expression":"6*7"}' }] }), answer('It is 42.')]);
    place.write('n.promptnb', prompt('a', '---\ntools: [calculator]\n---\nWhat is 6 times 7?'));
    const tools = await place.run(['run', 'n.promptnb']);
    assert.equal(tools.stdout, 'It is 42.\n');
    assert.match(tools.stderr, /calculator\(\{"expression":"6\*7"\}\) → 42\n/);
  });

  it('tells the best attempt when none passes', async () => {
    await serve([answer('a b'), answer('nothing'), answer('none')]);
    place.write('n.promptnb', prompt('a', '---\ncheck:\n  - contains: a\n  - contains: z\nretry: 2\n---\nSay x.'));
    const { status, stdout, stderr } = await place.run(['run', 'n.promptnb', '--cache', 'off']);
    assert.deepEqual([status, stdout], [1, 'a b\n']);
    assert.match(stderr, /attempt 3 of 3[\s\S]*✓ contains: a\n✗ contains: z — .+\n✗? ?.*checks 1\/2 · 3 attempts/);
  });

  it('says that it waits, for how long and why', async () => {
    await serve([apiError(429, { message: 'Slow down, please' }, { 'retry-after': '0.2' }), answer('fine')]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    const { status, stdout, stderr } = await place.run(['run', 'n.promptnb']);
    assert.deepEqual([status, stdout], [0, 'fine\n']);
    assert.match(stderr, /^waiting 200 ms: .*Slow down, please.*\n✓ fast .* · 2 calls/);
  });

  describe('sends nothing and ends with 2', () => {
    const bad: readonly { readonly what: string; readonly text: string | Uint8Array | null; readonly args?: readonly string[]; readonly says: RegExp }[] = [
      { what: 'when the notebook is not there', text: null, says: /n\.promptnb cannot be opened: there is no such file\./ },
      { what: 'when it is UTF-16', text: Buffer.from('\ufeffhello there', 'utf16le'), says: /cannot be opened: The file is UTF-16, not UTF-8/ },
      { what: 'when it is not UTF-8', text: Buffer.from([0x61, 0xff, 0x0a]), says: /cannot be opened: The file is not UTF-8 text \(byte 2\)/ },
      { what: 'when a cell has an error, and says where', text: `${prompt('a', 'Say {{topik}}.')}\n\`\`\`{text topic}\nx\n\`\`\`\n`, says: /^n\.promptnb:2:\d+: error: .*topik.*Did you mean `topic`\?.*\nNothing was sent\.\n$/ },
      { what: 'when a cell that is needed has an error', text: `${prompt('a', 'Say {{#if x}}.')}\n${prompt('b', '{{a}}')}`, args: ['--cell', 'b'], says: /^n\.promptnb:2:\d+: error: / },
      { what: 'when a cell has an error, and tells none of cells that were not to run', text: `${prompt('a', 'Say {{one}}.')}\n${prompt('b', 'Say {{two}}.')}`, args: ['--cell', 'b'], says: /^n\.promptnb:6:\d+: error: .*`two`.*\nNothing was sent\.\n$/ },
      { what: 'when data that a cell uses has an error', text: `\`\`\`{json d}\n{bad\n\`\`\`\n\n${prompt('a', 'Say {{d}}.')}`, says: /^n\.promptnb:2:\d+: error: .*\nNothing was sent\.\n$/ },
      { what: 'when cells need each other', text: `${prompt('a', '{{b}}')}\n${prompt('b', '{{a}}')}`, says: /error: .*a.*b/ },
      { what: 'when there is nothing to run', text: '# Only text\n', says: /has no prompt cell, so there is nothing to run/ },
      { what: 'when there is no such cell', text: chain, args: ['--cell', 'bb'], says: /There is no prompt cell `bb`\.\n {2}Did you mean `b`\?/ },
      { what: 'when the cell is data', text: chain, args: ['--cell', 'topic'], says: /`topic` is data: there is nothing to run/ },
      { what: 'when there is no cell of this number', text: chain, args: ['--cell', '#3'], says: /There is no cell #3: the prompt cells are #1 to #2\./ },
      { what: 'when there is no such cell to begin from', text: chain, args: ['--from', 'zzz'], says: /There is no prompt cell `zzz`\.\n {2}There are `a`, `b`\./ },
      { what: 'for an unknown model', text: chain, args: ['--model', 'fats'], says: /model-missing: There is no model `fats`\.\n {2}Did you mean `fast`\?/ },
      { what: 'for an unknown model of a cell', text: prompt('a', '---\nmodel: fats\n---\nSay x.'), says: /There is no model `fats`/ },
      { what: 'for an unknown option', text: chain, args: ['--fromm', 'a'], says: /unknown option '--fromm'[\s\S]*--from/ },
      { what: 'for a wrong value', text: chain, args: ['--cache', 'maybe'], says: /Allowed choices are on, off, refresh/ },
      { what: 'for an amount that is none', text: chain, args: ['--max-cost', 'cheap'], says: /It must be an amount in US dollars/ },
      { what: 'for a count that is none', text: chain, args: ['--max-tokens', '-3'], says: /It must be a whole number, 1 or more/ },
      { what: 'for no side by side at all', text: chain, args: ['--concurrency', '0'], says: /It must be a whole number, 1 or more/ },
      { what: 'for a second notebook', text: chain, args: ['n.promptnb'], says: /too many arguments/ },
      { what: 'for a tool that is not there', text: chain, args: ['--allow', 'calculater'], says: /There is no tool `calculater`\.\n {2}Did you mean `calculator`\?/ },
      { what: 'for --write with --output', text: chain, args: ['--write', '--output', 'o.promptnb'], says: /exclude each other/ },
      { what: 'for --record with --replay', text: chain, args: ['--record', 'r.jsonl', '--replay', 'r.jsonl'], says: /exclude each other/ },
      { what: 'for an output in a folder that is not there', text: chain, args: ['--output', 'no/o.promptnb'], says: /cannot be written to no\/o\.promptnb: its folder does not exist/ },
      { what: 'for an output that is a folder', text: chain, args: ['--output', '.'], says: /it is a folder/ },
      { what: 'for recorded completions that are not there', text: chain, args: ['--replay', 'no.jsonl'], says: /cannot be read from no\.jsonl: there is no such file/ },
      { what: 'for a configuration that is not there', text: chain, args: ['--config', 'no.yaml'], says: /The configuration no\.yaml cannot be read: there is no such file/ },
      { what: 'for an unknown parameter', text: chain, args: ['--param', 'tone=warm'], says: /There is no parameter `tone`\.\n {2}The notebook declares none/ },
      { what: 'for a newer version of the format', text: `---\npromptnb: 99\n---\n${chain}`, says: /error: .*99/ },
    ];
    for (const { what, text: content, args = [], says } of bad) {
      it(what, async () => {
        await serve([answer('x')]);
        if (content !== null) place.write('n.promptnb', content);
        const { status, stdout, stderr } = await place.run(['run', 'n.promptnb', ...args]);
        assert.deepEqual([status, stdout], [2, '']);
        assert.match(stderr, says);
        assert.doesNotMatch(stderr, /\n\s+at /);
        assert.equal(server.log.length, 0);
        assert.equal(place.records().length, 0);
      });
    }

    it('when it is a folder', async () => {
      const { status, stderr } = await place.run(['run', '.']);
      assert.equal(status, 2);
      assert.match(stderr, /^promptnb: \. cannot be opened: it is a folder\.\n$/);
    });

    it('when no model is set up', async () => {
      place.write('n.promptnb', prompt('a', 'Say x.'));
      const { status, stderr } = await place.run(['run', 'n.promptnb']);
      assert.equal(status, 2);
      assert.match(stderr, /^no-model: No model is set up\.\n {2}Name one with `--model`/);
    });

  });

  it('sends nothing without the key that the model needs, and names its variable', async () => {
    place.write('n.promptnb', prompt('a', 'Say x.'));
    const { status, stderr } = await place.run(['run', 'n.promptnb', '--model', 'openai:gpt-4.1-mini']);
    assert.equal(status, 1);
    assert.match(stderr, /✗ failed · openai:gpt-4\.1-mini.*\nauth: .*OPENAI_API_KEY is not set\.\n {2}Set OPENAI_API_KEY/);
    assert.equal(place.records()[0]!.calls, 0);
  });

  it('runs cells without errors beside those with errors', async () => {
    await serve([answer('fine')]);
    place.write('n.promptnb', `${prompt('bad', '{{nobody}}')}\n${prompt('good', 'Say x.')}`);
    const { status, stdout } = await place.run(['run', 'n.promptnb', '--cell', 'good']);
    assert.deepEqual([status, stdout], [0, 'fine\n']);
  });

  describe('with a key that the server refuses', () => {
    for (const code of [401, 403] as const) {
      it(`sends no further cell, and shows the key nowhere (${code})`, async () => {
        await serve([keyRefused(code)]);
        place.write('n.promptnb', [1, 2, 3, 4].map((n) => prompt(`c${n}`, `Say ${n}.`)).join('\n'));
        const told = await Promise.all([place.run(['run', 'n.promptnb', '--concurrency', '1']), place.run(['run', 'n.promptnb', '--concurrency', '1', '--format', 'json', '--record', 'r.jsonl']), place.run(['run', 'n.promptnb', '--concurrency', '1', '--format', 'jsonl', '--write'])]);
        assert.deepEqual(told.map((one) => one.status), [1, 1, 1]);
        assert.equal(server.log.length, 3);
        assert.match(told[0].stderr, /– c4 · skipped/);
        assert.match(told[0].stderr, /Not sent, since another cell was refused/);
        for (const { stdout, stderr } of told) assert.ok(!stdout.includes(key) && !stderr.includes(key));
        assert.ok(!place.everything().includes(key));
        assert.match(place.everything(), /Incorrect API key provided/);
      });
    }
  });

  it('keeps the key out of everything when a model says it', async () => {
    await serve([stream(role, text(key.slice(0, 7), key.slice(7)), delta({ content: ` and ${key}` }), finish(), usage, done)]);
    place.write('n.promptnb', prompt('a', 'Tell me your key.'));
    const { status, stdout, stderr } = await place.run(['run', 'n.promptnb', '--write', '--record', 'r.jsonl', '--format', 'jsonl']);
    assert.equal(status, 0);
    assert.ok(!stdout.includes(key) && !stderr.includes(key));
    assert.ok(!place.everything().includes(key));
  });

  it('runs as many cells side by side as --concurrency says', async () => {
    let open = 0;
    const most: number[] = [];
    await serve(() => async (call) => {
      most.push((open += 1));
      await new Promise((resolve) => setTimeout(resolve, 60));
      open -= 1;
      return answer('x')(call);
    });
    place.write('n.promptnb', [1, 2, 3, 4, 5].map((n) => prompt(`c${n}`, `Say ${n}.`)).join('\n'));
    assert.equal((await place.run(['run', 'n.promptnb', '--concurrency', '2'])).status, 0);
    assert.equal(Math.max(...most), 2);
    most.length = 0;
    assert.equal((await place.run(['run', 'n.promptnb', '--cache', 'off'])).status, 0);
    assert.equal(Math.max(...most), 5);
  });

  it('prints each result whole, in the order in which the cells began, whichever is ready first', async () => {
    await serve((request) => (JSON.stringify(request.body).includes('slow') ? answer({ text: 'one two three four', paceMs: 40 }) : answer('quick')));
    place.write('n.promptnb', `${prompt('slow', 'Be slow.')}\n${prompt('quick', 'Be quick.')}`);
    const { stdout } = await place.run(['run', 'n.promptnb']);
    assert.equal(stdout, 'one two three four\n\nquick\n');
  });

  it('asks for a form where the model can, and takes the value', async () => {
    await serve([schemaAnswer]);
    place.write('n.promptnb', prompt('a', '---\noutput: { schema: { tone: string, stars: integer } }\n---\nJudge.'));
    const { stdout } = await place.run(['run', 'n.promptnb', '--format', 'json']);
    assert.deepEqual((JSON.parse(stdout) as { cells: { value: unknown }[] }).cells[0]!.value, { tone: 'word', stars: 1 });
  });
});
