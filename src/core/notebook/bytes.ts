/** A file that is no UTF-8 text. It must be left as it is: reading it with replacement characters and saving would destroy it. */
export class NotUtf8Error extends Error {
  override readonly name = 'NotUtf8Error';
}

/**
 * The text of a notebook's bytes, a byte order mark included.
 * @throws NotUtf8Error
 */
export function decodeNotebook(bytes: Uint8Array): string {
  const encoding = utf16(bytes);
  if (encoding !== null) throw new NotUtf8Error(`The file is ${encoding}, not UTF-8. It was left as it is; save it as UTF-8 first.`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new NotUtf8Error(`The file is not UTF-8 text${place(bytes)}. It was left as it is; save it as UTF-8 first.`);
  }
}

export function encodeNotebook(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** By its byte order mark; without one, by zero bytes in every second place of what would be ASCII. */
function utf16(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes[2] === 0 && bytes[3] === 0 ? 'UTF-32' : 'UTF-16';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'UTF-16';
  if (bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 0xfe && bytes[3] === 0xff) return 'UTF-32';
  const length = Math.min(bytes.length, 1024) & ~1;
  if (length < 4) return null;
  let even = 0;
  let odd = 0;
  for (let at = 0; at < length; at += 2) {
    if (bytes[at] === 0) even += 1;
    if (bytes[at + 1] === 0) odd += 1;
  }
  const most = length / 2 * 0.8;
  return (even > most && odd === 0) || (odd > most && even === 0) ? 'UTF-16' : null;
}

/** Where the first bytes stand that are no UTF-8. */
function place(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let good = 0;
  let bad = bytes.length;
  while (good < bad) {
    const middle = (good + bad + 1) >> 1;
    try {
      decoder.decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle - 1;
    }
  }
  return good >= bytes.length ? ' (it ends inside a character)' : ` (byte ${good + 1})`;
}
