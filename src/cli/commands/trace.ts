import { CommandError, exitStatus } from '../exit.ts';
import { FileError, readBytes } from '../../node/files.ts';
import { dirname, join, relative, resolve } from 'node:path';
import { findCell } from '../select-cells.ts';
import { oneLine } from '../print-problems.ts';
import { openNotebook } from '../open-notebook.ts';
import { readdirSync, statSync } from 'node:fs';
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
  const isRecord = /\.jsonl$/i.test(path);
  const { records, missing } = isRecord ? { records: [recordOf(path, cell)], missing: [] } : recordsOf(path, cell);
  for (const message of missing) terminal.err(`${oneLine(message)}\n`);
  // A record is one object, so that a program need not look into a list for it.
  if (format === 'json') terminal.out(`${JSON.stringify(isRecord ? records[0] : { records }, null, 2)}\n`);
  else terminal.out(records.map((record) => textOf(record, path, terminal)).join('\n'));
  return records.length === 0 ? exitStatus.failed : exitStatus.done;
}

/** A record may come from anywhere: one whose events have other forms is not shown, rather than half of it. */
function textOf(record: RunRecord, path: string, { outStyle, shown }: Terminal): string {
  try {
    return traceText(record, { style: outStyle, safe: shown });
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw new CommandError(`${path} cannot be shown: its events are not of the form that records have.`, '`--format json` prints what was read.');
    throw error;
  }
}

function recordOf(path: string, name: string | undefined): RunRecord {
  const record = readRecord(path);
  if (name !== undefined && name !== record.cell && name !== `#${record.index}`) throw new CommandError(`${path} is a record of ${record.cell === null ? `cell #${record.index}` : `\`${record.cell}\``}, not of \`${name}\`.`, 'Leave `--cell` out.');
  return record;
}

function readRecord(path: string): RunRecord {
  try {
    // A crash may have cut the last character: what stands before it is read all the same.
    return readJournal(new TextDecoder().decode(readBytes(path)));
  } catch (error) {
    throw new CommandError(error instanceof FileError ? `${path} cannot be read: ${error.message}` : `${path}: ${(error as Error).message}`);
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
      if (name !== undefined) throw new CommandError(`\`${shown}\` has no output: it was not run, or not with \`--write\`.`, latestHint(file));
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
  if (records.length === 0 && missing.length === 0) throw new CommandError(`${path} has no outputs, so there is nothing to trace.`, latestHint(file));
  return { records, missing };
}

/** Where to look instead: the records of a notebook that was run without `--write` are there too. */
function latestHint(notebook: string): string {
  const folder = join(dirname(notebook), '.promptnb', 'runs');
  let latest: { readonly path: string; readonly at: number } | null = null;
  try {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const at = name.endsWith('.jsonl') ? statSync(path).mtimeMs : -1;
      if (at > (latest?.at ?? 0)) latest = { path, at };
    }
  } catch {
    // There are no records.
  }
  return latest === null ? 'Run it with `--write`, or name a record in .promptnb/runs.' : `Run it with \`--write\`, or name a record: the latest one is ${relative(process.cwd(), latest.path)}.`;
}
