import assert from 'node:assert/strict';
import { cleanUp, prompt, source, workplace, type Workplace } from './promptnb.ts';
import { dirname, join, relative } from 'node:path';

describe('promptnb check', () => {
  let place: Workplace;
  beforeEach(() => {
    place = workplace();
    place.write('good.promptnb', prompt('a', 'Say x.'));
    place.write('warn.promptnb', `\`\`\`{json d}\n{"n": 12345678901234567890}\n\`\`\`\n\n${prompt('a', 'Say {{d.n}}.')}`);
    place.write('bad.promptnb', `# T\n\n${prompt('a', 'Say {{topik}}.')}\n\`\`\`{text topic}\nx\n\`\`\`\n`);
    place.write('latin.promptnb', Buffer.from('caf\xe9', 'latin1'));
  });
  afterEach(cleanUp);

  const statuses: readonly (readonly [files: readonly string[], status: number])[] = [
    [['good.promptnb'], 0], [['warn.promptnb'], 0], [['good.promptnb', 'warn.promptnb'], 0], [['bad.promptnb'], 1], [['bad.promptnb', 'good.promptnb'], 1],
    [['gone.promptnb'], 2], [['latin.promptnb'], 2], [['.'], 2], [['gone.promptnb', 'bad.promptnb'], 2], [['bad.promptnb', 'gone.promptnb', 'good.promptnb'], 2], [[], 2],
  ];
  for (const [files, status] of statuses) {
    it(`ends with ${status} for ${files.length === 0 ? 'nothing' : files.join(' ')}`, async () => {
      assert.equal((await place.run(['check', ...files])).status, status);
    });
  }

  it('prints each problem on a line of its own, with path, line and column, on stdout', async () => {
    const { stdout, stderr } = await place.run(['check', 'bad.promptnb', 'warn.promptnb', 'good.promptnb']);
    assert.match(stdout, /^bad\.promptnb:4:7: error: .*`topik`.*Did you mean `topic`\?\nwarn\.promptnb:2:\d+: warning: [^\n]+\n$/);
    assert.equal(stderr, '');
  });

  it('says nothing of what is good', async () => {
    assert.deepEqual(await place.run(['check', 'good.promptnb']), { status: 0, signal: null, stdout: '', stderr: '' });
  });

  it('tells on stderr what cannot be read, and goes on', async () => {
    const { stdout, stderr } = await place.run(['check', 'latin.promptnb', 'gone.promptnb', 'bad.promptnb']);
    assert.match(stderr, /^latin\.promptnb cannot be opened: The file is not UTF-8 text[^\n]*\ngone\.promptnb cannot be opened: there is no such file\.\n$/);
    assert.match(stdout, /^bad\.promptnb:4:7: error: /);
  });

  it('prints JSON, files in the order of the arguments', async () => {
    const { status, stdout } = await place.run(['check', 'good.promptnb', 'bad.promptnb', 'gone.promptnb', '--format', 'json']);
    assert.equal(status, 2);
    const { files, ...rest } = JSON.parse(stdout) as { files: { path: string; problems: Record<string, unknown>[] }[] };
    assert.deepEqual(rest, {});
    assert.deepEqual(files.map((file) => [file.path, file.problems.length]), [['good.promptnb', 0], ['bad.promptnb', 1], ['gone.promptnb', 1]]);
    assert.deepEqual(Object.keys(files[0]!), ['path', 'problems']);
    const { message, ...problem } = files[1]!.problems[0]!;
    assert.deepEqual(problem, { line: 4, column: 7, severity: 'error', code: 'unknown-name' });
    assert.match(String(message), /topik/);
    assert.deepEqual(Object.keys(files[1]!.problems[0]!), ['line', 'column', 'severity', 'code', 'message']);
    assert.deepEqual(files[2]!.problems[0], { line: 1, column: 1, severity: 'error', code: 'unreadable', message: 'gone.promptnb cannot be opened: there is no such file.' });
  });

  const places: readonly (readonly [what: string, text: string, at: string])[] = [
    ['after a byte order mark', `\ufeff${prompt('a', 'x\n  {{nobody}}')}`, '3:5'],
    ['with CRLF', prompt('a', 'x\n  {{nobody}}').replaceAll('\n', '\r\n'), '3:5'],
    ['after characters of two units', prompt('a', '😀😀 {{nobody}}'), '2:8'],
    ['in an indented fence', `  \`\`\`{prompt a}\n  {{nobody}}\n  \`\`\`\n`, '2:5'],
    ['in front matter of a cell', prompt('a', '---\nmodle: x\n---\nSay.'), '3:1'],
    ['in front matter of the notebook', `---\npromptnb: 1\nparam: {}\n---\n${prompt('a', 'Say.')}`, '3:1'],
    ['in a name', `# T\n\n${prompt('a', 'Say.')}\n${prompt('a', 'Say.')}`, '7:1'],
    ['in data', `\`\`\`{json d}\n{\n  "a": ,\n}\n\`\`\`\n`, '3:8'],
  ];
  for (const [what, text, at] of places) {
    it(`finds the place ${what}`, async () => {
      place.write('p.promptnb', text);
      const { stdout } = await place.run(['check', 'p.promptnb']);
      assert.match(stdout, new RegExp(`^p\\.promptnb:${at}: (?:error|warning): `));
    });
  }

  it('keeps a message on one line, and harmless', async () => {
    place.write('p.promptnb', prompt('a', '{{no\u001b[31mbody}}'));
    const { stdout } = await place.run(['check', 'p.promptnb']);
     
    assert.doesNotMatch(stdout, /\x1b/);
    for (const line of stdout.trimEnd().split('\n')) assert.match(line, /^p\.promptnb:\d+:\d+: /);
  });

  it('survives damage of every kind, and reports it', async () => {
    const damaged = [prompt('a', 'Say').slice(0, -4), '<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs\n', '---\na: [\n---\n', 'a\u0000b\n', `\`\`\`{text t}\n${'x'.repeat(200_000)}\n\`\`\`\n`];
    for (const [index, text] of damaged.entries()) place.write(`d${index}.promptnb`, text);
    const { status, stderr } = await place.run(['check', ...damaged.map((_text, index) => `d${index}.promptnb`)]);
    assert.ok(status === 0 || status === 1);
    assert.equal(stderr, '');
  });

  it('loads nothing heavy: neither the client of models, nor encoders, nor validators, nor the embedded model', async () => {
    // Each module that Node loads, told by a hook of Node's own.
    const hook = `data:text/javascript,import { registerHooks } from 'node:module'; import { appendFileSync } from 'node:fs'; registerHooks({ load(url, context, next) { appendFileSync('loaded.txt', url + String.fromCharCode(10)); return next(url, context); } });`;
    const { status } = await place.run(['check', 'good.promptnb', 'bad.promptnb', 'warn.promptnb'], { node: ['--import', hook], program: source });
    assert.equal(status, 1);
    const root = join(dirname(source), '..', '..');
    const files = place.read('loaded.txt').trimEnd().split('\n').filter((url) => url.startsWith('file:')).map((url) => relative(root, new URL(url).pathname));
    assert.ok(files.includes('src/cli/commands/check.ts'), 'the hook tells what is loaded');
    const heavy = files.filter((file) => /node_modules\/(?:openai|ajv|ajv-formats|js-tiktoken|zod|node-llama-cpp|jsonrepair|partial-json|eventsource-parser)\//.test(file) || file.startsWith('src/node/local/') || file.startsWith('src/core/models/openai'));
    assert.deepEqual(heavy, []);
    assert.deepEqual([...new Set(files.filter((file) => file.startsWith('node_modules/')).map((file) => file.split('/')[1]))].sort(), ['bignumber.js', 'commander', 'yaml']);
  });
});
