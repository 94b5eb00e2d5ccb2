import assert from 'node:assert/strict';
import { answer, type Answer } from '../servers/behaviours/good.ts';
import { apiError } from '../servers/behaviours/status.ts';
import { chatBody } from '../servers/log.ts';
import { cleanUp, prompt, workplace, type Workplace } from './promptnb.ts';
import { hasScript, onScreen, type ScreenOptions, type Shown } from './screen.ts';
import { skip } from '../skip.ts';
import { startFaultServer, type FaultServer, type Script } from '../servers/fault-server.ts';
import { role, stall, stream, text } from '../servers/behaviours/stream.ts';

const frame = /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /;

describe('promptnb on a terminal', () => {
  let place: Workplace;
  let server: FaultServer;
  before(function () {
    if (!hasScript) skip(this, 'There is no `script` here that gives a command a terminal (Linux: package bsdutils or util-linux).');
  });
  beforeEach(() => {
    place = workplace();
  });
  afterEach(async () => {
    await server?.close();
    cleanUp();
  });
  const serve = async (script: Script): Promise<void> => {
    server = await startFaultServer(script);
    place.config(server.baseUrl);
  };
  const screen = (args: readonly string[], options: Partial<ScreenOptions> = {}): Promise<Shown> => onScreen(args, { folder: place.folder, ...options });
  /** Times are the machine's. */
  const timeless = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replace(/ \d[\d.]* m?s(?= ·|$)/g, ' T'));

  it('streams text under each cell’s name, and ends each with a summary', async () => {
    await serve((request) => {
      const body = JSON.stringify(request.body);
      if (body.includes('Rhyme')) return answer(body.includes('assistant') ? 'No such thing,\nindeed.' : 'so bright,\nthe light');
      if (body.includes('6 times')) return answer(body.includes('"tool"') ? 'It is 42.' : { text: 'Let me see.', toolCalls: [{ name: 'calculator', arguments: '{"expression":"6*7"}' }] });
      if (body.includes('Fail')) return apiError(400, { message: 'This cannot be' });
      return answer('Fine.');
    });
    place.write('n.promptnb', [prompt('poem', '---\ncheck:\n  - contains: thing\nretry: 3\n---\nRhyme.'), prompt('', '---\ntools: [calculator]\n---\nWhat is 6 times 7?'), prompt('fails', 'Fail.'), prompt('after', '{{fails}}'), prompt('last', 'Say.')].join('\n'));
    const { status, lines } = await screen(['run', 'n.promptnb', '--concurrency', '1']);
    assert.equal(status, 1);
    const address = new URL(server.baseUrl).host;
    assert.deepEqual(timeless(lines).map((line) => line.replace(/\d+ → \d+ tokens · \$[\d.]+/, 'N')), [
      'poem', 'so bright,', 'the light', '✗ contains: thing — The answer does not contain "thing".', 'attempt 2 of 4', 'No such thing,', 'indeed.', '✓ contains: thing', '✓ poem · fast · N · 2 calls · T · checks 1/1 · 2 attempts · live', '',
      '#2', 'Let me see.', 'calculator({"expression":"6*7"}) → 42', 'It is 42.', '✓ #2 · fast · N · 2 calls · T · live', '',
      'fails', '✗ fails · failed · fast · T · live', `bad-request: ${address} refused the request (400): This cannot be`, '  Preview the request to see what was sent.', '',
      '– after · skipped', 'dependency: It needs `fails`, which failed.', `  ${address} refused the request (400): This cannot be`, '',
      'last', 'Fine.', '✓ last · fast · N · T · live', '',
      '4 of 5 cells done · 6 calls · N',
    ].map((line) => line.replace('4 of 5', '3 of 5')));
  });

  describe('draws a live line that never touches the text', () => {
    const texts: readonly (readonly [what: string, text: string])[] = [
      ['words over the edge', 'A text that goes on and on over the edge of the terminal, and over it again.\n\nA second paragraph.'],
      ['lines of just the width', `${'x'.repeat(30)}\n${'y'.repeat(29)}\n${'z'.repeat(31)}\n${'w'.repeat(60)}`],
      ['wide characters', '日本語のテキストも端を越えて流れていく、もう一度、そしてもう一度。'],
      ['emoji and tabs', 'a\tb\tc\t😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀 end'],
      ['many lines', Array.from({ length: 40 }, (_, index) => `line ${index}`).join('\n')],
    ];
    for (const [what, content] of texts) {
      it(`of ${what}`, async () => {
        // In pieces of one character, slow enough for the line to be drawn between them.
        await serve([stream(role, async (state) => {
          const characters = [...content];
          const size = Math.ceil(characters.length / 60);
          for (let at = 0; at < characters.length; at += size) {
            await text(characters.slice(at, at + size).join(''))(state);
            await new Promise((resolve) => setTimeout(resolve, 25));
          }
        }, text('\nEND'), stall)]);
        place.write('n.promptnb', prompt('a', 'Say x.'));
        const { status, lines, moments } = await screen(['run', 'n.promptnb'], { columns: 30, rows: 8, type: { when: /END[^]*⠋/, keys: '\x03' } });
        assert.equal(status, 130);
        const whole = lines.join('\n').replaceAll('\t', ' ');
        const expected = `${content.replace(/^a\tb\tc\t/, 'a       b       c       ')}\nEND`;
        assert.ok(whole.startsWith(expected), whole);
        const between = moments.filter((moment) => moment.some((line) => frame.test(line)));
        assert.ok(between.length > 5, `the line was seen ${between.length} times`);
        for (const moment of moments) {
          const said = moment.filter((line) => !frame.test(line)).join('\n').trimEnd();
          assert.ok(whole.startsWith(said) || said.startsWith(expected), `${said}\n—— is not the beginning of ——\n${whole}`);
          for (const line of moment) if (frame.test(line)) assert.ok(line.length <= 29, line);
        }
      });
    }

    it('tells phase, tokens, cost, time and what else runs', async () => {
      const slow: Answer = { text: 'one two three four five six seven eight', paceMs: 120 };
      await serve((request) => (JSON.stringify(request.body).includes('passed') ? answer({ text: '{"results":[{"passed":true,"reason":"r"}]}', paceMs: 30 }) : answer(slow)));
      place.write('n.promptnb', `${prompt('a', '---\ncheck:\n  - It is fine.\n---\nSay x.')}\n${prompt('b', 'Say y.')}`);
      const { status, moments } = await screen(['run', 'n.promptnb'], { columns: 100 });
      assert.equal(status, 0);
      const drawn = moments.flatMap((moment) => moment.filter((line) => frame.test(line)));
      assert.ok(drawn.some((line) => /^. a · streaming · ~\d tokens · \d+ ms · 1 more running$/.test(line)), drawn.join('\n'));
      assert.ok(drawn.some((line) => /^. a · judging · \d+ → 8 tokens · .*\$0\.0000\d+ · [\d.]+ s/.test(line)), drawn.join('\n'));
    });

    it('counts a wait down', async () => {
      await serve([apiError(429, { message: 'Slow down' }, { 'retry-after': '2' }), answer('fine')]);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      const { status, moments, lines } = await screen(['run', 'n.promptnb']);
      assert.equal(status, 0);
      const drawn = moments.flatMap((moment) => moment.filter((line) => frame.test(line)));
      for (const left of [2, 1]) assert.ok(drawn.some((line) => line.includes(`rate limited, again in ${left} s`)), drawn.join('\n'));
      assert.match(lines[0]!, /^waiting 2\.0 s: .*Slow down/);
      assert.deepEqual(lines.slice(1, 2), ['fine']);
    });
  });

  it('shows escapes in a model’s text, and obeys none', async () => {
    const wild = '\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u001b[2Jgone\rover \u202ereversed\u0008\u0008';
    await serve([stream(role, text(...wild), text('.'), ({ call }) => { call.response.end(`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`); return 'stop'; })]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    const { status, raw, lines } = await screen(['run', 'n.promptnb']);
    assert.equal(status, 0);
    assert.equal(lines[0], '␛[31mred␛[0m ␛]0;title␇ ␛[2Jgone␍over <U+202E>reversed␈␈.');
    assert.ok(!raw.includes('\u001b[31mred') && !raw.includes('\u001b]0;') && !raw.includes('\u001b[2J'));
    // A program reads what the model wrote.
    assert.equal((await place.run(['run', 'n.promptnb'])).stdout, `${wild}.\n`);
    const traced = await screen(['trace', `.promptnb/runs/${place.records()[0]!.id}.jsonl`]);
    assert.ok(traced.raw.includes('␛]0;title␇') && !traced.raw.includes('\u001b]0;'));
  });

  it('shows escapes in errors, names and paths, on a terminal and in a pipe', async () => {
    await serve([apiError(400, { message: 'bad \u001b[31mthing\u001b[0m\r\nforged: line' })]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    const { raw } = await screen(['run', 'n.promptnb']);
    assert.ok(raw.includes('thing') && !raw.includes('\u001b[31mthing') && !raw.includes('\nforged'));
    const piped = await place.run(['run', 'n.promptnb']);
    assert.ok(piped.stderr.includes('thing') && !piped.stderr.includes('\u001b'));
    const path = await place.run(['check', 'no\u001b[31mpe']);
    assert.ok(path.stderr.includes('␛[31mpe') && !path.stderr.includes('\u001b'));
  });

  describe('colours', () => {
    const ansi = /\u001b\[(?:1|2|22|31|32|33|39)m/;  
    const rows: readonly (readonly [what: string, args: readonly string[], env: Readonly<Record<string, string>>, colored: boolean])[] = [
      ['are there', [], {}, true], ['are not there with --no-color', ['--no-color'], {}, false], ['are not there with NO_COLOR', [], { NO_COLOR: '1' }, false], ['are there with an empty NO_COLOR', [], { NO_COLOR: '' }, true],
      ['are not there with FORCE_COLOR=0', [], { FORCE_COLOR: '0' }, false], ['are not there on a dumb terminal', [], { TERM: 'dumb' }, false], ['--no-color is stronger than FORCE_COLOR', ['--no-color'], { FORCE_COLOR: '1' }, false], ['NO_COLOR is stronger than FORCE_COLOR', [], { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ];
    for (const [what, args, env, colored] of rows) {
      it(what, async () => {
        await serve([answer('x')]);
        place.write('n.promptnb', prompt('a', 'Say x.'));
        const shell = Object.keys(env).length === 0 ? '%' : `env ${Object.entries(env).map(([name, value]) => `${name}=${value}`).join(' ')} %`;
        const { status, raw } = await screen(['run', 'n.promptnb', ...args], { shell });
        assert.equal(status, 0);
        assert.equal(ansi.test(raw.replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏][^]*?\r/g, '')), colored, JSON.stringify(raw));
      });
    }

    it('are in a pipe with FORCE_COLOR only, and on each stream by itself', async () => {
      place.write('bad.promptnb', prompt('a', '{{nobody}}'));
      assert.doesNotMatch((await place.run(['check', 'bad.promptnb'])).stdout, ansi);
      assert.match((await place.run(['check', 'bad.promptnb'], { env: { FORCE_COLOR: '1' } })).stdout, ansi);
      assert.match((await screen(['check', 'bad.promptnb'])).raw, ansi);
      await screen(['check', 'bad.promptnb'], { shell: '% > out.txt' });
      assert.doesNotMatch(place.read('out.txt'), ansi);
      assert.match(place.read('out.txt'), /^bad\.promptnb:2:3: error/);
    });
  });

  it('keeps the live line out of what goes to files', async () => {
    await serve([answer({ text: 'one two three four', paceMs: 60 })]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    const first = await screen(['run', 'n.promptnb', '--cache', 'off'], { shell: '% > out.txt' });
    assert.equal(place.read('out.txt'), 'one two three four\n');
    assert.equal(first.lines.length, 1);
    assert.match(first.lines[0]!, /^✓ fast/);
    assert.ok(first.moments.some((moment) => moment.some((line) => frame.test(line))));
    const second = await screen(['run', 'n.promptnb', '--cache', 'off'], { shell: '% 2> err.txt' });
    assert.deepEqual(second.lines, ['one two three four']);
    assert.match(place.read('err.txt'), /^✓ fast [^\u001b]*\n$/);  
    const third = await screen(['run', 'n.promptnb', '--cache', 'off', '--format', 'jsonl']);
    for (const line of third.raw.split('\r\n').filter((one) => one.startsWith('{'))) assert.doesNotThrow(() => JSON.parse(line) as unknown, line);
    assert.ok(!third.moments.some((moment) => moment.some((line) => frame.test(line))));
    const fourth = await screen(['run', 'n.promptnb', '--quiet', '--cache', 'off']);
    assert.equal(fourth.raw, 'one two three four\r\n');
  });

  it('takes Ctrl-C as cancel', async () => {
    await serve([stream(role, text('half an answer'), stall)]);
    place.write('n.promptnb', `${prompt('a', 'Say x.')}\n${prompt('b', 'Then {{a}}.')}`);
    const { status, lines } = await screen(['run', 'n.promptnb', '--write'], { type: { when: /answer[^]*⠋/, keys: '\x03' } });
    assert.equal(status, 130);
    assert.match(lines.join('\n'), /^a\nhalf an answer(?:\^C)?\n– a · cancelled · fast/);
    assert.match(lines.join('\n'), /– b · cancelled\n/);
    assert.ok(!lines.some((line) => frame.test(line)));
    assert.match(place.read('n.promptnb'), /status=cancelled[^\n]*\nhalf an answer\n/);
    await server.until('the client is gone', (log) => log[0]!.end === 'client');
  });

  it('ends in a pipe to `head` without a word about it', async () => {
    await serve([stream(role, text('one\n', 'two\n'), async ({ call }) => new Promise((resolve) => {
      const more = setInterval(() => call.response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'more\n' } }] })}\n\n`), 30);
      call.gone.addEventListener('abort', () => (clearInterval(more), resolve('stop')));
    }))]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    const { status, lines } = await screen(['run', 'n.promptnb'], { shell: '% | head -n 1' });
    assert.equal(status, 0);
    assert.equal(lines[0], 'one');
    assert.doesNotMatch(lines.join('\n'), /EPIPE|Error/);
    assert.equal(place.records()[0]!.status, 'cancelled');
  });

  describe('asks before a run that is over its budget', () => {
    const answers: readonly (readonly [what: string, keys: string, status: number, requests: number])[] = [
      ['and runs at y', 'y\r', 0, 1], ['and runs at yes', 'YES\r', 0, 1], ['and sends nothing at n', 'n\r', 1, 0], ['and sends nothing at Enter', '\r', 1, 0], ['and sends nothing at Ctrl-D', '\x04', 1, 0], ['and ends at Ctrl-C', '\x03', 130, 0],
    ];
    for (const [what, keys, status, requests] of answers) {
      it(what, async () => {
        await serve([answer('x')]);
        place.write('n.promptnb', prompt('a', '---\nconfig: { maxOutputTokens: 1000 }\n---\nSay x.'));
        const shown = await screen(['run', 'n.promptnb', '--max-tokens', '50'], { type: { when: /Run anyway\? \[y\/N\] /, keys } });
        assert.match(shown.raw, /This would take at least 10\d\d tokens, and the budget of this run is 50\. Run anyway\? \[y\/N\] /);
        assert.deepEqual([shown.status, server.log.length], [status, requests], shown.raw);
        assert.equal(requests === 1 ? chatBody(server.log[0]!).model : undefined, requests === 1 ? 'fault-model' : undefined);
      });
    }
  });
});
