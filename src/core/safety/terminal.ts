/** Text for a terminal that comes piece by piece: a pair of characters may be cut in two. */
export interface TerminalFilter {
  push(chunk: string): string;
  /** What was held back. */
  end(): string;
}

/**
 * Text that a terminal only shows: controls and escapes become visible signs (`␛[31m`), as do characters that reorder or hide text
 * (bidirectional controls, tags, zero-width characters). Newlines, tabs and CRLF stay; a lone carriage return, which would overwrite the
 * line, is shown. Joiners and variation selectors that scripts and emoji need stay too.
 */
export function safeForTerminal(text: string): string {
  return text.replace(harmful, (char, offset: number) => (char === '\r' && text[offset + 1] === '\n' ? char : visible(char)));
}

/** The same for chunks: what is pushed, joined, comes out as the whole text would. */
export function terminalFilter(): TerminalFilter {
  let held = '';
  return {
    push: (chunk) => {
      const text = held + chunk;
      // The other half of a CRLF or of a surrogate pair may come with the next chunk.
      held = /[\r\ud800-\udbff]$/.exec(text)?.[0] ?? '';
      return safeForTerminal(text.slice(0, text.length - held.length));
    },
    end: () => {
      const rest = held;
      held = '';
      return safeForTerminal(rest);
    },
  };
}

/**
 * Controls but tab and newline; soft hyphen, Arabic letter mark, fillers, Mongolian separator; zero-width space, direction marks,
 * line and paragraph separators, embeddings, overrides, isolates, invisible operators; variation selectors but the text and emoji ones;
 * byte order mark, annotations; tags and the other variation selectors; lone surrogates.
 */
const harmful =
   
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}\p{Surrogate}]/gu;

function visible(char: string): string {
  const code = char.codePointAt(0)!;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '␡';
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}
