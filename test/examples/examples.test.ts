import assert from 'node:assert/strict';
import { chatBody } from '../servers/log.ts';
import { answer, toolsThenText } from '../servers/behaviours/good.ts';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { skip } from '../skip.ts';
import { spawn } from 'node:child_process';
import { startFaultServer, type FaultServer, type Script } from '../servers/fault-server.ts';
import { tmpdir } from 'node:os';
import { findWeights, readLocalName } from '../../src/node/local/names.ts';
import { cacheFolder } from '../../src/node/cache-folder.ts';
import { defaultModelId } from '../../src/node/local/models.ts';

const root = join(import.meta.dirname, '..', '..');

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunJson {
  readonly status: string;
  readonly calls: number;
  readonly cells: readonly { readonly name: string; readonly status: string; readonly text: string; readonly value: unknown; readonly calls: number; readonly attempts: number; readonly record: string; readonly checks: readonly { readonly passed: boolean | null }[] }[];
}

describe('The examples', () => {
  let folder: string;
  let server: FaultServer | null = null;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'promptnb-examples-'));
    cpSync(join(root, 'examples'), folder, { recursive: true, filter: (source) => !source.includes('.promptnb/') && !source.endsWith('/.promptnb') });
  });
  afterEach(async () => {
    await server?.close();
    server = null;
    rmSync(folder, { recursive: true, force: true });
  });

  const promptnb = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Result> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [join(root, 'src', 'cli', 'main.ts'), ...args], { cwd: folder, env: { ...process.env, OPENAI_API_KEY: '', OPENAI_BASE_URL: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
      child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
      child.on('close', (status) => resolve({ status, stdout, stderr }));
    });

  const onServer = async (script: Script, args: readonly string[]): Promise<Result> => {
    server = await startFaultServer(script);
    return promptnb([...args, '--model', 'openai:gpt-test'], { OPENAI_API_KEY: 'test-key-of-nobody', OPENAI_BASE_URL: server.baseUrl });
  };

  it('have no problems, and are all run here', async () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.promptnb'));
    assert.deepEqual(files.sort(), ['chain.promptnb', 'quickstart.promptnb', 'self-check.promptnb', 'tools.promptnb']);
    const { status, stdout, stderr } = await promptnb(['check', ...files]);
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
  });

  describe('on the embedded model', () => {
    before(async function () {
      if ((await findWeights(readLocalName(defaultModelId, { folder: root }), cacheFolder())) === null) {
        const missing = process.env.PROMPTNB_NO_LOCAL;
        assert.ok(missing !== undefined, 'The embedded model is not there: run `node scripts/get-llama.ts && node scripts/get-model.ts`.');
        skip(this, missing);
      }
    });

    it('quickstart: streams text without a key, ends with the summary, and its form always holds', async () => {
      const run = await promptnb(['run', 'quickstart.promptnb']);
      assert.equal(run.status, 0, run.stderr);
      assert.match(run.stderr, /✓ slogan · local:smollm2-135m · \d+ → \d+ tokens · \$0 · .* · live/);
      const json = JSON.parse((await promptnb(['run', 'quickstart.promptnb', '--format', 'json', '--cache', 'off'])).stdout) as RunJson;
      const verdict = json.cells[1]!.value as { tone: string; stars: number };
      assert.ok(['funny', 'serious', 'neutral'].includes(verdict.tone) && Number.isInteger(verdict.stars));
      assert.ok(run.stdout.includes(json.cells[0]!.text.trim()), 'the same text at temperature 0');
    });

    it('chain: every cell runs once, after what it needs', async () => {
      const run = await promptnb(['run', 'chain.promptnb', '--format', 'json']);
      assert.equal(run.status, 0, run.stderr);
      const json = JSON.parse(run.stdout) as RunJson;
      assert.deepEqual(json.cells.map(({ name, status, calls }) => [name, status, calls]), [['facts', 'done', 1], ['question', 'done', 1], ['lesson', 'done', 1]]);
      const lesson = readFileSync(join(folder, json.cells[2]!.record), 'utf8');
      assert.ok(lesson.includes(JSON.stringify(json.cells[1]!.text).slice(1, -1)), 'the question is part of what the lesson was asked');
    });

    it('self-check: ends as its checks say, with every attempt in the record', async () => {
      const run = await promptnb(['run', 'self-check.promptnb', '--format', 'json']);
      const json = JSON.parse(run.stdout) as RunJson;
      const [poem] = json.cells;
      const passed = poem!.checks.every((check) => check.passed === true);
      assert.equal(run.status, passed ? 0 : 1, run.stderr);
      assert.ok(passed || poem!.attempts === 3);
      const trace = await promptnb(['trace', poem!.record]);
      assert.equal(trace.stdout.match(/^Attempt \d of 3/gm)?.length, poem!.attempts);
    });
  });

  it('chain: a parameter changes what is asked', async () => {
    const run = await onServer([answer('Fine.')], ['run', 'chain.promptnb', '--param', 'audience=an engineer', '--cell', 'question']);
    assert.equal(run.status, 0, run.stderr);
    assert.match(JSON.stringify(chatBody(server!.log[0]!).messages![0]), /friendly texts for an engineer/);
  });

  it('self-check: the poem is found to rhyme and written again; the record shows both attempts', async () => {
    const poems = ['A clip of steel, how do you feel?', 'Loops of steel wait in the drawer.'];
    const run = await onServer((request) => {
      const text = JSON.stringify(chatBody(request).messages);
      if (!text.includes('passed')) return answer(poems.shift()!);
      const rhymes = text.lastIndexOf('how do you feel') > text.lastIndexOf('in the drawer');
      return answer(JSON.stringify({ results: [{ passed: !rhymes, reason: rhymes ? '“steel” and “feel” rhyme.' : 'No two lines rhyme.' }] }));
    }, ['run', 'self-check.promptnb', '--format', 'json']);
    assert.equal(run.status, 0, run.stderr);
    const [poem] = (JSON.parse(run.stdout) as RunJson).cells;
    assert.deepEqual([poem!.text, poem!.attempts, poem!.calls, server!.log.length], ['Loops of steel wait in the drawer.', 2, 4, 4]);
    const trace = (await promptnb(['trace', poem!.record])).stdout;
    assert.match(trace, /Attempt 1 of 3 · done · checks 1\/2/);
    assert.match(trace, /“steel” and “feel” rhyme\./);
    assert.match(trace, /Attempt 2 of 3 · done · checks 2\/2 · kept/);
    const second = JSON.stringify(chatBody(server!.log[2]!).messages);
    assert.ok(second.includes('how do you feel') && second.includes('rhyme.'), 'the second attempt is told of the first and why it failed');
  });

  it('tools: the calculator’s exact result goes back to the model', async () => {
    const run = await onServer([toolsThenText([{ name: 'calculator', arguments: '{"expression":"(349.9*3 + 12.95*7) * (1 - 12.5%)"}' }], 'It costs')], ['run', 'tools.promptnb', '--format', 'json']);
    const [total] = (JSON.parse(run.stdout) as RunJson).cells;
    const told = chatBody(server!.log[1]!).messages!.at(-1)!;
    assert.deepEqual([told.role, told.content], ['tool', '997.80625']);
    assert.equal(total!.text, 'It costs: 997.80625');
  });

  it('tools: says so when the model takes none', async () => {
    const run = await promptnb(['run', 'tools.promptnb', '--model', 'local:smollm2-135m']);
    assert.notEqual(run.status, 0);
    assert.match(run.stderr, /takes no tools|not on this machine|not installed/);
  });
});
