import { safeForTerminal } from '../core/safety/terminal.ts';

/** Where a command writes to, and what it knows of the terminal there. */
export interface Terminal {
  /** Results. */
  out(text: string): void;
  /** Progress and problems. */
  err(text: string): void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly columns: () => number;
  readonly style: Style;
  /** Text of a model or a server, made harmless where a terminal would obey it; as it is where a program reads it. */
  shown(text: string): string;
}

export interface Style {
  dim(text: string): string;
  bold(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
}

/** The process's own streams. Colours follow `--no-color`, NO_COLOR (https://no-color.org) and FORCE_COLOR. */
export function processTerminal({ color, environment }: { readonly color: boolean; readonly environment: Readonly<Record<string, string | undefined>> }): Terminal {
  const { stdout, stderr } = process;
  const forced = (environment.FORCE_COLOR ?? '') !== '' && environment.FORCE_COLOR !== '0';
  const colored = color && (environment.NO_COLOR ?? '') === '' && (forced || (stderr.isTTY && environment.TERM !== 'dumb'));
  const wrap = (code: number) => (text: string): string => (colored && text !== '' ? `\x1b[${code}m${text}\x1b[${code === 1 || code === 2 ? 22 : 39}m` : text);
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    outIsTerminal: stdout.isTTY === true,
    errIsTerminal: stderr.isTTY === true && environment.TERM !== 'dumb',
    columns: () => stderr.columns ?? 80,
    style: { dim: wrap(2), bold: wrap(1), red: wrap(31), yellow: wrap(33), green: wrap(32) },
    shown: (text) => (stdout.isTTY === true ? safeForTerminal(text) : text),
  };
}
