import { type FileHandle, open } from 'node:fs/promises';
import { createHash } from 'node:crypto';

/** What we read from the head of a GGUF file. */
export interface Gguf {
  /** `general.architecture`: `llama`, `qwen2` … */
  readonly architecture: string;
  readonly name: string | null;
  readonly license: string | null;
  /** Tokens that the model was trained to see; null when the file does not say. */
  readonly contextLength: number | null;
  /** The model's own chat template (Jinja); null for a base model. */
  readonly chatTemplate: string | null;
  readonly bosToken: string;
  readonly eosToken: string;
  /** Number of entries in the vocabulary; 0 for a file without one. */
  readonly vocabulary: number;
  /** Bytes of the file. */
  readonly size: number;
  /** Tells files apart without reading all of them: a hash of the length, the head and the last 64 KiB. */
  readonly fingerprint: string;
}

/** The file is not a GGUF that can be read. The message says why. */
export class GgufError extends Error {
  override readonly name = 'GgufError';
}

/** The head is read in pieces that grow to this; the largest vocabularies in use need about 12 MB. */
const maxHead = 64 * 1024 * 1024;
const tail = 64 * 1024;

/**
 * Reads the metadata of a GGUF file, versions 2 and 3 (specification: ggml's `docs/gguf.md`). Everything is bounds-checked, since the
 * file may come from anywhere.
 *
 * @throws GgufError for anything but a whole head; errors of the file system as they are.
 */
export async function readGguf(path: string): Promise<Gguf> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    for (let length = 4 * 1024 * 1024; ; length *= 4) {
      const head = await readAt(file, { position: 0, length: Math.min(length, size, maxHead) });
      try {
        const { metadata, end } = parseHead(head);
        return summary(metadata, size, await fingerprint(file, head.subarray(0, end)));
      } catch (error) {
        if (!(error instanceof CutShort)) throw error;
        if (head.length >= size) throw new GgufError('it is cut short: its head says that more follows than there is', { cause: error });
        if (head.length >= maxHead) throw new GgufError(`its head is longer than ${maxHead / 1024 / 1024} MB`, { cause: error });
      }
    }
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, { position, length }: { readonly position: number; readonly length: number }): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await file.read(buffer, at, length - at, position + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return buffer.subarray(0, at);
}

async function fingerprint(file: FileHandle, head: Buffer): Promise<string> {
  const { size } = await file.stat();
  const end = await readAt(file, { position: Math.max(0, size - tail), length: Math.min(tail, size) });
  return createHash('sha256').update(`${size}\n`).update(head).update(end).digest('hex').slice(0, 32);
}

function summary(metadata: ReadonlyMap<string, unknown>, size: number, hash: string): Gguf {
  const text = (key: string): string | null => (typeof metadata.get(key) === 'string' ? (metadata.get(key) as string) : null);
  const number = (key: string): number | null => (typeof metadata.get(key) === 'number' ? (metadata.get(key) as number) : null);
  const tokens = (metadata.get(tokensKey) ?? []) as readonly string[];
  const token = (key: string): string => tokens[number(key) ?? -1] ?? '';
  const architecture = text('general.architecture') ?? 'unknown';
  return {
    architecture,
    name: text('general.name'),
    license: text('general.license'),
    contextLength: number(`${architecture}.context_length`),
    chatTemplate: text('tokenizer.chat_template'),
    bosToken: token('tokenizer.ggml.bos_token_id'),
    eosToken: token('tokenizer.ggml.eos_token_id'),
    vocabulary: tokens.length,
    size,
    fingerprint: hash,
  };
}

const tokensKey = 'tokenizer.ggml.tokens';

/** More bytes are needed than were given. */
class CutShort extends Error {}

/** The key-value pairs of a head, lists left out but for the tokens, and where they end. */
function parseHead(head: Buffer): { readonly metadata: ReadonlyMap<string, unknown>; readonly end: number } {
  const reader = new Reader(head);
  const magic = reader.take(4);
  if (head.toString('latin1', magic, magic + 4) !== 'GGUF') throw new GgufError('it does not begin with "GGUF"');
  const version = reader.u32();
  if (version !== 2 && version !== 3) throw new GgufError(`it has version ${version} of the format; 2 and 3 can be read`);
  reader.u64(); // The number of tensors.
  const count = reader.u64();
  const metadata = new Map<string, unknown>();
  for (let i = 0; i < count; i++) {
    const key = reader.string();
    metadata.set(key, reader.value(reader.u32(), { keep: key === tokensKey, depth: 0 }));
  }
  return { metadata, end: reader.position };
}

/** Sizes in bytes of the fixed-size value types, by number; 8 is a string, 9 a list. */
const sizes: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };

class Reader {
  readonly #head: Buffer;
  position = 0;

  constructor(head: Buffer) {
    this.#head = head;
  }

  /** Where the next `length` bytes begin; they are then behind us. */
  take(length: number): number {
    const start = this.position;
    if (length > this.#head.length - start) throw new CutShort();
    this.position += length;
    return start;
  }

  u32(): number {
    return this.#head.readUInt32LE(this.take(4));
  }

  u64(): number {
    const value = this.#head.readBigUInt64LE(this.take(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new GgufError('a length in its head makes no sense');
    return Number(value);
  }

  string(): string {
    const length = this.u64();
    const start = this.take(length);
    return this.#head.toString('utf8', start, start + length);
  }

  /** A value of this type; a list reads as `undefined` unless it is one of strings to `keep`. */
  value(type: number, options: { readonly keep: boolean; readonly depth: number }): unknown {
    if (type === 8) return this.string();
    if (type === 9) return this.#list(options);
    const size = sizes[type];
    if (size === undefined) throw new GgufError(`its head holds a value of the unknown type ${type}`);
    const at = this.take(size);
    switch (type) {
      case 1: return this.#head.readInt8(at);
      case 2: return this.#head.readUInt16LE(at);
      case 3: return this.#head.readInt16LE(at);
      case 4: return this.#head.readUInt32LE(at);
      case 5: return this.#head.readInt32LE(at);
      case 6: return this.#head.readFloatLE(at);
      case 10: return Number(this.#head.readBigUInt64LE(at));
      case 11: return Number(this.#head.readBigInt64LE(at));
      case 12: return this.#head.readDoubleLE(at);
      default: return this.#head[at];
    }
  }

  #list({ keep, depth }: { readonly keep: boolean; readonly depth: number }): unknown {
    if (depth > 4) throw new GgufError('its head is nested too deeply');
    const type = this.u32();
    const length = this.u64();
    const size = sizes[type];
    if (size !== undefined) {
      this.take(size * length);
      return undefined;
    }
    const kept: unknown[] = [];
    for (let i = 0; i < length; i++) {
      if (type === 8 && !keep) this.take(this.u64());
      else if (keep) kept.push(this.value(type, { keep: false, depth: depth + 1 }));
      else this.value(type, { keep: false, depth: depth + 1 });
    }
    return keep ? kept : undefined;
  }
}
