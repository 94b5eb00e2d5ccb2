import assert from 'node:assert/strict';
import { answer } from '../servers/behaviours/good.ts';
import { apiError } from '../servers/behaviours/status.ts';
import { cleanUp, prompt, workplace, type Workplace } from './promptnb.ts';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startFaultServer, type FaultServer, type Script } from '../servers/fault-server.ts';
import type { RunRecord } from '../../src/core/trace/record.ts';

describe('promptnb trace', () => {
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
  const recordPath = (): string => `.promptnb/runs/${place.records().at(-1)!.id}.jsonl`;

  it('prints a record as JSON, just what its events fold to', async () => {
    await serve([answer('x')]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    await place.run(['run', 'n.promptnb']);
    const { status, stdout } = await place.run(['trace', recordPath(), '--format', 'json']);
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(stdout), JSON.parse(JSON.stringify(place.records()[0])));
  });

  it('prints the records of a notebook’s outputs, all or one', async () => {
    await serve([answer('one'), answer('two')]);
    place.write('n.promptnb', `${prompt('a', 'Say x.')}\n${prompt('', '{{a}}')}\n${prompt('c', '---\ncheck:\n  - contains: z\n---\n{{a}}')}`);
    await place.run(['run', 'n.promptnb', '--write']);
    const cells = async (args: readonly string[]): Promise<readonly (string | null)[]> => (JSON.parse((await place.run(['trace', 'n.promptnb', '--format', 'json', ...args])).stdout) as { records: RunRecord[] }).records.map((record) => record.cell);
    assert.deepEqual(await cells([]), ['a', null, 'c']);
    assert.deepEqual(await cells(['--cell', 'c']), ['c']);
    assert.deepEqual(await cells(['--cell', '#2']), [null]);
    const { stdout } = await place.run(['trace', 'n.promptnb']);
    assert.match(stdout, /^a · run \w+ · \d{4}-[^\n]+\n✓ fast · [^\n]+\n\nModel call · fast · [^\n]+\n {2}user\n {4}Say x\.\n {2}answer\n {4}one\n\n#2 · run /);
    assert.match(stdout, /\n✗ contains: z — /);
  });

  it('shows attempts, checks and why they failed, the feedback, and what was kept', async () => {
    await serve((request) => {
      const text = JSON.stringify(request.body);
      if (text.includes('passed')) return answer(`{"results":[{"passed":${text.includes('prose')},"reason":"${text.includes('prose') ? 'It does not.' : 'Moon and June rhyme.'}"}]}`);
      return answer(text.includes('assistant') ? 'prose' : 'moon, June');
    });
    place.write('n.promptnb', prompt('poem', '---\ncheck:\n  - The poem does not rhyme.\nretry: 2\n---\nWrite a poem.'));
    await place.run(['run', 'n.promptnb']);
    const { stdout } = await place.run(['trace', recordPath()]);
    assert.match(stdout, /\n✓ fast · .* · 4 calls · .* · checks 1\/1 · 2 attempts · live\n/);
    const order = ['Attempt 1 of 3 · done · checks 0/1', 'moon, June', '✗ The poem does not rhyme. — Moon and June rhyme.', 'Judge · fast', 'Attempt 2 of 3 · done · checks 1/1 · kept', 'Moon and June rhyme', 'prose', '✓ The poem does not rhyme. — It does not.'];
    let at = 0;
    for (const part of order) {
      const found = stdout.indexOf(part, at);
      assert.ok(found >= 0, `${part} in\n${stdout}`);
      at = found;
    }
  });

  it('shows tools, waits, failed tries and errors', async () => {
    await serve([apiError(429, { message: 'Slow down' }, { 'retry-after': '0.01' }), answer({ toolCalls: [{ name: 'calculator', arguments: '{"expression":"6*7"}' }] }), apiError(400, { message: 'No more' })]);
    place.write('n.promptnb', prompt('a', '---\ntools: [calculator]\n---\nWhat is 6 times 7?'));
    await place.run(['run', 'n.promptnb']);
    const { stdout } = await place.run(['trace', recordPath()]);
    for (const part of [/✗ failed · fast/, /bad-request: .*No more/, /try 1 of 2 failed: .*Slow down/, /waited \d+ ms: .*Slow down/, /→ calculator\(\{"expression":"6\*7"\}\)/, /Tool calculator\(\{"expression":"6\*7"\}\)\n {2}42/]) assert.match(stdout, part);
  });

  it('says which record is missing, and that the result stands in the notebook all the same', async () => {
    await serve([answer('one'), answer('two')]);
    place.write('n.promptnb', `${prompt('a', 'Say x.')}\n${prompt('b', '{{a}}')}`);
    await place.run(['run', 'n.promptnb', '--write']);
    rmSync(join(place.folder, '.promptnb', 'runs', `${place.records()[0]!.id}.jsonl`));
    const { status, stdout, stderr } = await place.run(['trace', 'n.promptnb', '--format', 'json']);
    assert.equal(status, 0);
    assert.deepEqual((JSON.parse(stdout) as { records: RunRecord[] }).records.map((record) => record.cell), ['b']);
    assert.match(stderr, /^a: the record of run \w+ is not in \.promptnb\/runs/);
    rmSync(join(place.folder, '.promptnb', 'runs'), { recursive: true });
    const none = await place.run(['trace', 'n.promptnb']);
    assert.deepEqual([none.status, none.stdout], [1, '']);
  });

  it('follows no path that an output names', async () => {
    place.write('n.promptnb', `${prompt('a', 'Say x.')}\n\`\`\`{output run=../../secret status=done}\nx\n\`\`\`\n`);
    place.write('secret.jsonl', '{"type":"run-start","version":1,"at":1,"id":"1","group":"","notebook":"","cell":"stolen","index":1,"in":"","model":"m"}\n');
    const { status, stdout } = await place.run(['trace', 'n.promptnb']);
    assert.deepEqual([status, stdout], [1, '']);
  });

  it('reads what a damaged record still holds, and says that something is missing', async () => {
    await serve([answer('one')]);
    place.write('n.promptnb', prompt('a', 'Say é.'));
    await place.run(['run', 'n.promptnb']);
    const path = recordPath();
    const text = place.read(path);
    const lines = text.trimEnd().split('\n');
    place.write('cut.jsonl', Buffer.from(text).subarray(0, Buffer.from(text).indexOf(Buffer.from('é')) + 1));
    const cut = await place.run(['trace', 'cut.jsonl']);
    assert.equal(cut.status, 0);
    assert.match(cut.stdout, /– interrupted/);
    place.write('hole.jsonl', [lines[0], 'garbage', '{"type":"from-the-future","at":1}', '{"type":"model-call-start","step":1,"parent":0}', ...lines.slice(1)].join('\n'));
    const hole = await place.run(['trace', 'hole.jsonl']);
    assert.equal(hole.status, 0);
    assert.match(hole.stdout, /2 lines of the record could not be read and are missing here\./);
    assert.match(hole.stdout, /\n {4}one\n/);
  });

  it('makes escapes in text harmless on a terminal only', async () => {
    await serve([answer('\u001b[31mred\u001b[0m')]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    await place.run(['run', 'n.promptnb']);
    assert.ok((await place.run(['trace', recordPath()])).stdout.includes('\u001b[31mred'));
  });

  const refused: readonly (readonly [what: string, files: Readonly<Record<string, string>>, args: readonly string[], says: RegExp])[] = [
    ['a record that is not there', {}, ['gone.jsonl'], /gone\.jsonl cannot be read: there is no such file\./],
    ['a notebook that is not there', {}, ['gone.promptnb'], /gone\.promptnb cannot be opened: there is no such file\./],
    ['what is no record', { 'x.jsonl': '{"a":1}\n' }, ['x.jsonl'], /x\.jsonl: This is no record of a run/],
    ['an empty record', { 'x.jsonl': '' }, ['x.jsonl'], /This is no record of a run/],
    ['a record whose events have other forms', { 'x.jsonl': '{"type":"run-start","at":"soon","id":5}\n{"type":"model-call-start","step":1,"parent":0}\n' }, ['x.jsonl'], /x\.jsonl: This is no record of a run/],
    ['a notebook without outputs', { 'n.promptnb': prompt('a', 'x') }, ['n.promptnb'], /n\.promptnb has no outputs, so there is nothing to trace\.\n {2}Run it with `--write`, or name a record/],
    ['a cell without an output', { 'n.promptnb': prompt('a', 'x') }, ['n.promptnb', '--cell', 'a'], /`a` has no output: it was not run, or not with `--write`/],
    ['an unknown cell', { 'n.promptnb': prompt('a', 'x') }, ['n.promptnb', '--cell', 'b'], /There is no prompt cell `b`/],
  ];
  for (const [what, files, args, says] of refused) {
    it(`ends with 2 for ${what}`, async () => {
      for (const [name, text] of Object.entries(files)) place.write(name, text);
      const { status, stdout, stderr } = await place.run(['trace', ...args]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /\n\s+at /);
    });
  }

  it('names the latest record where a notebook has no outputs, and refuses a cell that a record is not of', async () => {
    await serve([answer('one')]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    await place.run(['run', 'n.promptnb']);
    const path = recordPath();
    assert.ok((await place.run(['trace', 'n.promptnb'])).stderr.includes(`the latest one is ${path}.`));
    assert.equal((await place.run(['trace', path, '--cell', 'a'])).status, 0);
    const other = await place.run(['trace', path, '--cell', 'b']);
    assert.equal(other.status, 2);
    assert.match(other.stderr, /is a record of `a`, not of `b`/);
  });
});
