import assert from 'node:assert/strict';
import { baseRun } from './base.ts';
import { createMeter } from '../engine/meter.ts';
import { drive, testHost, userMessage, type Driven, type Driving } from '../../../test/faults/drive.ts';
import { messageText } from '../prompt/message.ts';
import { ModelError, type ModelEvent, type ModelRequest } from '../models/model.ts';
import { parseOption } from '../../../test/parse-option.ts';
import { scriptedModel, type Answer, type ScriptedModel } from '../../../test/scripted-model.ts';
import { tools } from './tools.ts';
import type { Effect, Tool } from '../tools/tool.ts';

function tool(name: string, run: Tool['run'], effect: Effect = 'none'): Tool {
  return { name, description: `For tests: ${name}.`, parameters: { type: 'object' }, effect, run };
}

const echo = tool('echo', async (input) => ({ text: JSON.stringify(input) }));

/** Asks for tools, or answers. */
function calls(...asked: readonly (readonly [name: string, given: string])[]): Answer {
  return function* (): Iterable<ModelEvent> {
    for (const [index, [name, given]] of asked.entries()) yield { type: 'tool-call-delta', index, id: `id${index}`, name, arguments: given };
    yield { type: 'finish', reason: 'tool-calls' };
  };
}

function inTurn(answers: readonly Answer[], overrides: Parameters<typeof scriptedModel>[1] = {}): ScriptedModel {
  let asked = 0;
  return scriptedModel(() => answers[Math.min(asked++, answers.length - 1)]!, overrides);
}

function withTools(given: readonly Tool[], model: ScriptedModel, driving: Partial<Driving> = {}): Promise<Driven> {
  return drive({ model, host: testHost(), run: tools.wrap!(given, baseRun), ...driving });
}

/** What the model was told by the last request. */
function told(request: ModelRequest | undefined): readonly string[] {
  return request!.messages.filter((message) => message.role === 'tool').map(messageText);
}

describe('The option tools', () => {
  it('tells the model of its tools, runs what it asks for, and asks again until it answers', async () => {
    const model = inTurn([calls(['echo', '{"n":1}']), calls(['echo', '{"n":2}']), 'Done.']);
    const { outcome, record } = await withTools([echo], model);
    assert.deepEqual([outcome.status, outcome.text, outcome.value, record.calls], ['done', 'Done.', 'Done.', 3]);
    assert.deepEqual(model.requests.map((request) => request.tools), Array(3).fill([{ name: 'echo', description: 'For tests: echo.', parameters: { type: 'object' } }]));
    assert.deepEqual(model.requests[2]!.messages.map((message) => [message.role, messageText(message), message.toolCallId, message.toolCalls?.length]), [
      ['user', 'Tell a story.', undefined, undefined], ['model', '', undefined, 1], ['tool', '{"n":1}', 'id0', undefined], ['model', '', undefined, 1], ['tool', '{"n":2}', 'id0', undefined],
    ]);
    assert.deepEqual(record.steps.flatMap((step) => (step.kind === 'tool-call' ? [[step.name, step.arguments, step.output, step.failed, step.endedAt !== null]] : [])), [['echo', '{"n":1}', '{"n":1}', false, true], ['echo', '{"n":2}', '{"n":2}', false, true]]);
  });

  it('runs calls of one answer side by side, and gives their results back in order', async () => {
    const order: string[] = [];
    let open: () => void = () => undefined;
    const second = new Promise<void>((resolve) => (open = resolve));
    const slow = tool('slow', async () => {
      await second;
      order.push('slow');
      return { text: 's' };
    });
    const quick = tool('quick', async () => {
      order.push('quick');
      open();
      return { text: 'q' };
    });
    const model = inTurn([calls(['slow', '{}'], ['quick', '{}']), 'Done.']);
    await withTools([slow, quick], model);
    assert.deepEqual([order, told(model.requests[1])], [['quick', 'slow'], ['s', 'q']]);
  });

  it('does not trust what a tool says, nor what is made of it', async () => {
    const model = inTurn([calls(['echo', '{}']), 'Done.']);
    const { outcome } = await withTools([echo], model);
    assert.deepEqual(outcome.taint, [{ kind: 'tool', name: 'echo' }]);
    assert.deepEqual(model.requests[1]!.messages.at(-1)!.content[0]!.taint, [{ kind: 'tool', name: 'echo' }]);
  });

  it('gives the text after the last result where it is done, and all that was said where it is not', async () => {
    const says: Answer = () => [{ type: 'text-delta', text: 'Let me see.' }, { type: 'tool-call-delta', index: 0, id: 'a', name: 'echo', arguments: '{}' }, { type: 'finish', reason: 'tool-calls' }];
    assert.equal((await withTools([echo], inTurn([says, 'It is so.']))).outcome.text, 'It is so.');
    const { outcome } = await withTools([echo], inTurn([says, new ModelError('server', 'Broken.')]));
    assert.deepEqual([outcome.status, outcome.error?.code, outcome.text, outcome.value], ['failed', 'server', 'Let me see.', 'Let me see.']);
  });

  it('says so where the model takes no tools, and sends nothing', async () => {
    const model = inTurn(['x'], { capabilities: { ...scriptedModel(() => '').capabilities, tools: false } });
    const { outcome, record } = await withTools([echo], model);
    assert.deepEqual([outcome.status, outcome.error?.code, outcome.error?.message, record.calls], ['failed', 'unavailable', 'scripted takes no tools, and the cell gives it `echo`.', 0]);
    assert.equal((await withTools([], model)).outcome.text, 'x');
  });

  it('is stopped exactly at its steps, with what was said', async () => {
    const says: Answer = () => [{ type: 'text-delta', text: 'On.' }, { type: 'tool-call-delta', index: 0, id: 'a', name: 'echo', arguments: '{}' }, { type: 'finish', reason: 'tool-calls' }];
    for (const steps of [0, 1, 3]) {
      const { outcome, record } = await withTools([echo], inTurn([says]), { limits: { steps } });
      assert.deepEqual([outcome.status, record.limit, record.calls, outcome.text], ['limited', { name: 'steps', max: steps, used: steps }, steps, Array<string>(steps).fill('On.').join('\n\n')]);
    }
  });

  const failures: readonly (readonly [what: string, given: Tool, call: readonly [name: string, given: string], says: RegExp])[] = [
    ['throws', tool('broken', () => Promise.reject(new Error('no such order'))), ['broken', '{}'], /^Error: no such order$/],
    ['throws at once', tool('broken', () => { throw new Error('no such order'); }), ['broken', '{}'], /^Error: no such order$/],
    ['is not there', echo, ['ecko', '{}'], /^Error: there is no tool named "ecko"\. The tools are: echo\.$/],
    ['is given what does not fit', { ...echo, parameters: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } }, ['echo', '{"n":"x"}'], /^Error: The arguments do not fit the tool: n must be a whole number/],
    ['hangs', tool('hang', () => new Promise(() => undefined)), ['hang', '{}'], /^Error: hang did not end within 60 s, and was given up\.$/],
  ];
  for (const [what, given, call, says] of failures) {
    it(`tells the model of a tool that ${what}, and goes on`, async () => {
      const model = inTurn([calls([...call]), 'Done.']);
      const { outcome, record } = await withTools([given], model);
      assert.deepEqual([outcome.status, outcome.text, record.calls], ['done', 'Done.', 2]);
      assert.match(told(model.requests[1])[0]!, says);
      assert.deepEqual(record.steps.flatMap((step) => (step.kind === 'tool-call' ? [step.failed] : [])), [true]);
    });
  }

  it('tells a tool that takes too long to end, and one that is done nothing more', async () => {
    const signals: AbortSignal[] = [];
    const hang = tool('hang', (_input, { signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    await withTools([hang], inTurn([calls(['hang', '{}']), 'Done.']));
    assert.equal(signals[0]!.aborted, true);
    const waits: AbortSignal[] = [];
    const host = testHost({ sleep: (_ms, signal) => (waits.push(signal), new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))) });
    assert.equal((await withTools([echo], inTurn([calls(['echo', '{}']), 'Done.']), { host })).outcome.text, 'Done.');
    assert.deepEqual(waits.map((signal) => signal.aborted), [true], 'its clock is stopped');
  });

  it('cuts a result that is too long, between characters', async () => {
    for (const text of ['h'.repeat(200_000), `h${'😀'.repeat(100_000)}`]) {
      const model = inTurn([calls(['huge', '{}']), 'Done.']);
      await withTools([tool('huge', async () => ({ text }))], model);
      const [result] = told(model.requests[1]);
      assert.match(result!, /^h.{99999}\n\[cut: 1000\d\d more characters\]$/s);
      assert.ok(result!.isWellFormed());
    }
  });

  describe('that write or send', () => {
    for (const [effect, verb] of [['write', 'writes'], ['send', 'sends']] as const) {
      it(`are not run where nobody has allowed it: ${effect}`, async () => {
        let ran = 0;
        const acts = tool('act', async () => ({ text: `ran ${(ran += 1)}` }), effect);
        const model = inTurn([calls(['act', '{}']), 'Done.']);
        const { outcome, record } = await withTools([acts], model);
        assert.deepEqual([outcome.status, ran, told(model.requests[1])], ['done', 0, [`Error: act was not run. It ${verb}, and nobody has allowed that (--allow act).`]]);
        assert.deepEqual(record.steps.flatMap((step) => (step.kind === 'tool-call' ? [step.failed] : [])), [true]);
        const allowed = inTurn([calls(['act', '{}']), 'Done.']);
        await withTools([acts], allowed, { allowed: ['other', 'act'] });
        assert.deepEqual([ran, told(allowed.requests[1])], [1, ['ran 1']]);
      });
    }

    it('are allowed by their own name alone, and those that only read need nobody', async () => {
      let ran = 0;
      const run = async (): Promise<{ text: string }> => ({ text: `ran ${(ran += 1)}` });
      await withTools([tool('act', run, 'send'), tool('look', run, 'read')], inTurn([calls(['act', '{}'], ['look', '{}']), 'Done.']), { allowed: ['ac', 'acts', 'look'] });
      assert.equal(ran, 1);
    });
  });

  describe('that is stopped', () => {
    it('in a tool that does not listen, ends at once with what was said', async () => {
      const controller = new AbortController();
      const says: Answer = () => [{ type: 'text-delta', text: 'Let me see.' }, { type: 'tool-call-delta', index: 0, id: 'a', name: 'hang', arguments: '{}' }, { type: 'finish', reason: 'tool-calls' }];
      const hang = tool('hang', () => {
        controller.abort();
        return new Promise(() => undefined);
      });
      const { outcome, record } = await withTools([hang], inTurn([says, 'never']), { signal: controller.signal });
      assert.deepEqual([outcome.status, outcome.error, outcome.text, record.calls], ['cancelled', null, 'Let me see.', 1]);
    });

    it('by a limit of time in a tool, says which limit', async () => {
      const meter = createMeter({ seconds: 0 }, 'cell poem');
      const controller = new AbortController();
      const hang = tool('hang', () => {
        controller.abort(meter.deadline!.reason);
        return new Promise(() => undefined);
      });
      const { outcome, record } = await withTools([hang], inTurn([calls(['hang', '{}']), 'never']), { signal: controller.signal });
      assert.deepEqual([outcome.status, outcome.error?.code, record.limit?.name], ['limited', 'limit', 'seconds']);
    });
  });

  describe('is read', () => {
    it('as a list of names, or one', () => {
      assert.deepEqual(parseOption(tools, '[calculator]').value!.map((one) => one.name), ['calculator']);
      assert.deepEqual(parseOption(tools, 'calculator').value!.map((one) => one.name), ['calculator']);
    });

    const wrong: readonly (readonly [yaml: string, says: RegExp])[] = [
      ['[calculater]', /^There is no tool `calculater`\. Did you mean `calculator`\?$/], ['[nothing_like_it]', /^There is no tool `nothing_like_it`\. There is `calculator`\.$/], ['[5]', /^There is no tool `5`/], ['{ calculator: 1 }', /^A tool must be/],
    ];
    for (const [yaml, says] of wrong) it(`with a problem from ${yaml}`, () => assert.match(parseOption(tools, yaml).problems.join('\n'), says));
  });
});

describe('The base run', () => {
  it('counts a step for an answer and for a repair, none for a judge', async () => {
    const model = scriptedModel(() => 'x');
    for (const [purpose, status] of [['answer', 'limited'], ['repair', 'limited'], ['judge', 'done']] as const) {
      const { outcome, record } = await drive({ model, host: testHost(), run: baseRun, limits: { steps: 0 }, request: { purpose, messages: [userMessage('x')] } });
      assert.deepEqual([outcome.status, outcome.text, record.limit?.name ?? null], [status, status === 'done' ? 'x' : '', status === 'done' ? null : 'steps']);
    }
  });
});
