import assert from 'node:assert/strict';
import { dataValue } from './data-files.ts';
import type { DataCell } from './program.ts';
import type { DataLanguage } from '../values/data.ts';
import type { Host } from './host.ts';
import type { Json } from '../json.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a cell with `file=` comes to, where the file holds these bytes; or what was said. */
async function read(language: DataLanguage, bytes: Uint8Array | string): Promise<Json | { readonly said: string }> {
  const cell: DataCell = { kind: 'data', index: 0, name: 'd', language, file: 'data/a.txt', value: null };
  const host = {
    readFile: async (path: string) => {
      assert.equal(path, 'data/a.txt');
      return typeof bytes === 'string' ? bytesOf(bytes) : bytes;
    },
  } as unknown as Host;
  const found = await dataValue(cell, host);
  if ('error' in found) return { said: `${found.error.code}: ${found.error.message}` };
  const source = { kind: 'file', path: 'data/a.txt' };
  assert.deepEqual([found.value.source, found.value.taint], [source, [source]]);
  return found.value.data;
}

const images: readonly (readonly [type: string, bytes: readonly number[]])[] = [
  ['png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]],
  ['jpeg', [0xff, 0xd8, 0xff, 0xe0, 1]],
  ['gif', [0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1]],
  ['webp', [0x52, 0x49, 0x46, 0x46, 1, 2, 3, 4, 0x57, 0x45, 0x42, 0x50, 1]],
];

describe('The file of a data cell', () => {
  const rows: readonly (readonly [language: DataLanguage, content: string, value: Json])[] = [
    ['text', 'two\r\nlines\r', 'two\nlines\n'],
    ['text', '\ufeffmarked', 'marked'],
    ['text', '', ''],
    ['text', '---\n{{role "system"}}\n', '---\n{{role "system"}}\n'],
    ['json', '\ufeff{"a": [1, "x\\r\\n"]}\r\n', { a: [1, 'x\r\n'] }],
    ['yaml', 'a: 1\r\nb: |\r\n  x\r\n', { a: 1, b: 'x\n' }],
    ['csv', 'a,b\r\n1,"x\r\ny"\r\n', [{ a: '1', b: 'x\ny' }]],
    ['json', '{"__proto__": {"x": 1}}', JSON.parse('{"__proto__": {"x": 1}}') as Json],
  ];
  for (const [language, content, value] of rows) it(`in ${language}: ${JSON.stringify(content)}`, async () => assert.deepEqual(await read(language, content), value));

  for (const [type, bytes] of images) {
    it(`is an image, whatever it is called: ${type}`, async () => {
      const url = await read('text', new Uint8Array(bytes));
      assert.equal(url, `data:image/${type};base64,${Buffer.from(bytes).toString('base64')}`);
      assert.deepEqual(await read('csv', new Uint8Array(bytes)), { said: 'file: The file data/a.txt is an image, and not CSV.' });
    });
  }

  it('is an image of megabytes', async () => {
    const bytes = Buffer.alloc(5_000_000, 'x');
    bytes.set(images[0]![1]);
    assert.equal(await read('text', bytes), `data:image/png;base64,${bytes.toString('base64')}`);
  });

  const wrong: readonly (readonly [language: DataLanguage, content: Uint8Array | string, said: RegExp])[] = [
    ['text', new Uint8Array([0xff, 0xfe, 0x61, 0x00]), /^file: The file data\/a\.txt is neither UTF-8 text nor an image\.$/],
    ['text', new Uint8Array([0x61, 0xc3]), /neither UTF-8/],
    ['json', '[1,]', /^file: The file data\/a\.txt is not JSON: JSON has no comma before/],
    ['yaml', 'a: b: c', /is not YAML: There are two/],
    ['csv', 'a,b\n1', /is not CSV: This row has 1 field/],
    ['json', '', /is not JSON: There is no JSON here/],
    ['yaml', 'a: &a [x,x]\nb: [*c]', /is not YAML: There is no `&c`/],
    ['json', '['.repeat(100_000), /nests more than 200 deep/],
  ];
  for (const [language, content, said] of wrong) {
    it(`is told where it is wrong: ${language}, ${JSON.stringify(content).slice(0, 40)}`, async () => {
      const found = await read(language, content);
      assert.match((found as { readonly said: string }).said, said);
    });
  }

  it('that cannot be read is told with its reason', async () => {
    const host = { readFile: () => Promise.reject(new Error('there is no such file.')) } as unknown as Host;
    assert.deepEqual(await dataValue({ kind: 'data', index: 0, name: null, language: 'text', file: 'gone.md', value: null }, host), {
      error: { code: 'file', message: 'The file gone.md cannot be read: there is no such file.', hint: 'Paths count from the notebook’s folder, and stay inside the workspace.' },
    });
  });

  it('is not there where the body holds the data, which is trusted', async () => {
    const host = { readFile: () => assert.fail('no file is read') } as unknown as Host;
    assert.deepEqual(await dataValue({ kind: 'data', index: 0, name: 'd', language: 'json', file: null, value: { a: 1 } }, host), { value: { data: { a: 1 }, source: { kind: 'cell', name: 'd' }, taint: [] } });
  });
});
