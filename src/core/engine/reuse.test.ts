import assert from 'node:assert/strict';
import { inHash } from './in-hash.ts';
import { readNotebook } from '../notebook/read.ts';
import { readProgram } from './program.ts';
import { reusable } from './reuse.ts';
import { scriptedModel } from '../../../test/scripted-model.ts';
import { testHost, userMessage } from '../../../test/faults/drive.ts';
import type { Message, Value } from '../prompt/message.ts';
import type { Model } from '../models/model.ts';

const fence = '```';
const host = testHost();
const model = scriptedModel(() => '');
const messages = [userMessage('Say x.')];

interface Given {
  readonly front?: string;
  readonly attributes?: string;
  readonly text?: string;
  readonly name?: string;
}

function notebook({ front = '', attributes = '', text = 'x', name = ' a' }: Given): { readonly hash: string; readonly reuse: (inputs?: { readonly messages?: readonly Message[]; readonly model?: Model }) => Promise<Value | null> } {
  const cell = `${fence}{prompt${name}}\n${front}Say x.\n${fence}\n`;
  const hash = inHash(readProgram(readNotebook(cell)).prompts[0]!, { messages, model, host });
  const program = readProgram(readNotebook(attributes === 'none' ? cell : `${cell}\n${fence}{output run=11aa22 ${attributes.replace('HASH', hash)}}\n${text}\n${fence}\n`));
  return { hash, reuse: (inputs = {}) => reusable(program.prompts[0]!, { program, messages, model, host, ...inputs }) };
}

const source = { kind: 'cell', name: 'a' } as const;

describe('The output under a cell', () => {
  it('is its value, not trusted, where it is of just what goes in', async () => {
    assert.deepEqual(await notebook({ attributes: 'in=HASH status=done' }).reuse(), { data: 'x', source, taint: [source] });
  });

  it('is the value that the cell declares', async () => {
    const front = '---\noutput: { schema: { n: integer } }\n---\n';
    assert.deepEqual((await notebook({ front, attributes: 'in=HASH status=done', text: '{"n": 5}' }).reuse())?.data, { n: 5 });
    assert.equal(await notebook({ front, attributes: 'in=HASH status=done', text: 'no value' }).reuse(), null);
    assert.equal((await notebook({ front: '---\noutput: { format: text }\n---\n', attributes: 'in=HASH status=done', text: '{"n": 5}' }).reuse())?.data, '{"n": 5}');
  });

  it('is kept where all its checks passed', async () => {
    assert.equal((await notebook({ attributes: 'in=HASH status=done checks=2/2' }).reuse())?.data, 'x');
  });

  const stale: readonly (readonly [what: string, given: Given])[] = [
    ['there is none', { attributes: 'none' }], ['it says nothing of what went in', { attributes: 'status=done' }], ['something else went in', { attributes: 'in=b7e0b7e0b7e0 status=done' }], ['it says no status', { attributes: 'in=HASH' }],
    ['it was cut', { attributes: 'in=HASH status=incomplete' }], ['it failed', { attributes: 'in=HASH status=failed' }], ['it has a status that nobody knows', { attributes: 'in=HASH status=great' }], ['a check failed', { attributes: 'in=HASH status=done checks=1/2' }], ['nobody can refer to the cell', { attributes: 'in=HASH status=done', name: '' }],
  ];
  for (const [what, given] of stale) it(`is not taken where ${what}`, async () => assert.equal(await notebook(given).reuse(), null));

  it('is stale with other messages and with another model', async () => {
    const { reuse } = notebook({ attributes: 'in=HASH status=done' });
    assert.equal(await reuse({ messages: [userMessage('Say y.')] }), null);
    assert.equal(await reuse({ model: { ...model, identity: 'openai other' } }), null);
  });
});

describe('The hash of what went in', () => {
  const cell = (front: string): Parameters<typeof inHash>[0] => readProgram(readNotebook(`${fence}{prompt a}\n${front}Say x.\n${fence}\n`)).prompts[0]!;
  const base = inHash(cell(''), { messages, model, host });
  const image = (url: string): Message => ({ role: 'user', content: [{ media: { url }, source: { kind: 'literal' }, taint: [] }] });

  it('is twelve hexadecimal digits', () => assert.match(base, /^[0-9a-f]{12}$/));

  const others: readonly (readonly [what: string, hash: string])[] = [
    ['words', inHash(cell(''), { messages: [userMessage('Say x!')], model, host })], ['roles', inHash(cell(''), { messages: [{ ...messages[0]!, role: 'system' }], model, host })], ['how words are parted', inHash(cell(''), { messages: [userMessage('Say'), userMessage('x.')], model, host })],
    ['the model', inHash(cell(''), { messages, model: { ...model, identity: 'other' }, host })], ['settings of the model list', inHash(cell(''), { messages, model: { ...model, config: { seed: 1 } }, host })],
    ['options', inHash(cell('---\nretry: 1\n---\n'), { messages, model, host })], ['settings', inHash(cell('---\nconfig: { temperature: 0 }\n---\n'), { messages, model, host })],
    ['images', inHash(cell(''), { messages: [image('data:image/png;base64,AA==')], model, host })], ['which image', inHash(cell(''), { messages: [image('data:image/png;base64,BB==')], model, host })],
  ];
  it(`tells apart ${others.map(([what]) => what).join(', ')}`, () => assert.equal(new Set([base, ...others.map(([, hash]) => hash)]).size, others.length + 1));

  it('does not depend on what changes no answer, nor on where words came from', () => {
    assert.equal(inHash(cell('---\nlimits: { calls: 5 }\nbudget: $1\ncache: off\ndescription: Tells.\n---\n'), { messages, model, host }), base);
    assert.equal(inHash(cell(''), { messages: [{ role: 'user', content: [{ text: 'Say', source: { kind: 'cell', name: 'b' }, taint: [] }, { text: ' x.', source: { kind: 'literal' }, taint: [] }] }], model: { ...model, id: 'alias' }, host }), base);
  });
});
