import assert from 'node:assert/strict';
import { createQueues } from '../../src/core/engine/queue.ts';
import { drive, modelCalls, openModel, testHost, type Driven } from './drive.ts';
import { headersOnly, silence } from '../servers/behaviours/connection.ts';
import { answer, toolsThenText } from '../servers/behaviours/good.ts';
import { rateLimited } from '../servers/behaviours/status.ts';
import { comment, done, finish, forever, role, stall, stream, text } from '../servers/behaviours/stream.ts';
import { sayNothing, startSocketServer } from '../servers/sockets.ts';
import { startFaultServer, type FaultServer, type Script } from '../servers/fault-server.ts';
import { retry } from '../../src/core/techniques/retry.ts';
import { baseRun } from '../../src/core/techniques/base.ts';
import { check } from '../../src/core/techniques/check.ts';
import { checkNode } from '../checks/run-check.ts';
import { createMeter } from '../../src/core/engine/meter.ts';
import { output } from '../../src/core/techniques/output.ts';
import { tools } from '../../src/core/techniques/tools.ts';
import type { Host } from '../../src/core/engine/host.ts';
import type { Run } from '../../src/core/techniques/technique.ts';
import type { RunEvent } from '../../src/core/trace/event.ts';
import type { Tool } from '../../src/core/tools/tool.ts';

/** The promise of the design: within this, the HTTP request has ended and the outcome is there. */
const promptMs = 100;

interface Phase {
  readonly name: string;
  readonly script: Script;
  /** The event at which to cancel; absent: when the server has the request. */
  readonly at?: (event: RunEvent) => boolean;
  readonly run?: Run;
  readonly host?: Partial<Host>;
  readonly text: string | RegExp;
  /** Requests that the server saw. */
  readonly requests: number;
  readonly check?: (driven: Driven) => void;
}

const slowStream = stream(role, text('Once', ' upon'), stall);
/** A wait that is one: the others of these tests take no time. */
const realSleep: Host['sleep'] = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
const hanging: Tool = { name: 'hang', description: 'Never ends, and does not listen.', parameters: { type: 'object' }, effect: 'none', run: () => new Promise(() => {}) };
const failing: Run = async (request, context) => {
  const outcome = await baseRun(request, context);
  return { ...outcome, checks: outcome.status === 'done' ? [{ name: 'never', passed: false, reason: 'as planned' }] : [] };
};

const phases: readonly Phase[] = [
  { name: 'before the headers', script: [silence], text: '', requests: 1 },
  { name: 'before the first token', script: [headersOnly], at: (event) => event.type === 'response-start', text: '', requests: 1 },
  { name: 'while only comments come', script: [stream(forever(5, comment()))], at: (event) => event.type === 'response-start', text: '', requests: 1 },
  { name: 'in the middle of a stream that stalls', script: [slowStream], at: (event) => event.type === 'text-delta' && event.text.endsWith('upon'), text: 'Once upon', requests: 1 },
  {
    name: 'in the middle of a fast stream',
    script: [stream(role, text('Once', ' upon'), forever(1, text(' again')))],
    at: (event) => event.type === 'text-delta' && event.text.includes('again'),
    text: /^Once upon/, requests: 1,
  },
  {
    name: 'while waiting to try again', script: [rateLimited({ 'retry-after': '30' })], host: { sleep: realSleep },
    at: (event) => event.type === 'wait-start' && event.reason === 'rate-limit', text: '', requests: 1,
    check: ({ record }) => assert.deepEqual(modelCalls(record)[0]?.waits.map((wait) => wait.endedAt !== null), [true]),
  },
  {
    name: 'between attempts', script: [answer('first'), answer('second')], run: retry.wrap!(3, failing),
    at: (event) => event.type === 'attempt-end', text: 'first', requests: 1,
    check: ({ record }) => assert.deepEqual(record.steps.flatMap((step) => (step.kind === 'attempt' ? [[step.text, step.kept]] : [])).slice(0, 1), [['first', true]]),
  },
  {
    name: 'in the second attempt', script: [answer('first'), slowStream], run: retry.wrap!(3, failing),
    at: (event) => event.type === 'text-delta' && event.text.endsWith('upon'), text: 'first', requests: 2,
    check: ({ record }) => assert.deepEqual(record.steps.flatMap((step) => (step.kind === 'attempt' ? [step.text] : [])), ['first', 'Once upon']),
  },
  {
    name: 'in a tool that does not listen', script: [toolsThenText([{ name: 'hang', arguments: '{}' }])], run: tools.wrap!([hanging], baseRun),
    at: (event) => event.type === 'tool-call-start', text: '', requests: 1,
    check: ({ record }) => assert.deepEqual(record.steps.flatMap((step) => (step.kind === 'tool-call' ? [step.failed] : [])), [true]),
  },
  {
    name: 'while its answer is judged', script: [answer('first'), slowStream], run: check.wrap!(check.parse(checkNode('check:\n  - It is short.\n')).value!, baseRun),
    at: (event) => event.type === 'text-delta' && event.text.endsWith('upon'), text: 'first', requests: 2,
    check: ({ outcome }) => assert.deepEqual(outcome.checks.map(({ passed }) => passed), [null]),
  },
  {
    name: 'while its answer is repaired', script: [answer('no JSON'), slowStream], run: output.wrap!({ format: 'json', schema: { type: 'object' } }, baseRun),
    at: (event) => event.type === 'text-delta' && event.text.endsWith('upon'), text: 'no JSON', requests: 2,
  },
  {
    name: 'in the request after a tool', script: [answer({ text: 'Let me see.', toolCalls: [{ name: 'note', arguments: '{}' }] }), slowStream],
    run: tools.wrap!([{ ...hanging, name: 'note', run: async () => ({ text: 'noted' }) }], baseRun),
    at: (event) => event.type === 'text-delta' && event.text.endsWith('upon'), text: 'Let me see.\n\nOnce upon', requests: 2,
  },
];

describe('Cancelling', () => {
  for (const phase of phases) {
    it(`${phase.name}: ends the request, keeps the text, is no failure`, () =>
      soon(async () => {
        const server = await startFaultServer(phase.script);
        try {
          return await cancelIn(phase, server);
        } finally {
          await server.close();
        }
      }));
  }

  it('while connecting: the connection is given up', () =>
    soon(async () => {
      let closedAt = 0;
      let connected: () => void = () => {};
      const whenConnected = new Promise<void>((resolve) => (connected = resolve));
      let closed: () => void = () => {};
      const whenClosed = new Promise<void>((resolve) => (closed = resolve));
      const server = await startSocketServer((socket) => {
        sayNothing(socket);
        socket.once('close', () => {
          closedAt = performance.now();
          closed();
        });
        connected();
      });
      try {
        const host = testHost();
        const controller = new AbortController();
        const driven = drive({ model: await openModel(`https://127.0.0.1:${server.port}/v1`, host), host, signal: controller.signal });
        await whenConnected;
        const abortedAt = performance.now();
        controller.abort();
        const { outcome, record } = await driven;
        const outcomeMs = performance.now() - abortedAt;
        // Nothing was asked of any server yet.
        assert.deepEqual([outcome.status, outcome.error, record.status, outcome.text, record.calls, record.usage], ['cancelled', null, 'cancelled', '', 0, null]);
        await whenClosed;
        return Math.max(outcomeMs, closedAt - abortedAt);
      } finally {
        await server.close();
      }
    }));

  it('while waiting for a free place: nothing is sent, nothing is counted, and the other call goes on', () =>
    soon(async () => {
      let release: () => void = () => {};
      const released = new Promise<void>((resolve) => (release = resolve));
      const server = await startFaultServer([stream(role, text('Once'), () => released, text(' upon'), finish(), done), answer('never')]);
      try {
        const host = testHost();
        const model = await openModel(server.baseUrl, host, { limits: { concurrency: 1 } });
        const queues = createQueues(() => host.now());
        const first = drive({ model, host, queues });
        await server.until('the first request', (log) => log.length === 1);
        const controller = new AbortController();
        let abortedAt = 0;
        const second = await drive({
          model, host, queues, signal: controller.signal,
          watch(event) {
            if (event.type !== 'wait-start') return;
            assert.equal(event.reason, 'queue');
            abortedAt = performance.now();
            controller.abort();
          },
        });
        const ms = performance.now() - abortedAt;
        assert.deepEqual([second.outcome.status, second.record.calls, second.record.usage, server.log.length], ['cancelled', 0, null, 1]);
        release();
        server.follow([answer('third')]);
        assert.equal((await first).outcome.text, 'Once upon');
        assert.equal((await drive({ model, host, queues })).outcome.text, 'third', 'the place is free again');
        return ms;
      } finally {
        await server.close();
      }
    }));

  it('while waiting for what another call may leave of a limit: nothing is sent', () =>
    soon(async () => {
      let release: () => void = () => {};
      const released = new Promise<void>((resolve) => (release = resolve));
      const server = await startFaultServer([stream(role, text('Once'), () => released, finish(), done), answer('never')]);
      try {
        const host = testHost();
        const model = await openModel(server.baseUrl, host);
        const meter = createMeter({ calls: 1 }, 'the run');
        const first = drive({ model, host, meter });
        await server.until('the first request', (log) => log.length === 1);
        const controller = new AbortController();
        const waiting = drive({ model, host, meter, signal: controller.signal });
        await new Promise(setImmediate);
        const abortedAt = performance.now();
        controller.abort();
        const second = await waiting;
        const ms = performance.now() - abortedAt;
        assert.deepEqual([second.outcome.status, second.outcome.error, second.record.calls, server.log.length], ['cancelled', null, 0, 1]);
        release();
        assert.equal((await first).outcome.text, 'Once');
        return ms;
      } finally {
        await server.close();
      }
    }));

  it('before it began: nothing is sent', async () => {
    const server = await startFaultServer([answer('never')]);
    try {
      const host = testHost();
      const { outcome, record } = await drive({ model: await openModel(server.baseUrl, host), host, signal: AbortSignal.abort() });
      assert.deepEqual([outcome.status, outcome.error, record.calls, server.log.length], ['cancelled', null, 0, 0]);
    } finally {
      await server.close();
    }
  });

  it('after the end changes nothing', async () => {
    const server = await startFaultServer([answer('fine')]);
    try {
      const host = testHost();
      const controller = new AbortController();
      const { outcome } = await drive({ model: await openModel(server.baseUrl, host), host, signal: controller.signal });
      controller.abort();
      assert.deepEqual([outcome.status, outcome.text, server.log[0]?.end], ['done', 'fine', 'complete']);
    } finally {
      await server.close();
    }
  });

  it('many at once: every request ends', async () => {
    const server = await startFaultServer([slowStream]);
    try {
      const host = testHost();
      const model = await openModel(server.baseUrl, host, { limits: { concurrency: 20 } });
      const controller = new AbortController();
      const queues = createQueues(() => host.now());
      const all = Array.from({ length: 20 }, () => drive({ model, host, queues, signal: controller.signal }));
      await server.until('all of them', (log) => log.length === 20);
      controller.abort();
      assert.ok((await Promise.all(all)).every(({ outcome, record }) => outcome.status === 'cancelled' && record.calls === 1));
      await server.until('all ended by the client', (log) => log.every((request) => request.end === 'client'), 1000);
    } finally {
      await server.close();
    }
  });
});

/** Runs a scenario that measures milliseconds: a busy machine may be late by chance, but not three times. */
async function soon(scenario: () => Promise<number>): Promise<void> {
  const measured: number[] = [];
  while (measured.length < 3) {
    measured.push(await scenario());
    if (measured.at(-1)! < promptMs) return;
  }
  assert.fail(`ended ${measured.map((ms) => `${Math.round(ms)} ms`).join(', ')} after the cancel`);
}

/** Cancels in this phase; the milliseconds until both the outcome was there and the server saw the end of every request. */
async function cancelIn(phase: Phase, server: FaultServer): Promise<number> {
  const host = testHost(phase.host);
  const model = await openModel(server.baseUrl, host);
  const controller = new AbortController();
  let abortedAt = 0;
  const abort = (): void => {
    if (abortedAt !== 0) return;
    abortedAt = performance.now();
    controller.abort();
  };
  const driving = drive({
    model, host, signal: controller.signal,
    ...(phase.run && { run: phase.run }),
    watch(event) {
      if (phase.at?.(event)) abort();
    },
  });
  if (phase.at === undefined) {
    await server.until('the request', (log) => log.length === 1);
    abort();
  }
  const driven = await driving;
  const outcomeMs = performance.now() - abortedAt;
  const { outcome, record } = driven;
  await server.until('every request is over', (log) => log.every((request) => request.end !== null));
  assert.deepEqual([outcome.status, outcome.error, record.status], ['cancelled', null, 'cancelled']);
  if (typeof phase.text === 'string') assert.equal(outcome.text, phase.text);
  else assert.match(outcome.text, phase.text);
  assert.deepEqual([server.log.length, record.calls], [phase.requests, phase.requests]);
  phase.check?.(driven);
  return Math.max(outcomeMs, (server.log.at(-1)?.endedAt ?? Infinity) - abortedAt);
}
