import assert from 'node:assert/strict';
import { dataValue } from './data-files.ts';
import { testHost } from '../../../test/faults/drive.ts';
import type { DataCell } from './program.ts';

const bytes = (...all: readonly number[]): Uint8Array => Uint8Array.from(all);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function read(language: DataCell['language'], content: Uint8Array | Error): ReturnType<typeof dataValue> {
  const host = testHost({ readFile: async () => (content instanceof Error ? Promise.reject(content) : content) });
  return dataValue({ kind: 'data', index: 0, name: 'notes', language, file: 'notes.md', value: null }, host);
}

describe('The file of a data cell', () => {
  const source = { kind: 'file', path: 'notes.md' } as const;

  const rows: readonly (readonly [what: string, language: DataCell['language'], content: Uint8Array, data: unknown])[] = [
    ['text', 'text', utf8('Grüße\n'), 'Grüße\n'],
    ['text with other line ends', 'text', utf8('a\r\nb\rc'), 'a\nb\nc'],
    ['text with a byte order mark', 'text', utf8('\ufeffa'), 'a'],
    ['nothing', 'text', bytes(), ''],
    ['JSON', 'json', utf8('{"a": [1, null]}'), { a: [1, null] }],
    ['JSON with a byte order mark', 'json', utf8('\ufeff{"a": 1}'), { a: 1 }],
    ['YAML', 'yaml', utf8('a: 1\r\nb: [x]\r\n'), { a: 1, b: ['x'] }],
    ['CSV', 'csv', utf8('a,b\r\n1,x\r\n'), [{ a: '1', b: 'x' }]],
    ['a PNG', 'text', bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), 'data:image/png;base64,iVBORw0KGgo='],
    ['a JPEG', 'text', bytes(0xff, 0xd8, 0xff, 0xe0), 'data:image/jpeg;base64,/9j/4A=='],
    ['a GIF', 'text', utf8('GIF89a'), 'data:image/gif;base64,R0lGODlh'],
    ['a WebP', 'text', bytes(0x52, 0x49, 0x46, 0x46, 0, 0, 0, 0, 0x57, 0x45, 0x42, 0x50), 'data:image/webp;base64,UklGRgAAAABXRUJQ'],
  ];
  for (const [what, language, content, data] of rows) {
    it(`may hold ${what}: it is the value, and not trusted`, async () => {
      const got = await read(language, content);
      assert.deepEqual(got, { value: { data, source, taint: [source] } });
    });
  }

  it('of an image that is large is read whole', async () => {
    const content = new Uint8Array(200_001);
    content.set([0xff, 0xd8, 0xff]);
    const got = await read('text', content);
    assert.ok('value' in got && Buffer.from((got.value.data as string).split(',')[1]!, 'base64').equals(Buffer.from(content)));
  });

  const wrong: readonly (readonly [what: string, language: DataCell['language'], content: Uint8Array | Error, says: RegExp])[] = [
    ['is not there', 'text', new Error('there is no such file.'), /^The file notes\.md of `notes` cannot be read: there is no such file\.$/],
    ['is no text', 'text', bytes(0x80, 0xff, 0xfe), /^The file notes\.md is neither UTF-8 text nor an image\.$/],
    ['is UTF-16', 'json', bytes(0xff, 0xfe, 0x7b, 0), /neither UTF-8 text nor an image/],
    ['is no JSON', 'json', utf8('{"a": '), /^The file notes\.md is not JSON: /],
    ['is no YAML', 'yaml', utf8('a: [1'), /^The file notes\.md is not YAML: /],
    ['is no CSV', 'csv', utf8('a\n"x'), /^The file notes\.md is not CSV: /],
  ];
  for (const [what, language, content, says] of wrong) {
    it(`that ${what} is told, with what to do`, async () => {
      const got = await read(language, content);
      assert.ok('error' in got);
      assert.match(got.error.message, says);
      assert.deepEqual([got.error.code, got.error.hint !== null], ['file', true]);
    });
  }

  it('is not asked for where the data stands in the cell, which is trusted', async () => {
    const cell: DataCell = { kind: 'data', index: 0, name: 'topic', language: 'json', file: null, value: { a: 1 } };
    assert.deepEqual(await dataValue(cell, testHost()), { value: { data: { a: 1 }, source: { kind: 'cell', name: 'topic' }, taint: [] } });
  });
});
