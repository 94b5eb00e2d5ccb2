import assert from 'node:assert/strict';
import { baseRun } from './base.ts';
import { drive, modelCalls, testHost, userMessage, type Driven, type Driving } from '../../../test/faults/drive.ts';
import { messageText } from '../prompt/message.ts';
import { ModelError, type Capabilities, type Model, type ModelRequest } from '../models/model.ts';
import { output, type OutputForm } from './output.ts';
import { parseOption } from '../../../test/parse-option.ts';
import { scriptedModel, type Answer, type ScriptedModel } from '../../../test/scripted-model.ts';

const person: OutputForm = { format: 'json', schema: { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] } };
const native: Capabilities = { ...scriptedModel(() => '').capabilities, jsonSchema: true };

function inTurn(answers: readonly Answer[], overrides: Partial<Model> = {}): ScriptedModel {
  let asked = 0;
  return scriptedModel(() => answers[Math.min(asked++, answers.length - 1)]!, overrides);
}

function shaped(form: OutputForm, model: ScriptedModel, driving: Partial<Driving> = {}): Promise<Driven> {
  return drive({ model, host: testHost(), run: output.wrap!(form, baseRun), ...driving });
}

function texts(request: ModelRequest): readonly string[] {
  return request.messages.map(messageText);
}

describe('The option output', () => {
  it('gives the value of an answer that follows the schema, and keeps its text', async () => {
    const model = inTurn(['{"age": 5}']);
    const { outcome, record } = await shaped(person, model);
    assert.deepEqual([outcome.status, outcome.text, outcome.value, record.calls], ['done', '{"age": 5}', { age: 5 }, 1]);
  });

  it('shows the schema to a model that takes none, at the end of what the person said last', async () => {
    const model = inTurn(['{"age": 5}']);
    await shaped(person, model, { request: { messages: [userMessage('Who?'), { ...userMessage('Ada.'), role: 'model' }, userMessage('How old?'), { ...userMessage('Be short.'), role: 'system' }] } });
    const [request] = model.requests;
    assert.deepEqual([texts(request!)[0], texts(request!)[1], texts(request!)[3], request!.output], ['Who?', 'Ada.', 'Be short.', undefined]);
    assert.match(texts(request!)[2]!, /^How old\?\n\nAnswer with JSON only, .*JSON Schema:\n\{"type":"object","properties":\{"age":\{"type":"integer"\}\},"required":\["age"\]\}$/s);
    assert.deepEqual(request!.messages[2]!.content.at(-1)!.source, { kind: 'option', name: 'output' });
  });

  it('asks for JSON in a message of its own where the person said nothing', async () => {
    const model = inTurn(['{"age": 5}']);
    await shaped(person, model, { request: { messages: [{ ...userMessage('Rules.'), role: 'system' }] } });
    assert.deepEqual(model.requests[0]!.messages.map((message) => message.role), ['system', 'user']);
    assert.match(texts(model.requests[0]!)[1]!, /^Answer with JSON only/);
  });

  it('gives a model that takes one the schema, and leaves the words alone', async () => {
    const model = inTurn(['{"age": 5}'], { capabilities: native });
    await shaped(person, model);
    assert.deepEqual([texts(model.requests[0]!), model.requests[0]!.output], [['Tell a story.'], { name: 'answer', schema: person.schema }]);
  });

  it('without a schema takes any JSON, and says so in words to every model', async () => {
    for (const capabilities of [native, { ...native, jsonSchema: false }]) {
      const model = inTurn(['[1, "a", null]'], { capabilities });
      const { outcome } = await shaped({ format: 'json' }, model);
      assert.deepEqual([outcome.value, model.requests[0]!.output], [[1, 'a', null], undefined]);
      assert.match(texts(model.requests[0]!)[0]!, /Answer with JSON only: no other text/);
    }
  });

  it('of text changes nothing', async () => {
    const model = inTurn(['{"age": 5}']);
    const { outcome } = await shaped({ format: 'text' }, model);
    assert.deepEqual([outcome.value, texts(model.requests[0]!)], ['{"age": 5}', ['Tell a story.']]);
  });

  it('repairs an answer once, with what was wrong with it', async () => {
    const model = inTurn(['{"age": "five"}', '{"age": 5}']);
    const { outcome, record } = await shaped(person, model);
    assert.deepEqual([outcome.status, outcome.value, outcome.text, record.calls], ['done', { age: 5 }, '{"age": 5}', 2]);
    assert.deepEqual(modelCalls(record).map((step) => step.purpose), ['answer', 'repair']);
    const told = texts(model.requests[1]!);
    assert.equal(told[1], '{"age": "five"}');
    assert.match(told[2]!, /^Your answer does not follow the form asked for:\n- age must be a whole number, is "five"\nAnswer again with the corrected JSON only\.$/);
  });

  it('fails with the text kept where the repair does not help', async () => {
    const { outcome, record } = await shaped(person, inTurn(['no JSON', '{"age": "six"}']));
    assert.deepEqual([outcome.status, outcome.error?.code, outcome.text, outcome.value, record.calls], ['failed', 'invalid-output', '{"age": "six"}', null, 2]);
    assert.match(outcome.error!.message, /^The answer does not follow the schema, and neither does its repair: .*age/);
    assert.ok(outcome.error!.hint !== null);
  });

  const cut: readonly (readonly [what: string, second: Answer, limits: Driving['limits'], status: string, code: string | undefined])[] = [
    ['fails', new ModelError('server', 'Broken.', { status: 500 }), {}, 'failed', 'server'],
    ['is over a limit', 'never asked', { calls: 1 }, 'limited', 'limit'],
    ['is cut', () => [{ type: 'text-delta', text: '{"age"' }, { type: 'finish', reason: 'length' }], {}, 'incomplete', 'incomplete'],
  ];
  for (const [what, second, limits, status, code] of cut) {
    it(`keeps the first answer where its repair ${what}`, async () => {
      const { outcome } = await shaped(person, inTurn(['not JSON', second]), limits === undefined ? {} : { limits });
      assert.deepEqual([outcome.status, outcome.error?.code, outcome.text, outcome.value], [status, code, 'not JSON', 'not JSON']);
    });
  }

  it('does not repair what did not come to its end', async () => {
    const { outcome, record } = await shaped(person, inTurn([() => [{ type: 'text-delta', text: '{"ag' }, { type: 'finish', reason: 'length' }]]));
    assert.deepEqual([outcome.status, outcome.text, record.calls], ['incomplete', '{"ag', 1]);
  });

  it('shows the schema where a server refuses it altogether', async () => {
    const model = scriptedModel((_text, request) => (request.output === undefined ? '{"age": 5}' : new ModelError('bad-request', 'Invalid schema for response_format.', { status: 400 })), { capabilities: native });
    const { outcome, record } = await shaped(person, model);
    assert.deepEqual([outcome.status, outcome.value, record.calls], ['done', { age: 5 }, 2]);
    assert.match(texts(model.requests[1]!)[0]!, /JSON Schema/);
  });

  it('shows the schema in the repair where a server takes none any more', async () => {
    let capabilities = native;
    const model: ScriptedModel = {
      ...scriptedModel((_text, request) => (capabilities.jsonSchema ? new ModelError('unsupported-parameter', 'No response_format.', { status: 400, parameter: 'response_format' }) : texts(request).join('').includes('JSON Schema') ? '{"age": 5}' : 'Ada is five.')),
      get capabilities() {
        return capabilities;
      },
      dropParameter: () => {
        capabilities = { ...native, jsonSchema: false };
        return true;
      },
    };
    const { outcome, record } = await shaped(person, model);
    assert.deepEqual([outcome.status, outcome.value, record.calls], ['done', { age: 5 }, 3]);
  });

  it('does not ask again in words after another failure', async () => {
    const { outcome, record } = await shaped(person, inTurn([new ModelError('auth', 'No key.', { status: 401 }), '{"age": 5}'], { capabilities: native }));
    assert.deepEqual([outcome.error?.code, record.calls], ['auth', 1]);
  });

  describe('is read', () => {
    const rows: readonly (readonly [yaml: string, value: OutputForm])[] = [
      ['{ format: text }', { format: 'text' }],
      ['{ format: json }', { format: 'json' }],
      ['{ schema: { type: object } }', { format: 'json', schema: { type: 'object' } }],
      ['{ format: json, schema: { type: string } }', { format: 'json', schema: { type: 'string' } }],
    ];
    for (const [yaml, value] of rows) it(`from ${yaml}`, () => assert.deepEqual(parseOption(output, yaml), { value, problems: [] }));

    it('from picoschema', () => {
      const { schema } = parseOption(output, '{ schema: { name: string, age?: integer } }').value!;
      assert.deepEqual((schema as { readonly required: unknown }).required, ['name']);
    });

    const wrong: readonly (readonly [yaml: string, says: RegExp])[] = [
      ['{}', /needs a `format` or a `schema`/], ['json', /must be a map/], ['{ format: xml }', /`output\.format` must be `text` or `json`, not `xml`/], ['{ format: text, schema: { type: string } }', /cannot have a `schema`/],
      ['{ shema: {} }', /Did you mean `schema`\?/], ['{ schema: { type: strin } }', /strin/],
    ];
    for (const [yaml, says] of wrong) it(`with a problem from ${yaml}`, () => assert.match(parseOption(output, yaml).problems.join('\n'), says));
  });
});
