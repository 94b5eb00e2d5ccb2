import assert from 'node:assert/strict';
import { ggufFile as file, ggufValue as value, u32, u64, wholeGguf as whole } from '../../../test/local/gguf-file.ts';
import { GgufError, readGguf, type Gguf } from './gguf.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

describe('The head of a GGUF file', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pnb-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const read = (bytes: Uint8Array): Promise<Gguf> => {
    const path = join(folder, 'x.gguf');
    writeFileSync(path, bytes);
    return readGguf(path);
  };

  it('says what the model is, how long its context, and how it talks', async () => {
    const bytes = file(whole);
    const { fingerprint, ...rest } = await read(bytes);
    assert.deepEqual(rest, { architecture: 'llama', name: 'Tiny é漢', license: 'mit', contextLength: 2048, chatTemplate: '{% for message in messages %}', bosToken: '<s>', eosToken: '</s>', vocabulary: 4, size: bytes.length });
    assert.match(fingerprint, /^[0-9a-f]{32}$/);
  });

  it('may say next to nothing', async () => {
    const { fingerprint: _fingerprint, size: _size, ...rest } = await read(file({}, { version: 2 }));
    assert.deepEqual(rest, { architecture: 'unknown', name: null, license: null, contextLength: null, chatTemplate: null, bosToken: '', eosToken: '', vocabulary: 0 });
  });

  it('may say things in odd types: they count for nothing', async () => {
    const { contextLength, bosToken, vocabulary, name } = await read(file({ ...whole, 'llama.context_length': value.string('long'), 'tokenizer.ggml.bos_token_id': value.u32(99), 'tokenizer.ggml.tokens': value.floats(2), 'general.name': value.bool(true) }));
    assert.deepEqual([contextLength, bosToken, vocabulary, name], [null, '', 0, null]);
  });

  it('may be longer than what is read at first', async () => {
    const { vocabulary, eosToken } = await read(file({ ...whole, 'tokenizer.ggml.tokens': value.strings(['<unk>', '<s>', '</s>', ...Array.from({ length: 150_000 }, (_, index) => `a token with a long name ${index}`)]) }));
    assert.deepEqual([vocabulary, eosToken], [150_003, '</s>']);
  });

  it('tells files apart by their length, head and end', async () => {
    const prints = [];
    for (const rest of ['a'.repeat(200_000), `${'a'.repeat(199_999)}b`, 'a'.repeat(200_001)]) prints.push((await read(file(whole, { rest: Buffer.from(rest) }))).fingerprint);
    prints.push((await read(file({ ...whole, 'general.name': value.string('Other') }, { rest: Buffer.from('a'.repeat(200_000)) }))).fingerprint);
    assert.equal(new Set(prints).size, 4);
    assert.equal((await read(file(whole, { rest: Buffer.from('a'.repeat(200_000)) }))).fingerprint, prints[0]);
  });

  const bad: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
    'an empty file': [Buffer.alloc(0), /cut short/],
    'another file': [Buffer.from('PK\u0003\u0004 something else, and long enough'), /does not begin with "GGUF"/],
    'a page instead of a download': [Buffer.from('<!doctype html><html>Not found</html>'), /does not begin with "GGUF"/],
    'a version to come': [file(whole, { version: 9 }), /has version 9 of the format; 2 and 3 can be read/],
    'the other order of bytes': [file(whole, { version: 0x03000000 }), /version 50331648/],
    'a head that is cut': [file(whole).subarray(0, 120), /cut short/],
    'more entries than there are': [file(whole, { count: 1000, rest: Buffer.alloc(0) }), /cut short/],
    'an absurd number of entries': [file(whole, { count: 2n ** 63n }), /makes no sense/],
    'an absurd length': [file({ 'general.name': Buffer.concat([u32(8), u64(2n ** 60n)]) }), /makes no sense/],
    'a length beyond the end': [file({ 'general.name': Buffer.concat([u32(8), u64(2 ** 40)]) }), /cut short/],
    'a list beyond the end': [file({ x: Buffer.concat([u32(9), u32(6), u64(2 ** 50)]) }), /cut short/],
    'a list of very many lists': [file({ x: Buffer.concat([u32(9), u32(9), u64(2 ** 50)]) }), /cut short|unknown type|nested/],
    'a value of no type': [file({ x: u32(77) }), /unknown type 77/],
    'lists in lists in lists': [file({ x: value.lists(40) }), /nested too deeply/],
  };
  for (const [name, [bytes, message]] of Object.entries(bad)) {
    it(`is not read from ${name}, and says why`, () => assert.rejects(read(bytes), (error) => error instanceof GgufError && message.test(error.message)));
  }

  it('is not read from any beginning of a file, nor from bytes at random', async () => {
    const bytes = file(whole, { rest: Buffer.alloc(0) });
    for (let length = 0; length < bytes.length; length += 7) await assert.rejects(read(bytes.subarray(0, length)), GgufError);
    for (let at = 4; at < bytes.length; at += 5) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at]! + 128) % 256;
      await read(changed).catch((error: unknown) => assert.ok(error instanceof GgufError, String(error)));
    }
  });

  it('of a file that is not there is the system’s error', () => assert.rejects(readGguf(join(folder, 'none.gguf')), { code: 'ENOENT' }));
});
