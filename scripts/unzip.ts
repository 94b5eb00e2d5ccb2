import { type FileHandle, open } from 'node:fs/promises';
import { createInflateRaw } from 'node:zlib';
import { pipeline } from 'node:stream';

/** A file in a zip archive. */
interface Entry {
  readonly name: string;
  /** 0: stored; 8: deflated. */
  readonly method: number;
  readonly compressed: number;
  /** Where its local header is. */
  readonly offset: number;
}

/**
 * The bytes of the first file in a zip archive whose name ends with `suffix` (specification: PKWARE's APPNOTE; no zip64, no encryption).
 * The archive is read as it is consumed, so a large file needs little memory.
 *
 * @throws Error when the archive cannot be read or holds no such file.
 */
export async function* unzipOne(archive: string, suffix: string): AsyncGenerator<Uint8Array, void> {
  const file = await open(archive, 'r');
  try {
    const entry = (await entries(file)).find(({ name }) => name.endsWith(suffix));
    if (entry === undefined) throw new Error(`${archive} holds no file ${suffix}.`);
    // The local header's own lengths: they may differ from those of the directory.
    const header = await read(file, { position: entry.offset, length: 30 });
    if (header.readUInt32LE(0) !== 0x04034b50) throw new Error(`${archive} is damaged: a header is not where it should be.`);
    const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    const source = file.createReadStream({ start, end: start + entry.compressed - 1, autoClose: false, highWaterMark: 1024 * 1024 });
    if (entry.method === 0) yield* source as AsyncIterable<Uint8Array>;
    else if (entry.method === 8) yield* pipeline(source, createInflateRaw({ chunkSize: 1024 * 1024 }), () => {}) as AsyncIterable<Uint8Array>;
    else throw new Error(`${archive} uses the compression method ${entry.method}, which cannot be read.`);
  } finally {
    await file.close();
  }
}

async function entries(file: FileHandle): Promise<readonly Entry[]> {
  const { size } = await file.stat();
  const tail = await read(file, { position: Math.max(0, size - 65_557), length: Math.min(size, 65_557) });
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0) throw new Error('The archive has no directory: it is no zip file, or cut short.');
  const directory = await read(file, { position: tail.readUInt32LE(end + 16), length: tail.readUInt32LE(end + 12) });
  const found: Entry[] = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    found.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressed: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return found;
}

async function read(file: FileHandle, { position, length }: { readonly position: number; readonly length: number }): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error('The archive is cut short.');
  return buffer;
}
