import assert from 'node:assert/strict';
import { dataValue } from './data-files.ts';
import type { DataLanguage } from '../values/data.ts';
import type { Host } from './host.ts';
import type { Json } from '../json.ts';

/** What a cell of this language comes to, where its file holds these bytes; or what was said. */
async function read(language: DataLanguage, content: readonly number[] | string | Error, name: string | null = 'd'): Promise<Json | string> {
  const readFile = async (): Promise<Uint8Array> => {
    if (content instanceof Error) throw content;
    return typeof content === 'string' ? new TextEncoder().encode(content) : Uint8Array.from(content);
  };
  const found = await dataValue({ kind: 'data', index: 0, name, language, file: 'a.txt', value: null }, { readFile } as unknown as Host);
  return 'error' in found ? found.error.message : found.value.data;
}

describe('A file is read as its cell says', () => {
  const gif = [0x47, 0x49, 0x46, 0x38, 0x39, 0x61];
  const rows: readonly (readonly [language: DataLanguage, content: readonly number[] | string, value: Json])[] = [
    ['text', gif, 'data:image/gif;base64,R0lGODlh'],
    ['text', '---\n{{role "system"}}\n', '---\n{{role "system"}}\n'],
    ['text', '{"a": 1}', '{"a": 1}'],
    ['json', '{"__proto__": {"x": 1}}', JSON.parse('{"__proto__": {"x": 1}}') as Json],
    ['csv', 'a,b\r\n1,"x\r\ny"\r\n', [{ a: '1', b: 'x\ny' }]],
    ['json', gif, 'The file a.txt is an image, and not JSON.'],
    ['csv', gif, 'The file a.txt is an image, and not CSV.'],
    ['text', [0x61, 0xc3], 'The file a.txt is neither UTF-8 text nor an image.'],
    ['json', '['.repeat(100_000), 'The file a.txt is not JSON: This JSON nests more than 200 deep.'],
    ['yaml', 'a: *b', 'The file a.txt is not YAML: There is no `&b` before this `*b`. If it is text, quote it.'],
  ];
  for (const [language, content, value] of rows) it(`${language}: ${JSON.stringify(content).slice(0, 40)}`, async () => assert.deepEqual(await read(language, content), value));

  it('and told by the name of the cell, where it has one, when it cannot be read', async () => {
    const gone = new Error('there is no such file.');
    assert.equal(await read('text', gone), 'The file a.txt of `d` cannot be read: there is no such file.');
    assert.equal(await read('text', gone, null), 'The file a.txt cannot be read: there is no such file.');
  });
});
