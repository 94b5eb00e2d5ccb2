import { inHash } from './in-hash.ts';
import { formedAnswer, output } from '../techniques/output.ts';
import { readOutput } from '../notebook/output.ts';
import type { Host } from './host.ts';
import type { Message, Value } from '../prompt/message.ts';
import type { Model } from '../models/model.ts';
import type { Program, PromptCell } from './program.ts';

export interface ToReuse {
  readonly program: Program;
  readonly messages: readonly Message[];
  readonly model: Model;
  readonly host: Host;
}

/**
 * The value of a cell that is up to date: the output under it is a whole result of just what goes in now, and passed its checks. Null
 * when it must run. What is read from the file is not trusted: anyone may have written it there.
 */
export async function reusable(cell: PromptCell, to: ToReuse): Promise<Value | null> {
  const kept = upToDate(cell, to);
  if (kept === null || cell.name === null) return null;
  const source = { kind: 'cell', name: cell.name } as const;
  const form = cell.options.get(output);
  if (form === undefined || form.format === 'text') return { data: kept.text, source, taint: [source] };
  const answer = await formedAnswer(form, kept.text);
  return 'value' in answer ? { data: answer.value, source, taint: [source] } : null;
}

/** The output of a cell, where it is a whole result of what goes in now and passed its checks; else null. */
export function upToDate(cell: PromptCell, { program, messages, model, host }: ToReuse): ReturnType<typeof readOutput> | null {
  const written = program.notebook.cells[cell.index]?.output ?? null;
  if (written === null) return null;
  const kept = readOutput(written);
  if (kept.status !== 'done' || (kept.checks !== null && kept.checks.passed !== kept.checks.total)) return null;
  return kept.in !== null && kept.in === inHash(cell, { messages, model, host }) ? kept : null;
}
