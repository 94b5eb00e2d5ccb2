import assert from 'node:assert/strict';
import { answer, echo } from '../servers/behaviours/good.ts';
import { cleanUp, key, prompt, workplace, type Workplace } from './promptnb.ts';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFaultServer, type FaultServer, type Script } from '../servers/fault-server.ts';

interface Cell {
  readonly [key: string]: unknown;
}

describe('promptnb run with completions that are kept', () => {
  let place: Workplace;
  let server: FaultServer;
  const serve = async (script: Script): Promise<void> => {
    server = await startFaultServer(script);
    place.config(server.baseUrl);
  };
  const json = async (args: readonly string[]): Promise<{ readonly exit: number | null; readonly stderr: string; readonly cells: readonly Cell[]; readonly [key: string]: unknown }> => {
    const { status, stdout, stderr } = await place.run(['run', 'n.promptnb', '--format', 'json', ...args]);
    return { exit: status, stderr, ...(JSON.parse(stdout) as { cells: Cell[] }) };
  };
  beforeEach(() => {
    place = workplace();
  });
  afterEach(async () => {
    await server?.close();
    cleanUp();
  });

  describe('--cache', () => {
    it('on, as without a word: the same request is answered from the cache, and costs nothing', async () => {
      await serve([answer('first'), answer('second')]);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      assert.deepEqual((await json([])).cells.map(({ text, source, calls }) => [text, source, calls]), [['first', 'live', 1]]);
      for (const args of [[], ['--cache', 'on']]) {
        const { cells, calls, usage, cost } = await json(args);
        assert.deepEqual(cells.map(({ text, source, calls: own }) => [text, source, own]), [['first', 'cache', 0]]);
        assert.deepEqual([calls, usage, cost], [0, { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: null, kind: 'exact' }, { usd: 0, kind: 'calculated' }]);
      }
      assert.equal(server.log.length, 1);
      assert.match((await place.run(['run', 'n.promptnb'])).stderr, /^✓ fast · \d+ m?s · cached\n$/);
    });

    it('off: asks, and keeps nothing', async () => {
      await serve([answer('first'), answer('second'), answer('third')]);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      assert.equal((await json(['--cache', 'off'])).cells[0]!.text, 'first');
      assert.equal((await json([])).cells[0]!.text, 'second');
      assert.equal((await json(['--cache', 'off'])).cells[0]!.text, 'third');
      assert.equal((await json([])).cells[0]!.text, 'second');
    });

    it('refresh: asks, and replaces what is kept', async () => {
      await serve([answer('first'), answer('second')]);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      await json([]);
      assert.deepEqual((await json(['--cache', 'refresh'])).cells.map(({ text, source }) => [text, source]), [['second', 'live']]);
      assert.deepEqual((await json([])).cells.map(({ text, source }) => [text, source]), [['second', 'cache']]);
    });

    it('bypasses the cache for every cell, whatever the notebook says, and brings none to a cell that wants none', async () => {
      await serve([echo]);
      const cell = (name: string, mode: string): string => prompt(name, `---\ncache: ${mode}\n---\nSay ${name}.`);
      place.write('n.promptnb', `${cell('yes', 'on')}\n${cell('no', 'off')}\n${prompt('plain', 'Say plain.')}`);
      await json([]);
      const sources = async (args: readonly string[], head = ''): Promise<readonly unknown[]> => {
        place.write('n.promptnb', `${head}${cell('yes', 'on')}\n${cell('no', 'off')}\n${prompt('plain', 'Say plain.')}`);
        return (await json(args)).cells.map((one) => one.source);
      };
      assert.deepEqual(await sources([]), ['cache', 'live', 'cache']);
      assert.deepEqual(await sources([], '---\ncache: off\n---\n'), ['cache', 'live', 'live']);
      assert.deepEqual(await sources(['--cache', 'on'], '---\ncache: off\n---\n'), ['cache', 'live', 'cache']);
      assert.deepEqual(await sources(['--cache', 'refresh']), ['live', 'live', 'live']);
      assert.deepEqual(await sources(['--cache', 'off']), ['live', 'live', 'live']);
    });

    it('ignores a broken entry and writes it anew', async () => {
      await serve([answer('first'), answer('second')]);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      await json([]);
      const cache = join(place.folder, '.promptnb', 'cache');
      const [entry] = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
      writeFileSync(join(entry!.parentPath, entry!.name), '{"version":1,"te');
      assert.deepEqual((await json([])).cells.map(({ text, source }) => [text, source]), [['second', 'live']]);
      assert.deepEqual((await json([])).cells.map(({ text, source }) => [text, source]), [['second', 'cache']]);
    });
  });

  describe('--record and --replay', () => {
    const notebook = `${prompt('a', 'Say x.')}
${prompt('checked', '---\ncheck:\n  - The text is fine.\n  - contains: prose\nretry: 1\n---\nWrite after {{a}}.')}
${prompt('formed', '---\noutput: { schema: { n: integer } }\nconfig: { temperature: 0.5, maxOutputTokens: 20 }\n---\nA number.')}
${prompt('tools', '---\ntools: [calculator]\n---\nWhat is 6 times 7?')}`;
    const script: Script = (request) => {
      const text = JSON.stringify(request.body);
      if (text.includes('verdict') || text.includes('passed')) return answer('{"results":[{"passed":true,"reason":"It is."}]}');
      if (text.includes('Write after')) return answer(text.includes('assistant') ? 'a prose text' : 'a rhyme');
      if (text.includes('A number')) return answer('{"n": 7}');
      if (text.includes('6 times 7')) return answer(text.includes('"tool"') ? 'It is 42.' : { toolCalls: [{ name: 'calculator', arguments: '{"expression":"6*7"}' }] });
      return answer({ text: 'x y z', cachedTokens: 1 });
    };
    const same = (cells: readonly Cell[]): readonly Cell[] => cells.map(({ name, status, text, value, calls, usage, checks, attempts, error }) => ({ name, status, text, value, calls, usage, checks, attempts, error }));

    it('give the same again, without any model', async () => {
      await serve(script);
      place.write('n.promptnb', notebook);
      const live = await json(['--record', 'r.jsonl']);
      assert.equal(live.exit, 0);
      const requests = server.log.length;
      assert.equal(place.read('r.jsonl').trimEnd().split('\n').length, requests);
      const replayed = await json(['--replay', 'r.jsonl']);
      assert.equal(replayed.exit, 0, replayed.stderr);
      assert.equal(server.log.length, requests);
      assert.deepEqual(same(replayed.cells), same(live.cells));
      assert.deepEqual(replayed.cells.map(({ source, model, cost }) => [source, model, cost]), replayed.cells.map(() => ['replay', 'replay:r.jsonl', { usd: 0, kind: 'calculated' }]));
      // Neither a configuration nor a key is needed.
      place.write('promptnb.config.yaml', 'models: []\n');
      assert.deepEqual(same((await json(['--replay', 'r.jsonl'])).cells), same(live.cells));
    });

    it('record every completion, also where the cache would have answered', async () => {
      await serve(script);
      place.write('n.promptnb', notebook);
      await json([]);
      const live = await json(['--record', 'r.jsonl']);
      assert.deepEqual(live.cells.map((cell) => cell.source), ['live', 'live', 'live', 'live']);
      assert.equal((await json(['--replay', 'r.jsonl'])).exit, 0);
    });

    it('replay a file from anywhere, counted from the working folder, while a notebook stays inside of its own', async () => {
      await serve(script);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      await json(['--record', 'r.jsonl']);
      place.write('deep/d.promptnb', prompt('a', 'Say x.'));
      const outside = workplace();
      outside.write('r.jsonl', place.read('r.jsonl'));
      for (const args of [['--replay', 'r.jsonl'], ['--model', 'replay:r.jsonl'], ['--replay', join(outside.folder, 'r.jsonl')], ['--model', `replay:${join(outside.folder, 'r.jsonl')}`]]) {
        const { status, stdout, stderr } = await place.run(['run', 'deep/d.promptnb', ...args]);
        assert.deepEqual([status, stdout], [0, 'x y z\n'], stderr);
      }
      place.write('deep/d.promptnb', prompt('a', '---\nmodel: replay:r.jsonl\n---\nSay x.'));
      place.write('deep/r.jsonl', place.read('r.jsonl'));
      assert.equal((await place.run(['run', 'deep/d.promptnb'])).status, 0);
      place.write('deep/d.promptnb', prompt('a', `---\nmodel: replay:${join(outside.folder, 'r.jsonl')}\n---\nSay x.`));
      const escaped = await place.run(['run', 'deep/d.promptnb']);
      assert.equal(escaped.status, 2);
      assert.match(escaped.stderr, /outside of the workspace/);
    });

    it('tell of a miss, the nearest request, and where it differs', async () => {
      await serve(script);
      place.write('n.promptnb', prompt('a', 'Say x, please.'));
      await json(['--record', 'r.jsonl']);
      place.write('n.promptnb', prompt('a', 'Say y, please.'));
      const { status, stdout, stderr } = await place.run(['run', 'n.promptnb', '--replay', 'r.jsonl']);
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, /replay-miss: r\.jsonl has no answer to this request\. The nearest is line 1, which differs in message 1 \(user\) at character 5: recorded "Say x, please\.", asked "Say y, please\."\./);
      assert.equal(place.records().at(-1)!.calls, 0);
    });

    it('leave a recording as it is where nothing is recorded, and replace it where something is', async () => {
      await serve([answer('one'), answer('two')]);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      await json(['--record', 'r.jsonl']);
      const first = place.read('r.jsonl');
      place.write('bad.promptnb', prompt('a', '{{nobody}}'));
      await place.run(['run', 'bad.promptnb', '--record', 'r.jsonl']);
      assert.equal(place.read('r.jsonl'), first);
      await json(['--record', 'r.jsonl']);
      assert.equal(place.read('r.jsonl'), first.replace('"one"', '"two"'));
      assert.ok(!first.includes(key));
    });

    it('say when completions cannot be recorded', async () => {
      await serve([answer('one')]);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      const folder = await place.run(['run', 'n.promptnb', '--record', '.']);
      assert.equal(folder.status, 2);
      assert.match(folder.stderr, /cannot be recorded in \.: it is a folder/);
      assert.equal(server.log.length, 0);
      if (process.platform !== 'linux') return;
      const full = await place.run(['run', 'n.promptnb', '--record', '/dev/full']);
      assert.deepEqual([full.status, full.stdout], [1, 'one\n']);
      assert.match(full.stderr, /could not be recorded/);
    });
  });
});
