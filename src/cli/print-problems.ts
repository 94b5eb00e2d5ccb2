import { diagnose, type Diagnostic } from '../core/language/diagnostics.ts';
import { safeForTerminal } from '../core/safety/terminal.ts';
import type { OpenNotebook } from './open-notebook.ts';
import type { Refusal } from '../core/engine/refuse.ts';
import type { Style, Terminal } from './terminal.ts';

/** Problems as compilers print them: `path:line:column: error: message`. */
export function problemLines(path: string, diagnostics: readonly Diagnostic[], style: Style): string {
  const words = { error: style.red('error'), warning: style.yellow('warning'), info: style.dim('info') };
  return diagnostics.map(({ line, column, severity, message }) => `${oneLine(path)}:${line}:${column}: ${words[severity]}: ${oneLine(message)}\n`).join('');
}

/** Tells why nothing was sent. */
export function tellRefusals(refusals: readonly Refusal[], { path, text, program }: OpenNotebook, { err, style }: Pick<Terminal, 'err' | 'style'>): void {
  const places = new Set(refusals.flatMap((refusal) => refusal.at ?? []));
  if (places.size > 0) {
    err(problemLines(path, diagnose(program, text).filter((one) => one.severity === 'error' && (one.cell === null || places.has(one.cell))), style));
    err('Nothing was sent.\n');
    return;
  }
  for (const { error } of refusals) err(errorLines(error, style));
}

/** An error in a line, and what to do in another. */
export function errorLines({ code, message, hint }: Refusal['error'], style: Style): string {
  return `${style.red(code)}: ${oneLine(message)}\n${hint === null ? '' : style.dim(`  ${oneLine(hint)}`) + '\n'}`;
}

/** Text for stderr: on one line, and harmless to a terminal. */
export function oneLine(text: string): string {
  return safeForTerminal(text.replace(/\s*[\r\n]\s*/g, ' '));
}
