import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { mock } from 'node:test';
import { ModelError, type Model } from '../models/model.ts';
import { readNotebook } from '../notebook/read.ts';
import { readProgram } from './program.ts';
import { runNotebook, type NotebookRun, type NotebookOutcome } from './run-notebook.ts';
import { scriptedModel, type ScriptedModel } from '../../../test/scripted-model.ts';
import { writeBack } from './write-back.ts';
import { writeNotebook } from '../notebook/write.ts';
import type { CellResult } from './result.ts';
import type { CompletionCache, Host } from './host.ts';
import type { RunEvent } from '../trace/event.ts';

function host(overrides: Partial<Host> = {}): Host {
  let time = 1_000_000;
  return {
    now: () => (time += 1),
    random: () => 0.5,
    sleep: async (_ms, signal) => signal.throwIfAborted(),
    fetch,
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    secret: async () => undefined,
    readFile: async (path) => {
      if (path === 'notes.md') return new TextEncoder().encode('from a file');
      throw new Error('there is no such file.');
    },
    matches: async (pattern, flags, text) => new RegExp(pattern, flags).test(text),
    confirm: async () => false,
    ...overrides,
  };
}

interface Given extends Partial<Omit<NotebookRun, 'targets' | 'program' | 'models'>> {
  readonly cells?: readonly string[];
  readonly model?: Model;
}

async function run(text: string, { cells, model, ...given }: Given = {}): Promise<NotebookOutcome & { readonly text: string }> {
  const program = readProgram(readNotebook(text));
  const answering = model ?? echo();
  const targets = cells === undefined ? program.prompts : program.prompts.filter((cell) => cell.name !== null && cells.includes(cell.name));
  const outcome = await runNotebook({
    program, targets, host: host(), notebook: 'n.promptnb', signal: new AbortController().signal,
    models: {
      default: 'scripted',
      open: async (name) => {
        if (name !== 'scripted') throw new ModelError('model-missing', `There is no model ${name}.`, { sent: false });
        return answering;
      },
    },
    ...given,
  });
  return { ...outcome, text: outcome.kind === 'ran' ? writeNotebook(writeBack(program.notebook, outcome.cells)) : text };
}

function echo(): ScriptedModel {
  return scriptedModel((text) => `<${text}>`);
}

async function ran(text: string, given: Given = {}): Promise<readonly CellResult[]> {
  const outcome = await run(text, given);
  assert.equal(outcome.kind, 'ran', outcome.kind === 'refused' ? outcome.refusals[0]!.error.message : '');
  return (outcome as Extract<NotebookOutcome, { kind: 'ran' }>).cells;
}

const fence = '```';
const prompt = (name: string, body: string): string => `${fence}{prompt ${name}}\n${body}\n${fence}\n\n`;
const chain = `${fence}{text topic}\nclips\n${fence}\n\n${prompt('a', 'About {{topic}}.')}${prompt('b', 'Then {{a}}.')}${prompt('c', 'And {{a}} {{b}}.')}`;

describe('Running a notebook', () => {
  it('runs each cell once, after what it needs', async () => {
    const model = echo();
    const results = await ran(chain, { model });
    assert.deepEqual(results.map(({ name, status, text }) => [name, status, text]), [
      ['a', 'done', '<About clips.>'], ['b', 'done', '<Then <About clips.>.>'], ['c', 'done', '<And <About clips.> <Then <About clips.>.>.>'],
    ]);
    assert.equal(model.requests.length, 3);
  });

  it('runs independent cells side by side, as many as are allowed', async () => {
    for (const concurrency of [1, 3]) {
      let now = 0;
      let most = 0;
      const model = scriptedModel(() => async function* () {
        most = Math.max(most, (now += 1));
        await new Promise((resolve) => setImmediate(resolve));
        yield { type: 'text-delta', text: 'x' } as const;
        now -= 1;
        yield { type: 'finish', reason: 'stop' } as const;
      });
      await ran(Array.from({ length: 9 }, (_, index) => prompt(`p${index}`, 'Say x.')).join(''), { model, concurrency, cache: 'off' });
      assert.equal(most, concurrency);
    }
  });

  it('runs a chain of thousands without deep recursion', async () => {
    const count = 3000;
    const model = scriptedModel(() => 'x');
    const text = prompt('p0', 'Begin.') + Array.from({ length: count }, (_, index) => prompt(`p${index + 1}`, `Go on: {{p${index}}}`)).join('');
    const results = await ran(text, { model, cells: [`p${count}`] });
    assert.deepEqual([results.length, results.every((result) => result.status === 'done')], [count + 1, true]);
  });

  it('does not run again what is needed and up to date', async () => {
    const first = await run(chain);
    const model = echo();
    const results = await ran(first.text, { model, cells: ['c'] });
    assert.deepEqual(results.map((result) => result.name), ['c']);
    assert.equal(model.requests.length, 1);
    assert.match(JSON.stringify(model.requests[0]!.messages), /Then <About clips/);
  });

  it('marks what comes from outputs in the file as not trusted', async () => {
    const first = await run(chain);
    const [result] = await ran(first.text, { cells: ['c'] });
    assert.deepEqual(result!.taint, [{ kind: 'cell', name: 'a' }, { kind: 'cell', name: 'b' }]);
  });

  for (const [what, edit] of [
    ['the data', (text: string) => text.replace('\nclips\n', '\npins\n')],
    ['the prompt', (text: string) => text.replace('About {{topic}}', 'Now about {{topic}}')],
    ['an option', (text: string) => text.replace('About {{topic}}', '---\nconfig: { temperature: 0.5 }\n---\nAbout {{topic}}')],
    ['the output itself', (text: string) => text.replace('status=done', 'status=failed')],
  ] as const) {
    it(`runs again what is stale, since ${what} has changed`, async () => {
      const first = await run(chain);
      const model = echo();
      await ran(edit(first.text), { model, cells: ['a', 'b'] });
      assert.equal(model.requests.length, 2);
      const needed = echo();
      const names = (await ran(edit(first.text), { model: needed, cells: ['b'] })).map((result) => result.name);
      assert.deepEqual(names, ['a', 'b']);
    });
  }

  it('leaves the file as it is when nothing has changed', async () => {
    const first = await run(chain);
    const second = await run(first.text);
    assert.equal(second.text, first.text);
  });

  it('keeps no output in the file where that is turned off', async () => {
    const first = await run(chain);
    const program = readProgram(readNotebook(first.text));
    const written = writeNotebook(writeBack(program.notebook, (first as Extract<NotebookOutcome, { kind: 'ran' }>).cells, 'none'));
    assert.equal(written, chain);
  });

  it('answers from the cache what was answered before, and says so', async () => {
    const kept = new Map<string, string>();
    const cache: CompletionCache = { get: async (key) => kept.get(key), put: async (key, text) => void kept.set(key, text) };
    const model = echo();
    await ran(chain, { model, host: host({ cache }) });
    const again = await ran(chain, { model, host: host({ cache }) });
    assert.equal(model.requests.length, 3);
    assert.deepEqual(again.map(({ source, calls, cost, usage }) => [source, calls, cost?.usd, usage?.inputTokens]), [['cache', 0, 0, 0], ['cache', 0, 0, 0], ['cache', 0, 0, 0]]);
    await ran(chain, { model, host: host({ cache }), cache: 'refresh' });
    assert.equal(model.requests.length, 6);
    for (const key of kept.keys()) kept.set(key, '{"damaged');
    await ran(chain, { model, host: host({ cache }) });
    assert.equal(model.requests.length, 9);
  });

  it('skips what needs a failed cell, and says which', async () => {
    const model = scriptedModel((text) => (text.startsWith('Then') ? new ModelError('server', 'Broken.', { status: 500 }) : 'fine'));
    const results = await ran(chain, { model });
    assert.deepEqual(results.map(({ status, error }) => [status, error?.code ?? null]), [['done', null], ['failed', 'server'], ['skipped', 'dependency']]);
    assert.match(results[2]!.error!.message, /`b`/);
    assert.deepEqual([results[2]!.runId, results[2]!.calls, results[2]!.usage], [null, 0, null]);
  });

  it('holds dependents back when a check fails, unless it only warns', async () => {
    const text = (warn: string): string => `${fence}{prompt a}\n---\ncheck:\n  - contains: z\n${warn}---\nSay x.\n${fence}\n\n${prompt('b', 'Then {{a}}.')}`;
    const held = await ran(text(''), {});
    assert.deepEqual(held.map(({ status, checks }) => [status, checks.map((check) => check.passed)]), [['done', [false]], ['skipped', []]]);
    assert.match(held[1]!.error!.message, /check/);
    const warned = await ran(text('    warn: true\n'), {});
    assert.deepEqual(warned.map(({ status }) => status), ['done', 'done']);
  });

  it('sends nothing more after a refused key', async () => {
    const model = scriptedModel(() => new ModelError('auth', 'The key was refused.', { status: 401 }));
    const results = await ran([1, 2, 3, 4].map((number) => prompt(`p${number}`, 'Say x.')).join(''), { model, concurrency: 1 });
    assert.equal(model.requests.length, 1);
    assert.deepEqual(results.map(({ status, error }) => [status, error?.code]), [['failed', 'auth'], ['skipped', 'auth'], ['skipped', 'auth'], ['skipped', 'auth']]);
  });

  it('asks anew for a target that is up to date where that is wanted, and takes others from the cache', async () => {
    const kept = new Map<string, string>();
    const cache: CompletionCache = { get: async (key) => kept.get(key), put: async (key, text) => void kept.set(key, text) };
    const first = await run(chain, { host: host({ cache }) });
    const model = echo();
    const outcome = await ran(first.text, { model, cells: ['b'], again: true, host: host({ cache }) });
    assert.deepEqual(outcome.map(({ name, source }) => [name, source]), [['b', 'live']]);
    const stale = await ran(first.text.replace('status=done', 'status=failed'), { model, cells: ['a'], again: true, host: host({ cache }) });
    assert.deepEqual(stale.map(({ name, source }) => [name, source]), [['a', 'cache']]);
    assert.equal(model.requests.length, 1);
  });

  for (const [what, askFirst, asked] of [
    ['it is small enough', { calls: 3, cost: 1 }, null], ['nobody wants that', undefined, null],
    ['it has many requests', { calls: 2 }, /^This run sends at least 3 requests with \d+ tokens\. They cost at least \$0\.0\d+\. Run\?$/],
    ['it is dear', { cost: 0.000001 }, /at least 3 requests/],
  ] as const) {
    it(`asks before a run of some size, or not, since ${what}`, async () => {
      for (const answer of [true, false]) {
        const questions: string[] = [];
        const model = echo();
        const confirm = async ({ message }: { readonly message: string }): Promise<boolean> => questions.push(message) > 0 && answer;
        const results = await ran(chain, { model, host: host({ confirm }), ...(askFirst !== undefined && { askFirst }) });
        const sent = asked === null || answer;
        assert.deepEqual([questions.length, model.requests.length, results.map((result) => result.status)], [asked === null ? 0 : 1, sent ? 3 : 0, Array.from({ length: 3 }, () => (sent ? 'done' : 'cancelled'))]);
        if (asked !== null) assert.match(questions[0]!, asked);
      }
    });
  }

  it('cancels one cell and what needs it while others go on', async () => {
    const one = new AbortController();
    const model = scriptedModel((text) => async function* (_request, signal) {
      yield { type: 'text-delta', text: 'so far' } as const;
      if (text.startsWith('First')) one.abort(new DOMException('stop', 'AbortError'));
      signal.throwIfAborted();
      yield { type: 'finish', reason: 'stop' } as const;
    });
    const text = `${prompt('a', 'First.')}${prompt('b', 'After {{a}}.')}${prompt('c', 'Alone.')}`;
    const results = await ran(text, { model, signalOf: (cell) => (cell.name === 'a' ? one.signal : undefined) });
    assert.deepEqual(results.map(({ name, status, text: made }) => [name, status, made]), [['a', 'cancelled', 'so far'], ['b', 'cancelled', ''], ['c', 'done', 'so far']]);
  });

  it('sends nothing more after a refused key: neither from cells that wait for a place, nor from their techniques', async () => {
    const model = scriptedModel((text) => (text.includes('first') ? new ModelError('permission', 'It may not be used.', { status: 403 }) : 'x'), { concurrency: { key: 'one', limit: 1 } });
    const results = await ran(prompt('a', 'Say first.') + [2, 3, 4].map((number) => prompt(`p${number}`, '---\ncheck:\n  - contains: z\nretry: 3\n---\nSay x.')).join(''), { model });
    assert.equal(model.requests.length, 1);
    assert.deepEqual(results.map(({ status, error, calls }) => [status, error?.code, calls]), [['failed', 'permission', 1], ['failed', 'permission', 0], ['failed', 'permission', 0], ['failed', 'permission', 0]]);
    assert.match(results[1]!.error!.message, /^Not sent, since another cell was refused: It may not be used\.$/);
  });

  it('takes any number for how many may run side by side', async () => {
    const results = await ran(prompt('a', 'x') + prompt('b', 'y'), { concurrency: 2 ** 40 });
    assert.deepEqual(results.map((result) => result.status), ['done', 'done']);
  });

  it('keeps what was made when it is cancelled, and begins nothing more', async () => {
    const controller = new AbortController();
    const model = scriptedModel(() => async function* (_request, signal) {
      yield { type: 'text-delta', text: 'so far' } as const;
      controller.abort(new DOMException('stop', 'AbortError'));
      signal.throwIfAborted();
    });
    const results = await ran(chain, { model, signal: controller.signal });
    assert.deepEqual(results.map(({ status, text, error }) => [status, text, error]), [['cancelled', 'so far', null], ['cancelled', '', null], ['cancelled', '', null]]);
  });

  for (const [name, text, code] of [
    ['an unknown name', prompt('a', 'About {{topik}}.'), 'problem'],
    ['a cycle', prompt('a', '{{b}}') + prompt('b', '{{a}}'), 'problem'],
    ['a newer version', `---\npromptnb: 2\n---\n${prompt('a', 'x')}`, 'problem'],
    ['damaged data that is needed', `${fence}{json d}\n{"x": \n${fence}\n\n${prompt('a', '{{d}}')}`, 'problem'],
    ['an unknown model', `${fence}{prompt a}\n---\nmodel: nobody\n---\nx\n${fence}\n`, 'model-missing'],
    ['a parameter without a value', `---\nparams:\n  topic:\n---\n${prompt('a', '{{topic}}')}`, 'missing-input'],
  ] as const) {
    it(`sends nothing at all with ${name}`, async () => {
      const model = echo();
      const outcome = await run(text + prompt('good', 'Say x.'), { model });
      assert.equal(outcome.kind, 'refused');
      assert.equal((outcome as Extract<NotebookOutcome, { kind: 'refused' }>).refusals[0]!.error.code, code);
      assert.equal(model.requests.length, 0);
    });
  }

  it('does not mind problems of cells that are not to run', async () => {
    const results = await ran(prompt('bad', '{{nobody}}') + prompt('good', 'Say x.'), { cells: ['good'] });
    assert.deepEqual(results.map((result) => result.status), ['done']);
  });

  it('reads files of data cells, and does not trust them', async () => {
    const text = `${fence}{text notes file=notes.md}\n${fence}\n\n${fence}{text gone file=gone.md}\n${fence}\n\n${prompt('a', '{{notes}}')}${prompt('b', '{{gone}}')}`;
    const results = await ran(text);
    assert.deepEqual(results.map(({ status, text: said, error }) => [status, said, error?.code ?? null]), [['done', '<from a file>', null], ['failed', '', 'file']]);
    assert.deepEqual(results[0]!.taint, [{ kind: 'file', path: 'notes.md' }]);
  });

  it('gives inputs their value, default, or the cell of their name', async () => {
    const text = `${fence}{text topic}\npins\n${fence}\n\n${fence}{prompt a}\n---\ninput:\n  schema: { topic: string, style: string, tone: string }\n  default: { style: plain }\n---\n{{topic}} {{style}} {{tone}}\n${fence}\n`;
    const model = echo();
    const refused = await run(text, { model });
    assert.deepEqual(refused.kind === 'refused' && refused.refusals.map(({ cell, error }) => [cell?.name, error.code, error.message]), [['a', 'missing-input', 'The input `tone` of cell a has no value.']]);
    assert.equal(model.requests.length, 0);
    const [given] = await ran(text, { inputs: new Map([['tone', 'warm']]) });
    assert.equal(given!.text, '<pins plain warm>');
  });

  it('counts all cells together', async () => {
    const outcome = (await run(chain)) as Extract<NotebookOutcome, { kind: 'ran' }>;
    assert.deepEqual([outcome.calls, outcome.usage!.inputTokens, outcome.usage!.outputTokens], [3, 2 + 3 + 6, 2 + 3 + 6]);
    assert.ok(Math.abs(outcome.cost!.usd! - (11 + 22) / 1e6) < 1e-12);
  });

  describe('holds limits and budgets', () => {
    const many = Array.from({ length: 6 }, (_, index) => prompt(`p${index}`, `Say x ${index}.`)).join('');

    it('of calls, exactly', async () => {
      const model = echo();
      const results = await ran(`---\nlimits: { calls: 4 }\n---\n${many}`, { model });
      assert.equal(model.requests.length, 4);
      assert.deepEqual(results.filter((result) => result.status === 'limited').map(({ error, limit }) => [error?.code, limit?.name]), [['limit', 'calls'], ['limit', 'calls']]);
    });

    for (const where of ['notebook', 'cell', 'command'] as const) {
      it(`of seconds, of the ${where}`, async () => {
        mock.timers.enable({ apis: ['setTimeout'] });
        try {
          const hangs = scriptedModel(() => async function* (_request, signal) {
            yield { type: 'text-delta', text: 'so far' } as const;
            mock.timers.tick(4999);
            assert.equal(signal.aborted, false);
            mock.timers.tick(1);
            signal.throwIfAborted();
          });
          const limited = '---\nlimits: { seconds: 5 }\n---\n';
          const text = where === 'notebook' ? `${limited}${prompt('a', 'x')}` : prompt('a', where === 'cell' ? `${limited}x` : 'x');
          const results = await ran(text + prompt('b', '{{a}}'), { model: hangs, ...(where === 'command' && { limits: { seconds: 5 } }) });
          assert.deepEqual(results.map(({ status, text: said, limit }) => [status, said, limit?.name ?? null]), [['limited', 'so far', 'seconds'], ['skipped', '', null]]);
        } finally {
          mock.timers.reset();
        }
      });
    }

    it('of a cell, besides the notebook’s', async () => {
      const model = scriptedModel(() => 'no');
      const [result] = await ran(`${fence}{prompt a}\n---\ncheck:\n  - contains: z\nretry: 5\nlimits: { calls: 2 }\n---\nSay z.\n${fence}\n`, { model });
      assert.deepEqual([result!.status, result!.limit?.name, model.requests.length, result!.text], ['limited', 'calls', 2, 'no']);
    });

    it('refuses before anything is sent when the estimate is over the budget', async () => {
      const model = echo();
      for (const [budget, refused] of [[{ tokens: 17 }, true], [{ tokens: 1000 }, false], [{ cost: 0.000017 }, true]] as const) {
        const before = model.requests.length;
        const results = await ran(many, { model, budget });
        assert.deepEqual(results.map((result) => result.error?.code === 'budget'), Array(6).fill(refused));
        assert.equal(model.requests.length - before, refused ? 0 : 6);
      }
    });

    it('estimates what will run, and not what is up to date', async () => {
      const text = prompt('a', `Say ${'so '.repeat(100)}`) + prompt('b', 'Then go on, after {{#if a}}that{{/if}}.');
      const first = await run(text, { model: scriptedModel(() => 'x') });
      const only = { cells: ['b'], budget: { tokens: 50 }, model: scriptedModel(() => 'x') };
      assert.deepEqual((await ran(first.text, only)).map(({ name, status }) => [name, status]), [['b', 'done']]);
      assert.deepEqual((await ran(text, only)).map(({ name, error }) => [name, error?.code]), [['b', 'budget']], 'without its output `a` runs, too');
      assert.deepEqual((await ran(first.text, { ...only, cells: ['a', 'b'] })).map(({ error }) => error?.code), ['budget', 'budget'], 'what is asked for itself runs in any case');
    });

    it('runs over the budget when the person says so', async () => {
      const model = echo();
      const asked: string[] = [];
      const results = await ran(many, { model, budget: { tokens: 17 }, host: host({ confirm: async ({ message }) => asked.push(message) > 0 }) });
      assert.deepEqual([asked.length, results.every((result) => result.status === 'done')], [1, true]);
    });

    it('refuses a cost budget for a model without a price', async () => {
      const model = scriptedModel(() => 'x', { price: null });
      const [result] = await ran(prompt('a', 'Say x.'), { model, budget: { cost: 1 } });
      assert.deepEqual([result!.error?.code, model.requests.length], ['budget', 0]);
      assert.match(result!.error!.hint!, /price:/);
    });

    it('refuses a cell over its own budget, and runs the others', async () => {
      const model = echo();
      const results = await ran(`${fence}{prompt a}\n---\nbudget: 2 tokens\n---\nSay these many words.\n${fence}\n\n${prompt('b', 'Say x.')}`, { model });
      assert.deepEqual(results.map(({ status, error }) => [status, error?.code ?? null]), [['failed', 'budget'], ['done', null]]);
      assert.equal(model.requests.length, 1);
    });
  });

  it('keeps every attempt of the poem that must not rhyme, and the best', async () => {
    const text = `${fence}{prompt poem}\n---\ncheck:\n  - The poem does not rhyme.\nretry: 2\n---\nWrite a poem that does not rhyme.\n${fence}\n`;
    const poems = ['Cat, hat.', 'Steel loops wait.'];
    const model = scriptedModel((last, request) => {
      if (JSON.stringify(request.messages).includes('"results"') || last.includes('Cat, hat') && !last.startsWith('Your')) return JSON.stringify({ results: [{ passed: !JSON.stringify(request.messages).includes('Cat, hat.') || JSON.stringify(request.messages).includes('Steel'), reason: 'read aloud' }] });
      return poems.shift()!;
    });
    const events: RunEvent[] = [];
    const [result] = await ran(text, { model, watch: (event) => events.push(event) });
    assert.deepEqual([result!.status, result!.text, result!.attempts, result!.checks[0]!.passed], ['done', 'Steel loops wait.', 2, true]);
    const attempts = events.filter((event) => event.type === 'attempt-end');
    assert.deepEqual(attempts.map(({ text: said, passed, kept }) => [said, passed, kept]), [['Cat, hat.', 0, true], ['Steel loops wait.', 1, true]]);
  });

  it('runs on when no record can be written, and says why', async () => {
    const [result] = await ran(prompt('a', 'Say x.'), { host: host({ records: { create: async () => { throw new Error('ENOSPC: no space left'); } } }) });
    assert.deepEqual([result!.status, result!.record, result!.recordError], ['done', null, 'ENOSPC: no space left']);
  });

  it('turns a defect in one cell into its failure', async () => {
    const model = scriptedModel((text) => {
      if (text.includes('bad')) throw new TypeError('a defect');
      return 'x';
    });
    const hash = (text: string): string => {
      if (text.includes('unlucky')) throw new RangeError('Invalid string length');
      return createHash('sha256').update(text).digest('hex');
    };
    const early = await ran(prompt('a', 'unlucky') + prompt('b', 'good') + prompt('c', '{{a}}'), { host: host({ hash }) });
    assert.deepEqual(early.map(({ status, error }) => [status, error?.code ?? null]), [['failed', 'internal'], ['done', null], ['skipped', 'dependency']]);
    for (const limit of [1, 4]) {
      const results = await ran(prompt('a', 'bad') + prompt('b', 'good'), { model: { ...model, concurrency: { key: `${limit}`, limit } } });
      assert.deepEqual(results.map(({ status, error }) => [status, error?.code ?? null]), [['failed', 'internal'], ['done', null]]);
    }
  });

  describe('any graph of cells', () => {
    interface Plan {
      /** Which of the cells before it each one uses. */
      readonly uses: readonly (readonly number[])[];
      readonly fails: readonly boolean[];
      readonly concurrency: number;
      readonly calls: number | undefined;
      readonly turns: readonly number[];
    }
    const plans: fc.Arbitrary<Plan> = fc.integer({ min: 1, max: 12 }).chain((count) =>
      fc.record({
        uses: fc.tuple(...Array.from({ length: count }, (_, index) => fc.uniqueArray(fc.nat(Math.max(0, index - 1)), { maxLength: Math.min(index, 3) }))),
        fails: fc.array(fc.boolean(), { minLength: count, maxLength: count }).map((all) => all.map((yes, index) => yes && index % 3 === 0)),
        concurrency: fc.integer({ min: 1, max: 4 }),
        calls: fc.option(fc.nat(12), { nil: undefined }),
        turns: fc.array(fc.nat(4), { minLength: count, maxLength: count }),
      }),
    );

    it('runs each once, after what it uses, as many as may side by side, skips what uses one without a result, and counts what was sent', () =>
      fc.assert(
        fc.asyncProperty(plans, async ({ uses, fails, concurrency, calls, turns }) => {
          const text = uses.map((names, index) => prompt(`c${index}`, `This is #${index}. ${names.map((name) => `{{c${name}}}`).join(' ')}`)).join('');
          const ended: number[] = [];
          let now = 0;
          const model = scriptedModel((said) => async function* () {
            const index = Number(/^This is #(\d+)\./.exec(said)![1]);
            assert.ok((now += 1) <= concurrency);
            assert.ok(uses[index]!.every((name) => ended.includes(name)), `${index} before ${uses[index]!.join()}`);
            for (let turn = 0; turn < turns[index]!; turn++) await Promise.resolve();
            now -= 1;
            ended.push(index);
            if (fails[index]) throw new ModelError('bad-request', 'No.', { status: 400 });
            yield { type: 'text-delta', text: `<${index}>` } as const;
            yield { type: 'usage', usage: { inputTokens: 3, outputTokens: 2, cachedInputTokens: 0, reasoningTokens: null, kind: 'provider' } } as const;
            yield { type: 'finish', reason: 'stop' } as const;
          });
          const outcome = (await run(text, { model, concurrency, ...(calls !== undefined && { limits: { calls } }) })) as Extract<NotebookOutcome, { kind: 'ran' }>;
          assert.deepEqual(outcome.cells.map((cell) => cell.name), uses.map((_, index) => `c${index}`));
          assert.equal(new Set(ended).size, ended.length, 'each is asked once');
          assert.ok(ended.length <= (calls ?? Infinity));
          const usable = (index: number): boolean => outcome.cells[index]!.status === 'done';
          for (const [index, cell] of outcome.cells.entries()) {
            const status = !uses[index]!.every(usable) ? 'skipped' : !ended.includes(index) ? 'limited' : fails[index] ? 'failed' : 'done';
            assert.equal(cell.status, status);
          }
          if (outcome.cells.some((cell) => cell.status === 'limited')) assert.equal(ended.length, calls);
          const done = outcome.cells.filter((cell) => cell.status === 'done').length;
          assert.deepEqual([model.requests.length, outcome.calls, outcome.usage?.inputTokens ?? 0, outcome.usage?.outputTokens ?? 0], [ended.length, ended.length, 3 * done, 2 * done]);
        }),
        { numRuns: 200 },
      ));
  });
});
