import type { Terminal } from '../terminal.ts';

/** How often the line is drawn at most, in milliseconds. */
const interval = 100;

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/**
 * A line that tells what happens now, below the text that streams. It stands one line under the cursor, which is put back after each
 * drawing: IND (ESC D) makes room without leaving the column (ECMA-48, VT100).
 */
export interface LiveLine {
  /** Writes other text above. */
  above(write: () => void): void;
  stop(): void;
}

export function createLiveLine(text: () => string | null, { err, columns, style }: Terminal): LiveLine {
  let drawn = false;
  let frame = 0;
  const erase = (): void => {
    if (drawn) err('\x1b7\x1b[1B\r\x1b[2K\x1b8');
    drawn = false;
  };
  const draw = (): void => {
    const now = text();
    if (now === null) return erase();
    const line = cut(`${frames[frame]!} ${now}`, columns() - 1);
    err(`\x1bD\x1b[1A\x1b7\x1b[1B\r\x1b[2K${style.dim(line)}\x1b8`);
    drawn = true;
  };
  const timer = setInterval(() => {
    frame = (frame + 1) % frames.length;
    draw();
  }, interval);
  timer.unref();
  return {
    above(write) {
      erase();
      write();
    },
    stop() {
      clearInterval(timer);
      erase();
    },
  };
}

/** So that the line never wraps: wide characters count twice. */
function cut(text: string, width: number): string {
  let used = 0;
  let kept = '';
  for (const char of text) {
    used += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(char) ? 2 : 1;
    if (used > width) return kept;
    kept += char;
  }
  return kept;
}
