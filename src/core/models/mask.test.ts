import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keyFilter, maskKey } from './mask.ts';
import type { ModelEvent } from './model.ts';

const key = 'aabaac-Zq7k93Kd0';

function through(events: readonly ModelEvent[], secret: string | undefined = key): readonly ModelEvent[] {
  const filter = keyFilter(secret);
  if (filter === undefined) return events;
  return [...events.flatMap((event) => filter.take(event)), ...filter.rest()];
}

function textOf(events: readonly ModelEvent[], type: ModelEvent['type'] = 'text-delta'): string {
  return events.map((event) => (event.type === type && 'text' in event ? event.text : '')).join('');
}

/** A text cut at any places. */
const pieces = (parts: fc.Arbitrary<string>) => fc.tuple(fc.array(parts, { maxLength: 12 }), fc.array(fc.nat({ max: 60 }), { maxLength: 8 })).map(([texts, cuts]) => {
  const text = texts.join('');
  const places = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
  return { text, pieces: places.slice(1).map((end, index) => text.slice(places[index], end)) };
});

describe('maskKey', () => {
  const rows: readonly (readonly [text: string, secret: string | undefined, expected: string])[] = [
    ['bad key abcd1234efgh', 'abcd1234efgh', 'bad key [key]'],
    ['twice abcd1234efgh abcd1234efgh', 'abcd1234efgh', 'twice [key] [key]'],
    ['Incorrect API key provided: sk-abc***wxyz.', undefined, 'Incorrect API key provided: [key]'],
    ['gsk-1234567 xai-1234567 AIzaSyA1234567890123456789012', undefined, '[key] [key] [key]'],
    ['a key-value store and a sk-y', undefined, 'a key-value store and a sk-y'],
    ['ollama is not running', 'ollama', 'ollama is not running'],
    ['EMPTY', 'EMPTY', 'EMPTY'],
    ['abc', 'abc', 'abc'],
  ];
  for (const [text, secret, expected] of rows) it(JSON.stringify([text, secret]), () => assert.equal(maskKey(text, secret), expected));

  it('finds the key where it is escaped in a URL, in JSON or in base64', () => {
    const odd = 'p@ss/w"rd with = signs';
    for (const form of [encodeURIComponent(odd), JSON.stringify(odd), btoa(odd), btoa(`user:${odd}`)]) assert.ok(!maskKey(`x ${form} y`, odd).includes(form.slice(8, -4)), form);
  });
});

describe('keyFilter', () => {
  it('hides the key however a stream cuts it, and changes nothing else', () => {
    fc.assert(fc.property(pieces(fc.oneof(fc.constant(key), fc.constantFrom('a', 'aa', 'b', 'aab', 'aabaac', 'aabaac-Z', ' text '))), (sample) => {
      const shown = textOf(through(sample.pieces.map((text) => ({ type: 'text-delta', text }))));
      assert.equal(shown, sample.text.replaceAll(key, '[key]'));
    }));
  });

  it('hides it in reasoning, refusals, arguments, names and ids, each call by itself', () => {
    const half = [key.slice(0, 7), key.slice(7)] as const;
    const events: ModelEvent[] = [
      { type: 'response-start', requestId: `r-${key}` },
      { type: 'reasoning-delta', text: half[0] }, { type: 'reasoning-delta', text: half[1] },
      { type: 'refusal-delta', text: `no ${key}` },
      { type: 'tool-call-delta', index: 0, id: `c-${key}`, name: 'a', arguments: `{"x":"${half[0]}` },
      { type: 'tool-call-delta', index: 1, id: 'd', name: key, arguments: half[0] },
      { type: 'tool-call-delta', index: 0, arguments: `${half[1]}"}` },
      { type: 'tool-call-delta', index: 1, arguments: 'other' },
      { type: 'finish', reason: 'tool-calls', raw: key },
    ];
    const shown = through(events);
    const all = (index: number): string => shown.map((event) => (event.type === 'tool-call-delta' && event.index === index ? event.arguments : '')).join('');
    assert.deepEqual([textOf(shown, 'reasoning-delta'), textOf(shown, 'refusal-delta'), all(0), all(1)], ['[key]', 'no [key]', '{"x":"[key]"}', `${half[0]}other`]);
    assert.ok(!JSON.stringify(shown).includes(key));
    assert.deepEqual(shown.filter((event) => event.type === 'tool-call-delta' && event.id !== undefined).length, 2, 'each call is named once');
    assert.equal(shown.at(-1)?.type, 'finish', 'nothing comes after the finish');
  });

  it('keeps what it held back: at another kind of text, at the finish, and when the stream broke', () => {
    const beginning = key.slice(0, 5);
    assert.deepEqual(through([{ type: 'text-delta', text: beginning }, { type: 'reasoning-delta', text: 'r' }]).map((event) => event.type), ['text-delta', 'reasoning-delta']);
    assert.deepEqual(through([{ type: 'text-delta', text: beginning }, { type: 'finish', reason: 'stop' }]), [{ type: 'text-delta', text: beginning }, { type: 'finish', reason: 'stop' }]);
    assert.equal(textOf(through([{ type: 'text-delta', text: `x${beginning}` }])), `x${beginning}`);
  });

  it('hides it in the tokens of logprobs, and keeps their numbers', () => {
    const tokens = (...texts: readonly string[]): ModelEvent => ({ type: 'logprobs', tokens: texts.map((token) => ({ token, logprob: -1, bytes: [1], top: [{ token, logprob: -1 }] })) });
    const shown = through([tokens('so ', key.slice(0, 4)), tokens(key.slice(4, 9)), tokens(key.slice(9), ' it'), tokens(' is', key.slice(0, 2)), { type: 'finish', reason: 'stop' }]);
    const all = shown.flatMap((event) => (event.type === 'logprobs' ? event.tokens : []));
    assert.deepEqual(all.map((one) => one.token), ['so ', '…', '…', '…', ' it', ' is', key.slice(0, 2)]);
    assert.ok(all.every((one) => one.logprob === -1) && all.slice(1, 4).every((one) => one.top.length === 0 && one.bytes === undefined));
  });

  it('is not there for no key, a short one, or a word that stands for none', () => {
    for (const none of [undefined, 'abc1234', 'lm-studio', 'not-needed', 'EMPTY']) assert.equal(keyFilter(none), undefined);
  });
});
