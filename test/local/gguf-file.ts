/** The head of a GGUF file, put together piece by piece (specification: ggml's `docs/gguf.md`). */
export const u32 = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes; };
export const u64 = (value: number | bigint): Buffer => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64LE(BigInt(value)); return bytes; };
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

/** A value with its type's number before it (ggml's `docs/gguf.md`). */
export const ggufValue = {
  string: (one: string) => Buffer.concat([u32(8), text(one)]),
  u32: (one: number) => Buffer.concat([u32(4), u32(one)]),
  u64: (one: number) => Buffer.concat([u32(10), u64(one)]),
  f32: () => Buffer.concat([u32(6), Buffer.alloc(4)]),
  bool: (one: boolean) => Buffer.concat([u32(7), Buffer.from([one ? 1 : 0])]),
  strings: (all: readonly string[]) => Buffer.concat([u32(9), u32(8), u64(all.length), ...all.map(text)]),
  floats: (count: number) => Buffer.concat([u32(9), u32(6), u64(count), Buffer.alloc(4 * count)]),
  lists: (depth: number): Buffer => Buffer.concat([u32(9), ...Array.from({ length: depth }, () => Buffer.concat([u32(9), u64(1)])), u32(4), u64(0)]),
};

interface Making {
  readonly magic?: string;
  readonly version?: number;
  readonly count?: number | bigint;
  readonly rest?: Buffer;
}

export function ggufFile(pairs: Readonly<Record<string, Buffer>>, { magic = 'GGUF', version = 3, count = Object.keys(pairs).length, rest = Buffer.alloc(100) }: Making = {}): Buffer {
  return Buffer.concat([Buffer.from(magic), u32(version), u64(2), u64(count), ...Object.entries(pairs).flatMap(([key, bytes]) => [text(key), bytes]), rest]);
}

export const wholeGguf = {
  'general.architecture': ggufValue.string('llama'),
  'general.name': ggufValue.string('Tiny é漢'),
  'general.license': ggufValue.string('mit'),
  'general.quantized': ggufValue.bool(true),
  'llama.context_length': ggufValue.u32(2048),
  'llama.rope.freq_base': ggufValue.f32(),
  'llama.parameters': ggufValue.u64(135_000_000),
  'tokenizer.ggml.tokens': ggufValue.strings(['<unk>', '<s>', '</s>', 'a']),
  'tokenizer.ggml.scores': ggufValue.floats(4),
  'tokenizer.ggml.merges': ggufValue.strings(['a b', 'c d']),
  'tokenizer.ggml.bos_token_id': ggufValue.u32(1),
  'tokenizer.ggml.eos_token_id': ggufValue.u32(2),
  'tokenizer.chat_template': ggufValue.string('{% for message in messages %}'),
};
