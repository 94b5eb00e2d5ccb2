import { safeForTerminal } from '../core/safety/terminal.ts';
import type { Diagnostic } from '../core/language/diagnostics.ts';
import type { Terminal } from './terminal.ts';

/** Problems as compilers print them: `path:line:column: error: message`. */
export function problemLines(path: string, diagnostics: readonly Diagnostic[], { style }: Pick<Terminal, 'style'>): string {
  const words = { error: style.red('error'), warning: style.yellow('warning'), info: style.dim('info') };
  return diagnostics.map(({ line, column, severity, message }) => `${safeForTerminal(path)}:${line}:${column}: ${words[severity]}: ${safeForTerminal(message.replace(/\s+/g, ' '))}\n`).join('');
}
