import { CommandError, exitStatus } from '../exit.ts';
import { diagnose, type Diagnostic } from '../../core/language/diagnostics.ts';
import { openNotebook } from '../open-notebook.ts';
import { oneLine, problemLines } from '../print-problems.ts';
import type { Terminal } from '../terminal.ts';

export interface CheckOptions {
  readonly format: 'text' | 'json';
}

/** `promptnb check`: the problems of notebooks, and nothing else. 1 with an error, 0 with warnings only, 2 when one cannot be read. */
export async function checkCommand(paths: readonly string[], { format }: CheckOptions, terminal: Terminal): Promise<number> {
  let status: number = exitStatus.done;
  const files: { path: string; problems: object[] }[] = [];
  for (const path of paths) {
    let diagnostics: readonly Diagnostic[];
    try {
      const { program, text } = openNotebook(path);
      diagnostics = diagnose(program, text);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      terminal.err(`${oneLine(error.message)}\n`);
      status = exitStatus.wrongUse;
      files.push({ path, problems: [{ line: 1, column: 1, severity: 'error', code: 'unreadable', message: error.message }] });
      continue;
    }
    if (status === exitStatus.done && diagnostics.some((one) => one.severity === 'error')) status = exitStatus.failed;
    if (format === 'text') terminal.out(problemLines(path, diagnostics, terminal.outStyle));
    else files.push({ path, problems: diagnostics.map(({ line, column, severity, code, message }) => ({ line, column, severity, code, message })) });
  }
  if (format === 'json') terminal.out(`${JSON.stringify({ files }, null, 2)}\n`);
  return status;
}
