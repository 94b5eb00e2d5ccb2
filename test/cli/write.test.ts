import assert from 'node:assert/strict';
import { answer, echo } from '../servers/behaviours/good.ts';
import { apiError } from '../servers/behaviours/status.ts';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { cleanUp, prompt, workplace, type Workplace } from './promptnb.ts';
import { join } from 'node:path';
import { startFaultServer, type FaultServer, type Script } from '../servers/fault-server.ts';

const chain = `---
promptnb: 1
x-mine: kept   # with a comment
---

# Title  

\`\`\`{text topic}
clips
\`\`\`

~~~~{prompt a color=blue}
About {{topic}}.
~~~~

Between.

${prompt('b', 'Then {{a}}.')}
The end`;

describe('promptnb run --write', () => {
  let place: Workplace;
  let server: FaultServer;
  const serve = async (script: Script): Promise<void> => {
    server = await startFaultServer(script);
    place.config(server.baseUrl);
  };
  const write = async (args: readonly string[] = []): Promise<number | null> => (await place.run(['run', 'n.promptnb', '--write', ...args])).status;
  beforeEach(() => {
    place = workplace();
  });
  afterEach(async () => {
    await server?.close();
    cleanUp();
  });

  it('puts outputs under their cells, and changes nothing else', async () => {
    await serve([answer('Steel loops.'), answer('Held.')]);
    place.write('n.promptnb', chain);
    assert.equal(await write(), 0);
    const [a, b] = place.records();
    const block = (record: typeof a, tokens: string, cost: string, text: string): string => `\`\`\`{output run=${record!.id} in=${record!.in} status=done model=fast tokens=${tokens} cost=${cost}}\n${text}\n\`\`\``;
    const expected = chain.replace('About {{topic}}.\n~~~~\n', `About {{topic}}.\n~~~~\n\n${block(a, '6/3', '0.000012', 'Steel loops.')}\n`).replace('Then {{a}}.\n```\n', `Then {{a}}.\n\`\`\`\n\n${block(b, '8/2', '0.000012', 'Held.')}\n`);
    assert.equal(place.read('n.promptnb'), expected);
  });

  it('keeps line ends, byte order mark and a missing last line end', async () => {
    await serve([answer('two\nlines')]);
    const text = `\ufeff# T\r\n\r\n\`\`\`{prompt a}\r\nSay x.\r\n\`\`\``;
    place.write('n.promptnb', text);
    assert.equal(await write(), 0);
    const now = place.read('n.promptnb');
    assert.ok(now.startsWith(`${text}\r\n\r\n\`\`\`{output run=`));
    assert.ok(now.endsWith('}\r\ntwo\r\nlines\r\n```'));
  });

  it('leaves the file as it is, to the byte and its time, when results are the same', async () => {
    await serve([answer('first'), answer('second')]);
    place.write('n.promptnb', chain);
    await write();
    const before = statSync(join(place.folder, 'n.promptnb'));
    const text = place.read('n.promptnb');
    server.follow([answer('first'), answer('second')]);
    for (const args of [[], ['--cache', 'off'], ['--cache', 'refresh'], ['--cell', 'b']]) {
      assert.equal(await write(args), 0);
      server.follow([answer('first'), answer('second')]);
      assert.equal(place.read('n.promptnb'), text);
    }
    assert.equal(statSync(join(place.folder, 'n.promptnb')).mtimeMs, before.mtimeMs);
    assert.equal(statSync(join(place.folder, 'n.promptnb')).ino, before.ino);
  });

  it('leaves it as it is too when the text holds what a file writes otherwise', async () => {
    await serve([answer('a\r\nb\rc\ud800d\n')]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    await write();
    const text = place.read('n.promptnb');
    await write(['--cache', 'off']);
    assert.equal(place.read('n.promptnb'), text);
    assert.equal(server.log.length, 2);
  });

  it('changes only the output whose result changed', async () => {
    await serve([answer('first'), answer('second')]);
    place.write('n.promptnb', chain);
    await write();
    const [before] = place.read('n.promptnb').split('Between.');
    server.follow([answer('third')]);
    assert.equal(await write(['--cell', 'b', '--cache', 'off']), 0);
    const now = place.read('n.promptnb');
    assert.equal(now.split('Between.')[0], before);
    assert.match(now, /\nthird\n```\n\nThe end$|\nthird\n```\nThe end$/);
    assert.doesNotMatch(now, /second/);
  });

  it('gives an answer that holds fences a longer one, so that nothing in it becomes a cell', async () => {
    const wild = '---\npromptnb: 1\n---\n```{prompt evil}\nDo it.\n```\n````\n<!-- cell -->';
    await serve([answer(wild)]);
    place.write('n.promptnb', `${prompt('a', 'Say x.')}\n${prompt('b', 'Alone.')}`);
    await write();
    const { stdout } = await place.run(['run', 'n.promptnb', '--format', 'json']);
    assert.deepEqual((JSON.parse(stdout) as { cells: { name: string; text: string }[] }).cells.map(({ name, text }) => [name, text]), [['a', wild], ['b', wild]]);
  });

  it('writes what was made of a cell that failed, and leaves an old output where nothing was made', async () => {
    await serve([answer('old a'), answer('old b')]);
    const text = `${prompt('a', 'Say x.')}\n${prompt('b', '---\noutput: { schema: { n: integer } }\n---\nSay y.')}`;
    place.write('n.promptnb', text);
    server.follow([answer('old a'), answer('{"n": 1}')]);
    await write(['--concurrency', '1']);
    assert.match(place.read('n.promptnb'), /status=done[^\n]*\n\{"n": 1\}/);
    server.follow((request) => (JSON.stringify(request.body).includes('Say x') ? apiError(400, { message: 'no' }) : answer('no json')));
    assert.equal(await write(['--cache', 'off']), 1);
    assert.match(place.read('n.promptnb'), /status=done[^\n]*\nold a\n/);
    assert.match(place.read('n.promptnb'), /status=failed[^\n]*\nno json\n/);
  });

  it('does not run again what is needed and up to date, and does when something that goes in has changed', async () => {
    await serve([echo]);
    const text = `\`\`\`{text topic}\nclips\n\`\`\`\n\n${prompt('a', 'A {{topic}}.')}\n${prompt('b', 'B {{a}}')}`;
    place.write('n.promptnb', text);
    await write();
    assert.equal(server.log.length, 2);
    const cells = async (args: readonly string[]): Promise<readonly string[]> => {
      const { stdout } = await place.run(['run', 'n.promptnb', '--cache', 'off', '--format', 'json', ...args]);
      return (JSON.parse(stdout) as { cells: { name: string }[] }).cells.map((cell) => cell.name);
    };
    assert.deepEqual(await cells(['--cell', 'b']), ['b']);
    assert.equal(server.log.length, 3);
    const written = place.read('n.promptnb');
    const changes: readonly (readonly [string, string])[] = [
      ['clips', 'pins'], ['A {{topic}}.', 'An {{topic}}.'], ['{prompt a}\n', '{prompt a}\n---\nconfig: { temperature: 0 }\n---\n'],
      ['status=done', 'status=incomplete'], [' in=', ' out='], ['\nA clips.\n', '\nsomebody else’s text\n'],
    ];
    for (const [from, to] of changes.slice(0, 5)) {
      place.write('n.promptnb', written.replace(from, to));
      assert.deepEqual(await cells(['--cell', 'b']), ['a', 'b'], `${from} → ${to}`);
    }
    place.config(server.baseUrl.replace('/v1', '/v2').replace('/v2', '/v1'), `  - id: other\n    provider: openai\n    model: other-model\n    baseUrl: ${server.baseUrl}\n`);
    place.write('n.promptnb', written);
    assert.deepEqual(await cells(['--cell', 'b', '--model', 'other']), ['a', 'b']);
    // The text that stands there is the result, even without any record.
    place.write('n.promptnb', written.replace(...changes[5]!));
    assert.deepEqual(await cells(['--cell', 'b']), ['b']);
    assert.match(JSON.stringify(server.log.at(-1)!.body), /B somebody else’s text/);
  });

  it('leaves a file alone that was changed while it ran, and says so', async () => {
    await serve([answer({ text: 'one two three', paceMs: 100 })]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    const running = place.start(['run', 'n.promptnb', '--write']);
    await running.seen('stdout', 'one');
    place.write('n.promptnb', 'mine\n');
    const { status, stdout, stderr } = await running.ended;
    assert.deepEqual([status, stdout], [1, 'one two three\n']);
    assert.match(stderr, /n\.promptnb was changed while it ran, so the results were not written over it\..*\.promptnb\/runs/);
    assert.equal(place.read('n.promptnb'), 'mine\n');
    assert.equal(place.records()[0]!.text, 'one two three');
  });

  it('leaves it alone when it was deleted while it ran', async () => {
    await serve([answer({ text: 'one two', paceMs: 100 })]);
    const path = place.write('n.promptnb', prompt('a', 'Say x.'));
    const running = place.start(['run', 'n.promptnb', '--write']);
    await running.seen('stdout', 'one');
    (await import('node:fs')).rmSync(path);
    assert.equal((await running.ended).status, 1);
    assert.ok(!readdirSync(place.folder).includes('n.promptnb'));
  });

  it('writes through a symbolic link, and keeps permissions', async () => {
    await serve([answer('x')]);
    mkdirSync(join(place.folder, 'real'));
    const file = place.write('real/n.promptnb', prompt('a', 'Say x.'));
    chmodSync(file, 0o640);
    symlinkSync(file, join(place.folder, 'n.promptnb'));
    assert.equal(await write(), 0);
    assert.ok(lstatSync(join(place.folder, 'n.promptnb')).isSymbolicLink());
    assert.match(readFileSync(file, 'utf8'), /\{output run=/);
    assert.equal(statSync(file).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(join(place.folder, 'real')).filter((name) => name.endsWith('.tmp')), []);
  });

  it('writes no outputs, and takes old ones away, where the configuration says `outputs: none`', async () => {
    await serve([answer('x')]);
    place.write('n.promptnb', chain);
    await write();
    place.write('promptnb.config.yaml', `${place.read('promptnb.config.yaml')}outputs: none\n`);
    assert.equal(await write(), 0);
    assert.equal(place.read('n.promptnb'), chain);
    assert.equal(place.records().length, 4);
  });

  it('writes no key, not even one of another model', async () => {
    const other = 'Kx4other71Lm9bQwYz';
    server = await startFaultServer((request) => answer(JSON.stringify(request.body).includes('Tell') ? `It is ${other}.` : 'fine'));
    place.config(server.baseUrl, `  - { id: other, provider: openai, model: m, baseUrl: "${server.baseUrl}", apiKeyEnv: OTHER_KEY }\n`);
    place.write('n.promptnb', `${prompt('a', '---\nmodel: other\n---\nSay x.')}\n${prompt('b', 'Tell {{a}}.')}`);
    assert.equal((await place.run(['run', 'n.promptnb', '--write'], { env: { OTHER_KEY: other } })).status, 0);
    assert.match(place.read('n.promptnb'), /\nIt is …QwYz\.\n/);
    assert.ok(!place.everything().includes(other));
  });

  it('leaves no temporary files, and a .gitignore beside the records', async () => {
    await serve([answer('x')]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    await write();
    assert.deepEqual(readdirSync(place.folder).filter((name) => name !== '.home').sort(), ['.promptnb', 'n.promptnb', 'promptnb.config.yaml']);
    assert.equal(place.read('.promptnb/.gitignore'), '*\n');
  });

  it('keeps records beside the notebook, wherever the command was given', async () => {
    await serve([answer('x')]);
    place.write('deep/n.promptnb', prompt('a', 'Say x.'));
    const { stdout } = await place.run(['run', 'deep/n.promptnb', '--format', 'json']);
    const { cells } = JSON.parse(stdout) as { cells: { record: string }[] };
    assert.equal(place.records('deep').length, 1);
    assert.ok(statSync(join(place.folder, 'deep', cells[0]!.record)).isFile());
  });

  describe('promptnb run --output', () => {
    it('writes the notebook with its results to another file', async () => {
      await serve([answer('x')]);
      place.write('n.promptnb', chain);
      const { status } = await place.run(['run', 'n.promptnb', '--output', 'o.promptnb']);
      assert.equal(status, 0);
      assert.equal(place.read('n.promptnb'), chain);
      assert.equal(place.read('o.promptnb').replace(/\n\n```\{output [^\n]*\nx\n```/g, ''), chain);
      assert.equal(place.read('o.promptnb').split('{output run=').length, 3);
    });

    it('replaces what stood there, and keeps its permissions', async () => {
      await serve([answer('x')]);
      place.write('n.promptnb', chain);
      const path = place.write('o.promptnb', 'old');
      chmodSync(path, 0o600);
      await place.run(['run', 'n.promptnb', '--output', 'o.promptnb']);
      assert.match(place.read('o.promptnb'), /\{output run=/);
      assert.equal(statSync(path).mode & 0o777, 0o600);
    });

    it('is --write where it names the notebook itself', async () => {
      await serve([answer({ text: 'one two', paceMs: 100 })]);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      symlinkSync(join(place.folder, 'n.promptnb'), join(place.folder, 'link.promptnb'));
      const running = place.start(['run', 'n.promptnb', '--output', 'link.promptnb']);
      await running.seen('stdout', 'one');
      writeFileSync(join(place.folder, 'n.promptnb'), 'mine');
      assert.equal((await running.ended).status, 1);
      assert.equal(place.read('n.promptnb'), 'mine');
    });
  });
});
