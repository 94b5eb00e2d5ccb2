import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { drive, key, modelCalls, openModel, testHost, type Driven, type TestHost } from './drive.ts';
import { faults } from './faults.ts';
import type { Fault, Site } from './fault.ts';
import { answer } from '../servers/behaviours/good.ts';
import type { LoggedRequest } from '../servers/log.ts';
import { startFaultServer, type Script } from '../servers/fault-server.ts';
import { trustTestAuthority } from './certificates.ts';

describe('Faults of a model call', () => {
  let distrust: () => void = () => {};
  before(() => (distrust = trustTestAuthority()));
  after(() => distrust());

  for (const fault of faults) {
    it(fault.name, async () => {
      const script: Script = fault.script ?? [answer('fine')];
      const site = await (fault.site ?? loopback)(script);
      try {
        await check(fault, site);
      } finally {
        await site.close();
      }
    });
  }

  it('has a row for each name', () => {
    assert.equal(new Set(faults.map((fault) => fault.name)).size, faults.length);
  });
});

async function loopback(script: Script): Promise<Site> {
  const server = await startFaultServer(script);
  return { baseUrl: server.baseUrl, server, close: () => server.close() };
}

async function check(fault: Fault, site: Site): Promise<void> {
  const host = testHost();
  const model = await openModel(site.baseUrl, host, fault.config);
  const { messages: _messages, output, tools: _tools, toolChoice: _choice, ...given } = fault.request ?? {};
  const request = { ...given, ...(output && { output }) };
  for (let call = 0; call < (fault.before ?? 0); call++) {
    const { outcome } = await drive({ model, host, request });
    assert.equal(outcome.status, 'done', 'a call before the one that is looked at');
    // The client may have the answer a moment before it counts the connection as free.
    await new Promise(setImmediate);
  }
  const wholeLog = site.server?.log ?? [];
  const seen = wholeLog.length;
  const waited = host.waits.length;
  const driven = await drive({ model, host, request });
  const log = fault.before === undefined ? wholeLog : wholeLog.slice(seen);
  await site.server?.until('every exchange is over', (entries) => entries.every((entry) => entry.end !== null));
  checkOutcome(fault, driven);
  checkRequests(fault, driven, log);
  checkTokens(fault, driven, log);
  checkWaits(fault, driven, host, waited);
  checkSecrets(driven);
  if (fault.expected.note !== undefined) assert.match(modelCalls(driven.record).flatMap((step) => step.notes).join('\n'), fault.expected.note);
  fault.expected.log?.(wholeLog);
}

function checkOutcome({ expected }: Fault, { outcome, record }: Driven): void {
  const { error } = outcome;
  assert.deepEqual({ status: outcome.status, code: error?.code }, { status: expected.status, code: expected.code ?? error?.code }, inspect(error));
  const text = expected.text ?? '';
  if (typeof text === 'string') assert.ok(outcome.text === text, `text is ${inspect(outcome.text.slice(0, 200))}`);
  else assert.match(outcome.text.slice(0, 2000), text);
  assert.equal(modelCalls(record).at(-1)?.text === outcome.text || error?.code === 'refusal', true, 'the record keeps the text');
  assert.equal(record.status, outcome.status);
  if (expected.status === 'done') return assert.equal(error, null);
  assert.ok(error !== null);
  assert.match(error.message, /^[^\p{Cc}\u2028\u2029]{10,500}$/u, 'the message is one line');
  assert.ok(error.hint !== null, `a hint says what to do: ${error.message}`);
  assert.match(error.hint, /^[^\p{Cc}\u2028\u2029]{10,300}$/u, 'the hint is one line');
  if (expected.message) assert.match(error.message, expected.message);
  if (expected.hint) assert.match(error.hint, expected.hint);
  if (expected.httpStatus !== undefined) assert.equal(error.status, expected.httpStatus);
}

function checkRequests({ expected }: Fault, { record, events }: Driven, log: readonly LoggedRequest[]): void {
  assert.equal(log.length, expected.requests, 'requests that the server saw');
  assert.equal(record.calls, expected.calls ?? log.length, 'calls in the record');
  const [step] = modelCalls(record);
  assert.equal(step?.tries.length, expected.tries ?? expected.calls ?? expected.requests, 'tries in the record');
  for (const type of ['request', 'wait'] as const) {
    const count = (end: 'start' | 'end'): number => events.filter((event) => event.type === `${type}-${end}`).length;
    assert.equal(count('start'), count('end'), `each ${type} that starts ends`);
  }
  assert.ok(step?.tries.every((one) => one.endedAt !== null && one.endedAt >= one.startedAt));
}

function checkTokens({ expected }: Fault, { record }: Driven, log: readonly LoggedRequest[]): void {
  const kind = expected.tokens ?? (expected.status === 'done' ? 'server' : expected.status === 'failed' ? 'none' : 'counted');
  const sent = log.map((request) => request.usage).filter((usage) => usage !== null);
  const input = sent.reduce((sum, usage) => sum + usage.prompt_tokens, 0);
  const output = sent.reduce((sum, usage) => sum + usage.completion_tokens, 0);
  if (kind === 'none') return assert.equal(record.usage, null);
  assert.ok(record.usage !== null, 'the record has a usage');
  if (kind === 'server') {
    assert.deepEqual([record.usage.inputTokens, record.usage.outputTokens, record.usage.kind], [input, output, 'provider']);
    return;
  }
  assert.equal(record.usage.kind, 'estimate');
  // What the server did send is in the sum, and what it did not send adds to it.
  assert.ok((record.usage.inputTokens ?? 0) >= input && (record.usage.outputTokens ?? 0) >= output, inspect(record.usage));
  if (expected.text !== undefined && expected.text !== '') assert.ok((record.usage.outputTokens ?? 0) > 0, 'the text that came is counted');
}

function checkWaits({ expected }: Fault, { events }: Driven, host: TestHost, before: number): void {
  const waits = host.waits.slice(before);
  assert.equal(events.filter((event) => event.type === 'wait-start').length, waits.length, 'a person sees every wait');
  assert.ok(waits.reduce((sum, ms) => sum + ms, 0) <= 60_000, 'waits are capped');
  for (const event of events) if (event.type === 'wait-start') assert.ok(event.until !== null && event.text !== '', 'a countdown');
  if (expected.waits === undefined) return;
  assert.equal(waits.length, expected.waits.length, `waits: ${waits.join(', ')}`);
  for (const [index, range] of expected.waits.entries()) {
    const [least, most] = typeof range === 'number' ? [range, range] : range;
    assert.ok(waits[index]! >= least && waits[index]! <= most, `wait ${index + 1} of ${waits[index]} ms is not within ${least} to ${most}`);
  }
}

function checkSecrets({ outcome, record, events }: Driven): void {
  for (const [name, value] of Object.entries({ outcome, record, events })) {
    assert.ok(!JSON.stringify(value).includes(key), `the key is in ${name}`);
    assert.ok(!inspect(value, { depth: 10, maxStringLength: 10_000, maxArrayLength: 200 }).includes(key), `the key is in the inspected ${name}`);
  }
}
