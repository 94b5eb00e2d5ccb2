/** Characters that take two columns (Unicode East Asian Width W and F, and emoji), and those that take none. */
const wide = /[\u1100-\u115f\u231a\u231b\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const none = /\p{Mn}|\p{Me}|[\u200c\u200d\ufe0e\ufe0f\u1160-\u11ff]/u;

/** Characters whose width terminals disagree about: emoji and what joins them, flags, spacing marks. */
const disputed = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Mc}|[\u200d\ufe0f\u1160-\u11ff]/u;

/** The columns that a character takes on a terminal, as nearly as can be said without asking it. */
export function widthOf(char: string): 0 | 1 | 2 {
  const code = char.codePointAt(0)!;
  if (code < 0x300) return 1;
  return none.test(char) ? 0 : wide.test(char) ? 2 : 1;
}

/** Where a terminal's cursor is. */
export interface Place {
  readonly column: number;
  /** Whether the column is sure: terminals disagree about some characters. The first one is, always. */
  readonly sure: boolean;
}

/** The place after a text in a terminal `width` wide, and whether it went to another line on the way. */
export function advance(text: string, from: Place, width: number): Place & { readonly wraps: boolean } {
  let { column: at, sure } = from;
  let wraps = false;
  for (const char of withoutStyles(text)) {
    if (char === '\n') {
      at = 0;
      sure = true;
      wraps = true;
    } else if (char === '\r') at = 0;
    else if (char === '\t') at = Math.min(width - 1, (Math.floor(at / 8) + 1) * 8);
    else {
      const own = widthOf(char);
      if (char > '\u02ff' && disputed.test(char)) sure = false;
      if (at + own > width) {
        at = own;
        wraps = true;
      } else at += own;
    }
  }
  return { column: at, sure, wraps };
}

/** As much of a text without styles as fits into `width` columns. */
export function cut(text: string, width: number): string {
  let used = 0;
  let kept = '';
  for (const char of text) {
    used += widthOf(char);
    if (used > width) return kept;
    kept += char;
  }
  return kept;
}

function withoutStyles(text: string): string {
  return text.includes('\x1b') ? text.replace(/\x1b\[[0-9;]*m/g, '') : text;
}
