import { CommandError, exitStatus } from '../exit.ts';
import { dirname, join, resolve } from 'node:path';
import { findCell } from '../select-cells.ts';
import { openNotebook } from '../open-notebook.ts';
import { readFileSync } from 'node:fs';
import { readJournal } from '../../core/trace/journal.ts';
import { readOutput } from '../../core/notebook/output.ts';
import { traceText } from '../../core/trace/text.ts';
import type { RunRecord } from '../../core/trace/record.ts';
import type { Terminal } from '../terminal.ts';

export interface TraceOptions {
  readonly cell?: string | undefined;
  readonly format: 'text' | 'json';
}

/** `promptnb trace`: a record, or the records of the outputs that stand in a notebook. */
export async function traceCommand(path: string, { cell, format }: TraceOptions, terminal: Terminal): Promise<number> {
  const { records, missing } = /\.jsonl$/i.test(path) ? { records: [readRecord(path)], missing: [] } : recordsOf(path, cell);
  for (const message of missing) terminal.err(`${terminal.shown(message)}\n`);
  if (records.length === 0 && missing.length === 0) throw new CommandError(`${path} has no outputs, so there is nothing to trace.`, 'Run it with `--write`, or name a record in .promptnb/runs.');
  // One record is one object, so that a program need not look into a list for it.
  if (format === 'json') terminal.out(`${JSON.stringify(records.length === 1 && (cell !== undefined || /\.jsonl$/i.test(path)) ? records[0] : { records }, null, 2)}\n`);
  else terminal.out(records.map((record) => terminal.shown(traceText(record))).join('\n'));
  return records.length === 0 ? exitStatus.failed : exitStatus.done;
}

function readRecord(path: string): RunRecord {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file.' : (error as Error).message}`);
  }
  try {
    return readJournal(text);
  } catch (error) {
    throw new CommandError(`${path}: ${(error as Error).message}`);
  }
}

function recordsOf(path: string, name: string | undefined): { readonly records: readonly RunRecord[]; readonly missing: readonly string[] } {
  const { program, file } = openNotebook(path);
  const cells = name === undefined ? program.prompts : [findCell(program, name)];
  const records: RunRecord[] = [];
  const missing: string[] = [];
  for (const cell of cells) {
    const shown = cell.name ?? `#${cell.number}`;
    const { output } = program.notebook.cells[cell.index]!;
    if (output === null) {
      if (name !== undefined) throw new CommandError(`\`${shown}\` has no output: it was not run, or not with \`--write\`.`);
      continue;
    }
    const { runId } = readOutput(output);
    const record = runId !== null && /^[0-9a-f]{4,64}$/.test(runId) ? join(dirname(resolve(file)), '.promptnb', 'runs', `${runId}.jsonl`) : null;
    try {
      if (record === null) throw new CommandError('');
      records.push(readRecord(record));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      missing.push(`${shown}: the record of run ${runId ?? '?'} is not in .promptnb/runs: it was made elsewhere, or deleted. The result itself stands in the notebook.`);
    }
  }
  return { records, missing };
}
