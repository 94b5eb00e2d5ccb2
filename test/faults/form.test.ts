import assert from 'node:assert/strict';
import { answer, schemaAnswer } from '../servers/behaviours/good.ts';
import { baseRun } from '../../src/core/techniques/base.ts';
import { chatBody } from '../servers/log.ts';
import { drive, openModel, testHost } from './drive.ts';
import { output } from '../../src/core/techniques/output.ts';
import { refusesParameter } from '../servers/behaviours/status.ts';
import { startFaultServer, type FaultServer } from '../servers/fault-server.ts';

describe('A server that refuses the schema of the answer', () => {
  let server: FaultServer;
  afterEach(() => server.close());
  const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'], additionalProperties: false };
  const run = output.wrap!({ format: 'json', schema }, baseRun);

  it('is told the form in words at once, and from then on', async () => {
    server = await startFaultServer([refusesParameter('response_format', answer('{"a": 1}'))]);
    const host = testHost();
    const model = await openModel(server.baseUrl, host);
    for (const requests of [2, 3]) {
      const { outcome, record } = await drive({ model, host, run });
      assert.deepEqual([outcome.status, outcome.value, server.log.length], ['done', { a: 1 }, requests]);
      const last = chatBody(server.log.at(-1)!);
      assert.equal(last.response_format, undefined);
      assert.match(String(last.messages?.at(-1)?.content), /Answer with JSON only[^]*"integer"/);
      assert.equal(/refused the parameter `response_format`/.test(JSON.stringify(record.steps)), requests === 2);
    }
  });

  it('is not told in words where it takes the schema', async () => {
    server = await startFaultServer([schemaAnswer]);
    const host = testHost();
    const { outcome } = await drive({ model: await openModel(server.baseUrl, host), host, run });
    assert.equal(outcome.status, 'done');
    assert.doesNotMatch(String(chatBody(server.log[0]!).messages?.at(-1)?.content), /JSON/);
  });
});
