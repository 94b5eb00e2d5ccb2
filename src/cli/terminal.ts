import { fstatSync } from 'node:fs';
import { safeForTerminal } from '../core/safety/terminal.ts';

/** Where a command writes to, and what it knows of the terminal there. */
export interface Terminal {
  /** Results. Goes nowhere once their reader is gone. */
  out(text: string): void;
  /** Progress and problems. */
  err(text: string): void;
  readonly outIsTerminal: boolean;
  /** Whether another process reads the results, and may write to the same terminal. */
  readonly outIsPipe: boolean;
  readonly errIsTerminal: boolean;
  /** The width of the terminal. */
  columns(): number;
  /** Colours for what goes to `err`. */
  readonly style: Style;
  /** Colours for what goes to `out`. */
  readonly outStyle: Style;
  /** Text of a model or a server for `out`, made harmless where a terminal would obey it; as it is where a program reads it. */
  readonly shown: (text: string) => string;
  /** Aborts when nobody reads the results any more (`| head`), or they cannot be written. */
  readonly outGone: AbortSignal;
}

export interface Style {
  dim(text: string): string;
  bold(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
}

export interface TerminalOptions {
  /** False for `--no-color`. */
  readonly color: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Is told that standard output cannot be written, and why: not for a reader that has enough. */
  readonly onOutError: (error: Error) => void;
}

/** The process's own streams. Colours follow `--no-color`, NO_COLOR (https://no-color.org) and FORCE_COLOR, each stream by itself. */
export function processTerminal({ color, environment, onOutError }: TerminalOptions): Terminal {
  const { stdout, stderr } = process;
  const gone = new AbortController();
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (gone.signal.aborted) return;
    gone.abort();
    if (error.code !== 'EPIPE') onOutError(error);
  });
  // Progress that nobody reads is no reason to stop.
  stderr.on('error', () => undefined);
  const dumb = environment.TERM === 'dumb';
  const colored = (isTerminal: boolean): boolean => {
    if (!color || (environment.NO_COLOR ?? '') !== '') return false;
    const forced = environment.FORCE_COLOR ?? '';
    return forced === '' ? isTerminal && !dumb : forced !== '0' && forced !== 'false';
  };
  const outIsTerminal = stdout.isTTY === true;
  const out = outIsTerminal ? { write: (text: string) => void stdout.write(text), flush: () => undefined } : gathered((text) => void (gone.signal.aborted || stdout.write(text)));
  process.once('exit', out.flush);
  return {
    out: (text) => (gone.signal.aborted ? undefined : out.write(text)),
    err: (text) => {
      // Both may lead to one place, where their order counts.
      out.flush();
      stderr.write(text);
    },
    outIsTerminal,
    outIsPipe: isPipe(1),
    errIsTerminal: stderr.isTTY === true && !dumb,
    columns: () => stderr.columns || 80,
    style: styles(colored(stderr.isTTY === true)),
    outStyle: styles(colored(outIsTerminal)),
    shown: (text) => (outIsTerminal ? safeForTerminal(text) : text),
    outGone: gone.signal,
  };
}

function isPipe(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isFIFO() || stats.isSocket();
  } catch {
    return false;
  }
}

/** How long text for a pipe or file may be held, in milliseconds: each write wakes its reader, and there may be thousands. */
const gatherMs = 16;

/** Writes what comes in quick succession at once. */
function gathered(write: (text: string) => void): { write(text: string): void; flush(): void } {
  let held = '';
  let timer: NodeJS.Timeout | null = null;
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const text = held;
    held = '';
    if (text !== '') write(text);
  };
  return {
    write(text) {
      held += text;
      if (held.length > 65_536) flush();
      else timer ??= setTimeout(flush, gatherMs);
    },
    flush,
  };
}

export function styles(colored: boolean): Style {
  const wrap = (code: number) => (text: string): string => (colored && text !== '' ? `\x1b[${code}m${text}\x1b[${code === 1 || code === 2 ? 22 : 39}m` : text);
  return { dim: wrap(2), bold: wrap(1), red: wrap(31), yellow: wrap(33), green: wrap(32) };
}
