import assert from 'node:assert/strict';
import { answer } from '../servers/behaviours/good.ts';
import { apiError } from '../servers/behaviours/status.ts';
import { cleanUp, prompt, workplace, type Workplace } from './promptnb.ts';
import { emptyRecord, reduce } from '../../src/core/trace/reduce.ts';
import { role, stall, stream, text } from '../servers/behaviours/stream.ts';
import { startFaultServer, type FaultServer, type Script } from '../servers/fault-server.ts';
import type { RunEvent } from '../../src/core/trace/event.ts';

interface CellJson {
  readonly name: string | null;
  readonly runId: string | null;
  readonly durationMs: number | null;
  readonly [key: string]: unknown;
}

describe('promptnb run --format json', () => {
  let place: Workplace;
  let server: FaultServer;
  const serve = async (script: Script): Promise<void> => {
    server = await startFaultServer(script);
    place.config(server.baseUrl);
  };
  const json = async (args: readonly string[]): Promise<{ readonly exit: number | null; readonly cells: readonly CellJson[]; readonly [key: string]: unknown }> => {
    const { status, stdout } = await place.run(['run', 'n.promptnb', '--format', 'json', ...args]);
    return { exit: status, ...(JSON.parse(stdout) as { cells: CellJson[] }) };
  };
  beforeEach(() => {
    place = workplace();
  });
  afterEach(async () => {
    await server?.close();
    cleanUp();
  });

  it('prints one object with every key, in order', async () => {
    await serve([answer({ text: 'a rhyme', cachedTokens: 2 }), answer('a prose text')]);
    place.write('n.promptnb', prompt('poem', '---\ncheck:\n  - contains: prose\nretry: 1\n---\nSay x.'));
    const { exit, ...whole } = await json([]);
    assert.equal(exit, 0);
    const [cell] = whole.cells;
    assert.deepEqual(Object.keys(whole), ['notebook', 'status', 'calls', 'usage', 'cost', 'cells']);
    assert.deepEqual(Object.keys(cell!), ['name', 'runId', 'status', 'text', 'value', 'model', 'source', 'calls', 'usage', 'cost', 'durationMs', 'checks', 'attempts', 'error', 'record']);
    assert.match(cell!.runId!, /^[0-9a-f]{6}$/);
    assert.ok(Number.isInteger(cell!.durationMs) && cell!.durationMs! >= 0);
    const [first, second] = server.log.map((request) => request.usage!);
    const usage = { inputTokens: first!.prompt_tokens + second!.prompt_tokens, outputTokens: 5, cachedInputTokens: 2, reasoningTokens: null, kind: 'provider' };
    const cost = { usd: (usage.inputTokens + 2 * usage.outputTokens) / 1e6, kind: 'calculated' };
    assert.deepEqual({ ...whole, cells: [{ ...cell, durationMs: 0 }] }, {
      notebook: 'n.promptnb', status: 'done', calls: 2, usage, cost,
      cells: [{
        name: 'poem', runId: cell!.runId, status: 'done', text: 'a prose text', value: 'a prose text', model: 'fast', source: 'live', calls: 2, usage, cost,
        durationMs: 0, checks: [{ name: 'contains: prose', passed: true, reason: (cell!.checks as { reason: string }[])[0]!.reason }], attempts: 2, error: null, record: `.promptnb/runs/${cell!.runId}.jsonl`,
      }],
    });
  });

  it('says null of what is unknown, never 0', async () => {
    await serve([answer({ text: 'x', usage: 'missing' })]);
    place.config(server.baseUrl, `  - id: unpriced\n    provider: openai\n    model: nobody-knows\n    baseUrl: ${server.baseUrl}\n    capabilities: { local: false }\n`);
    place.write('n.promptnb', prompt('', 'Say x.'));
    const { exit, ...whole } = await json(['--model', 'unpriced']);
    assert.equal(exit, 0);
    const [cell] = whole.cells;
    assert.equal(cell!.name, null);
    assert.deepEqual(whole.cost, { usd: null, kind: 'calculated' });
    assert.deepEqual(cell!.cost, { usd: null, kind: 'calculated' });
    // The server sent no usage, so the tokens are an estimate of ours; what cannot be estimated is unknown.
    const { inputTokens, outputTokens, ...rest } = cell!.usage as Record<string, unknown>;
    assert.ok(Number(inputTokens) > 0 && Number(outputTokens) > 0);
    assert.deepEqual(rest, { cachedInputTokens: null, reasoningTokens: null, kind: 'estimate' });
  });

  it('gives the error of every status but done and cancelled, and null of what was not begun', async () => {
    await serve([apiError(400, { message: 'no' })]);
    place.write('n.promptnb', `${prompt('a', 'Say x.')}\n${prompt('b', '{{a}}')}`);
    const { exit, ...whole } = await json([]);
    assert.deepEqual([exit, whole.status, whole.calls, whole.usage, whole.cost], [1, 'failed', 1, null, null]);
    const [a, b] = whole.cells;
    assert.deepEqual([a!.status, Object.keys(a!.error as object)], ['failed', ['code', 'message', 'hint']]);
    assert.deepEqual({ ...b }, {
      name: 'b', runId: null, status: 'skipped', text: '', value: null, model: null, source: null, calls: 0, usage: null, cost: null, durationMs: null, checks: [], attempts: 0,
      error: { code: 'dependency', message: 'It needs `a`, which failed.', hint: (a!.error as { message: string }).message }, record: null,
    });
  });

  it('lists the cells in the notebook’s order, whichever was ready first', async () => {
    await serve((request) => (JSON.stringify(request.body).includes('slow') ? answer({ text: 'one two three', paceMs: 30 }) : answer('x')));
    place.write('n.promptnb', `${prompt('slow', 'Be slow.')}\n${prompt('quick', 'Be quick.')}`);
    assert.deepEqual((await json([])).cells.map((cell) => cell.name), ['slow', 'quick']);
  });

  it('gives numbers, booleans and objects as values where the cell says its form', async () => {
    await serve([answer('{"stars": 5, "good": true}')]);
    place.write('n.promptnb', prompt('a', '---\noutput: { schema: { stars: integer, good: boolean } }\n---\nJudge.'));
    const [cell] = (await json([])).cells;
    assert.deepEqual([cell!.text, cell!.value], ['{"stars": 5, "good": true}', { stars: 5, good: true }]);
  });

  it('leaves text as the model wrote it', async () => {
    const wild = 'red \u001b[31mtext\u001b[0m \u202eback\r\nline\u0000';
    await serve([answer(wild)]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    assert.equal((await json([])).cells[0]!.text, wild);
  });

  it('tells progress on stderr, and with --quiet nothing', async () => {
    await serve([answer('x')]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    assert.match((await place.run(['run', 'n.promptnb', '--format', 'json'])).stderr, /^✓ fast/);
    assert.equal((await place.run(['run', 'n.promptnb', '--format', 'json', '--quiet'])).stderr, '');
  });

  describe('promptnb run --format jsonl', () => {
    it('prints each event with the id of its run; folded, they are the record', async () => {
      await serve([answer('one two'), answer('three')]);
      place.write('n.promptnb', `${prompt('a', 'Say x.')}\n${prompt('b', '{{a}}')}`);
      const { status, stdout } = await place.run(['run', 'n.promptnb', '--format', 'jsonl']);
      assert.equal(status, 0);
      assert.ok(stdout.endsWith('}\n'));
      const events = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as RunEvent & { readonly run: string });
      const ids = [...new Set(events.map((event) => event.run))];
      const records = place.records();
      assert.deepEqual(ids, records.map((record) => record.id));
      for (const record of records) {
        const folded = emptyRecord();
        for (const { run, ...event } of events) if (run === record.id) reduce(folded, event);
        assert.deepEqual(folded, record);
      }
      assert.equal(events.map((event) => (event.type === 'text-delta' ? event.text : '')).join(''), 'one twothree');
      assert.equal(events.filter((event) => event.type === 'run-start')[0]!.id, ids[0]);
    });

    it('prints them as they happen', async () => {
      await serve([stream(role, text('one'), stall)]);
      place.write('n.promptnb', prompt('a', 'Say x.'));
      const running = place.start(['run', 'n.promptnb', '--format', 'jsonl']);
      await running.seen('stdout', '"type":"text-delta"');
      running.child.kill('SIGINT');
      const { status, stdout } = await running.ended;
      assert.equal(status, 130);
      const last = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { type: string; status: string };
      assert.deepEqual([last.type, last.status], ['run-end', 'cancelled']);
    });

    it('prints nothing when nothing runs', async () => {
      place.write('n.promptnb', prompt('a', '{{nobody}}'));
      const { status, stdout } = await place.run(['run', 'n.promptnb', '--format', 'jsonl']);
      assert.deepEqual([status, stdout], [2, '']);
    });
  });
});
