import { advance, cut, type Place } from './columns.ts';
import type { Terminal } from '../terminal.ts';

/** How often the line is drawn, in milliseconds. */
const interval = 100;

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/**
 * A line that tells what happens now, below the text that streams: on the line after the one that the text has come to, or on that
 * line itself while it is empty.
 */
export interface LiveLine {
  /** Writes text that stays, by `write`. */
  above(text: string, write: (text: string) => void): void;
  stop(): void;
}

export interface LiveLineOptions {
  /** What the line says now; null for nothing. */
  readonly text: () => string | null;
  /** Whether what is written above comes to the same screen. */
  readonly shared: boolean;
}

export function createLiveLine({ text, shared }: LiveLineOptions, { err, columns, style }: Pick<Terminal, 'err' | 'columns' | 'style'>): LiveLine {
  /** Where the line stands, seen from the cursor. */
  let drawn: 'here' | 'below' | null = null;
  let cursor: Place = { column: 0, sure: true };
  let width = columns();
  let frame = 0;
  const erase = (): void => {
    if (drawn === 'here') err('\r\x1b[2K');
    // DECSC, one down, erase, DECRC (ECMA-48, VT100).
    else if (drawn === 'below') err('\x1b7\x1b[1B\r\x1b[2K\x1b8');
    drawn = null;
  };
  const draw = (): void => {
    const now = text();
    if (now === null) return erase();
    measure();
    // At the right edge a terminal holds the cursor back until the next character, and moving it would lose that.
    if (cursor.column > 0 && (!cursor.sure || cursor.column >= width - 2)) return erase();
    const line = style.dim(cut(`${frames[frame]!} ${now}`, width - 1));
    if (cursor.column === 0) err(`\r\x1b[2K${line}\r`);
    // IND (ESC D) makes room below without leaving the column, at the bottom of the screen too.
    else err(`\x1bD\x1b[1A\x1b7\x1b[1B\r\x1b[2K${line}\x1b8`);
    drawn = cursor.column === 0 ? 'here' : 'below';
  };
  /** In a window of another size the text may stand elsewhere. */
  const measure = (): void => {
    const now = columns();
    if (now !== width) cursor = { ...cursor, sure: cursor.column === 0 };
    width = now;
  };
  const timer = setInterval(() => {
    frame = (frame + 1) % frames.length;
    draw();
  }, interval);
  timer.unref();
  return {
    above(written, write) {
      if (written === '') return;
      measure();
      const next = shared ? advance(written, cursor, width) : { column: 0, sure: true, wraps: true };
      // Text that stays on its line leaves the one below alone: no flicker while words stream.
      if (drawn === 'below' && next.sure && !next.wraps && next.column < width - 2) {
        write(written);
        cursor = next;
        return;
      }
      const was = drawn !== null;
      erase();
      write(written);
      cursor = next;
      if (was) draw();
    },
    stop() {
      clearInterval(timer);
      erase();
    },
  };
}
