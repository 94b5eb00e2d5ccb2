import assert from 'node:assert/strict';
import fc from 'fast-check';
import { redact, redactor } from './redact.ts';
import type { Json } from '../json.ts';

const key = 'sk-Zq7/redact+93Kd0"aPwVx';
const short = 'hunter2';

/** Secrets as they are given out: long enough to be some, of letters that texts and URLs write in other ways too. */
const secrets = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'abcdefXYZ0189-_./+="\'<>&%~!*() \\'), minLength: 12, maxLength: 48 }).filter((text) => text.trim() === text && !text.includes('…')),
  fc.string({ unit: 'grapheme', minLength: 12, maxLength: 24 }).filter((text) => text.trim() === text && text.length >= 12 && text.isWellFormed()),
);
const around = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: fc.constantFrom(...'abcXYZ01-_./+= \n'), maxLength: 20 }));
/** Where to cut a text in pieces, as parts of its length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

function pieces(text: string, at: readonly number[]): readonly string[] {
  const places = [0, ...at.map((part) => Math.floor(part * text.length)).sort((a, b) => a - b), text.length];
  return places.slice(1).map((place, index) => text.slice(places[index], place));
}

describe('Taking secrets out', () => {
  const rows: readonly (readonly [what: string, text: string, clean: string])[] = [
    ['leaves what is none alone', 'nothing here', 'nothing here'],
    ['leaves the end of a long one, by which people know it', `the key ${key}.`, 'the key sk-…PwVx.'],
    ['each time', `${key}${key}`, 'sk-…PwVxsk-…PwVx'],
    ['of JSON', JSON.stringify({ a: key }), '{"a":"sk-…PwVx"}'],
    ['of JSON in JSON', JSON.stringify(JSON.stringify({ a: key })), JSON.stringify('{"a":"sk-…PwVx"}')],
    ['of JSON with escaped slashes', JSON.stringify(key).replaceAll('/', '\\/'), '"sk-…PwVx"'],
    ['of a URL', `https://x.example/?k=${encodeURIComponent(key)}&b`, 'https://x.example/?k=sk-…PwVx&b'],
    ['of a URL in small letters', `?k=${encodeURIComponent(key).toLowerCase().replace(/zq7|kd0|apwvx/g, (part) => (({ zq7: 'Zq7', kd0: 'Kd0', apwvx: 'aPwVx' })[part]!))}`, '?k=sk-…PwVx'],
    // The last sign holds two bits of it.
    ['of base64', Buffer.from(key).toString('base64'), 'sk-…PwVxA=='],
    ['of hexadecimal', `0x${Buffer.from(key).toString('hex')}`, '0xsk-…PwVx'],
    ['a short one where it is a word', `pass ${short}, not ${short}5 or my${short}`, `pass …, not ${short}5 or my${short}`],
    ['a short one at either end', `${short} ${short}`, '… …'],
  ];
  for (const [what, text, clean] of rows) {
    it(what, () => {
      const { text: take, stream } = redactor([key, short]);
      assert.equal(take(text), clean);
      for (let at = 0; at <= text.length; at++) {
        const one = stream();
        assert.equal(one.push(text.slice(0, at)) + one.push(text.slice(at)) + one.end(), clean, `cut at ${at}`);
      }
    });
  }

  it('of an authorization in base64, wherever the secret stands in it', () => {
    for (const before of ['', 'u:', 'ada:', 'user:']) {
      for (const after of ['', '!', '==', 'abcdef']) {
        const clean = redactor([key]).text(Buffer.from(before + key + after).toString('base64'));
        assert.ok(clean.includes('…PwVx'), clean);
        // What is left at the seams is less than a group at each end.
        assert.ok(Buffer.from(clean.replace('sk-…PwVx', ''), 'base64').length <= before.length + after.length + 3);
      }
    }
  });

  it('does nothing without secrets, nor for what is too short to be one', () => {
    for (const none of [[], [''], ['  '], ['abc'], ['a'.repeat(3)]]) {
      const { text, json, stream } = redactor(none);
      const one = stream();
      assert.deepEqual([text('abc aaa'), json({ abc: 1 }), one.push('abc') + one.end()], ['abc aaa', { abc: 1 }, 'abc']);
    }
  });

  it('reads a secret without the white space around it', () => assert.equal(redactor([`${key}\n`]).text(key), 'sk-…PwVx'));

  it('takes the longer one where one begins with another', () => {
    assert.equal(redactor(['abcdefgh', 'abcdefghijklmnopqrst']).text('abcdefghijklmnopqrst abcdefgh'), '…qrst …');
  });

  it('reads signs of regular expressions as letters', () => {
    assert.equal(redactor(['a.c(d)*[e]{2}|$^\\']).text('a.c(d)*[e]{2}|$^\\ abcdeee'), '…|$^\\ abcdeee');
  });

  it('goes through data: texts, keys and numbers, and changes nothing else', () => {
    const data: Json = { [key]: [key, { deep: `x${key}` }, 12_345_678_901, true, null], plain: 5 };
    assert.deepEqual(redact(data, [key, '12345678901']), { 'sk-…PwVx': ['sk-…PwVx', { deep: 'xsk-…PwVx' }, '…', true, null], plain: 5 });
    const tricky = JSON.parse('{"__proto__": {"a": 1}}') as Json;
    assert.deepEqual(Object.keys(redact(tricky, [key]) as object), ['__proto__']);
  });

  it('never leaves a secret whole, whatever stands around it', () =>
    fc.assert(
      fc.property(secrets, around, around, (secret, before, after) => {
        const clean = redactor([secret]).text(`${before}${secret}${after}`);
        assert.ok(!clean.includes(secret), clean);
        assert.ok(!redactor([secret]).text(JSON.stringify(`${before}${secret}${after}`)).includes(JSON.stringify(secret).slice(1, -1)));
      }),
      { numRuns: 200 },
    ));

  it('never leaves one that comes in pieces, and gives what it gives for the whole', () =>
    fc.assert(
      fc.property(fc.array(secrets, { minLength: 1, maxLength: 3 }), fc.array(fc.tuple(around, fc.nat(2)), { maxLength: 5 }), cuts, fc.constantFrom<(text: string) => string>((text) => text, (text) => JSON.stringify(text), encodeURIComponent, (text) => Buffer.from(text).toString('base64'), (text) => Buffer.from(text).toString('hex')), (all, parts, at, write) => {
        const { text, stream } = redactor(all);
        const whole = parts.map(([words, which]) => words + write(all[which % all.length]!)).join('');
        const one = stream();
        let out = '';
        for (const piece of pieces(whole, at)) out += one.push(piece);
        out += one.end();
        assert.equal(out, text(whole));
        for (const secret of all) assert.ok(!out.includes(secret), out);
      }),
      { numRuns: 200 },
    ));

  it('holds back no more than may become a secret', () => {
    const stream = redactor([key]).stream();
    assert.equal(stream.push('the words sk-Zq7/r'), 'the words ');
    assert.equal(stream.push('est'), 'sk-Zq7/rest');
    assert.equal(stream.push(' and on '), ' and on ');
    assert.equal(stream.end(), '');
  });

  it('takes no longer for many secrets and a long text than both are long', () => {
    const many = Array.from({ length: 50 }, (_, index) => `secret-number-${index}-of-many-in-this-list`);
    const text = `${'secret-number- '.repeat(60_000)}${many.join(' ')}`;
    const clean = redactor(many).text(text);
    assert.ok(many.every((secret) => !clean.includes(secret)));
  });
});
