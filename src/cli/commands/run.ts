import { appendFile } from 'node:fs/promises';
import { CommandError, exitStatus } from '../exit.ts';
import { confirmOnTerminal } from '../confirm.ts';
import { createSetup } from '../setup.ts';
import { diagnose } from '../../core/language/diagnostics.ts';
import { FileError, writeFileAtomically } from '../../node/files.ts';
import { encodeNotebook } from '../../core/notebook/bytes.ts';
import { jsonLinesReporter, jsonReporter } from '../report/json.ts';
import { obtainWithConsent } from '../obtain.ts';
import { openNotebook, type OpenNotebook } from '../open-notebook.ts';
import { problemLines } from '../print-problems.ts';
import { readFileSync } from 'node:fs';
import { readParameters } from '../parameters.ts';
import { recordingModel } from '../../core/models/recording.ts';
import { resolve } from 'node:path';
import { runNotebook, type Refusal } from '../../core/engine/run-notebook.ts';
import { selectCells } from '../select-cells.ts';
import { textReporter } from '../report/text.ts';
import { tools } from '../../core/tools/index.ts';
import { didYouMean } from '../../core/did-you-mean.ts';
import { writeBack } from '../../core/engine/write-back.ts';
import { writeNotebook } from '../../core/notebook/write.ts';
import type { CacheMode } from '../../core/techniques/cache.ts';
import type { ModelSource } from '../../core/engine/open-models.ts';
import type { Ran, Reporter } from '../report/reporter.ts';
import type { Terminal } from '../terminal.ts';

export interface RunOptions {
  readonly cell: readonly string[];
  readonly from?: string | undefined;
  readonly model?: string | undefined;
  readonly param: readonly string[];
  readonly params?: string | undefined;
  readonly write: boolean;
  readonly output?: string | undefined;
  readonly format: 'text' | 'json' | 'jsonl';
  readonly config?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly cache?: CacheMode | undefined;
  readonly record?: string | undefined;
  readonly replay?: string | undefined;
  readonly maxCost?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly allow: readonly string[];
  readonly quiet: boolean;
  /** Downloads without asking. */
  readonly yes: boolean;
}

/** `promptnb run`: runs cells, tells how it goes, and ends with the status that docs/cli.md promises. */
export async function runCommand(path: string, options: RunOptions, terminal: Terminal): Promise<number> {
  if (options.write && options.output !== undefined) throw new CommandError('`--write` and `--output` exclude each other: give one.');
  for (const name of options.allow) knownTool(name);
  const opened = openNotebook(path);
  const { program } = opened;
  const targets = selectCells(program, { cells: options.cell, from: options.from });
  const given = readParameters(program, options);
  const interrupt = interruptible();
  const setup = createSetup({
    notebook: path, config: options.config, environment: process.env, keep: true,
    confirm: (question) => confirmOnTerminal(question.message, terminal),
    obtain: obtainWithConsent({ terminal, yes: options.yes, quiet: options.quiet, signal: interrupt.signal }),
  });
  let reporter: Reporter | null = null;
  try {
    const source = await modelSource(await setup.models(options.model), options);
    const said = (outcome: Ran): string => (interrupt.signal.aborted ? 'cancelled' : statusOf(outcome) === exitStatus.done ? 'done' : 'failed');
    reporter =
      options.format === 'json' ? jsonReporter(terminal, { notebook: path, status: said })
      : options.format === 'jsonl' ? jsonLinesReporter(terminal)
      : textReporter(terminal, { quiet: options.quiet, several: targets.length > 1 });
    const telling = reporter;
    const outcome = await runNotebook({
      program, targets, host: setup.host, models: source, notebook: path, signal: interrupt.signal, ...given,
      budget: { ...(options.maxCost !== undefined && { cost: options.maxCost }), ...(options.maxTokens !== undefined && { tokens: options.maxTokens }) },
      ...(options.cache !== undefined && { cache: options.cache }),
      ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
      watch: (event, cell, record) => telling.event(event, cell, record),
      onResult: (result) => telling.result(result),
    });
    if (outcome.kind === 'refused') {
      telling.end(null);
      tellRefusals(outcome.refusals, opened, terminal);
      return interrupt.signal.aborted ? exitStatus.interrupted : exitStatus.wrongUse;
    }
    telling.end(outcome);
    reporter = null;
    const written = keepResults(opened, outcome, options, terminal);
    if (interrupt.signal.aborted) return exitStatus.interrupted;
    return written ? statusOf(outcome) : exitStatus.failed;
  } finally {
    reporter?.end(null);
    interrupt.stop();
    await setup.close();
  }
}

function knownTool(name: string): void {
  if (tools.some((tool) => tool.name === name)) return;
  const near = didYouMean(name, tools.map((tool) => tool.name));
  throw new CommandError(`There is no tool \`${name}\`.`, near === undefined ? `There is ${tools.map((tool) => `\`${tool.name}\``).join(', ')}.` : `Did you mean \`${near}\`?`);
}

/** 0: everything done and every check passed. */
function statusOf({ cells }: Ran): number {
  return cells.every((cell) => cell.status === 'done' && cell.checks.every((check) => check.passed === true)) ? exitStatus.done : exitStatus.failed;
}

/** `--replay` puts recorded completions in the place of every model; `--record` listens to all of them. */
async function modelSource(source: ModelSource, { replay, record }: RunOptions): Promise<ModelSource> {
  if (replay !== undefined && record !== undefined) throw new CommandError('`--record` and `--replay` exclude each other: give one.');
  if (replay !== undefined) {
    const name = `replay:${resolve(replay)}`;
    const { default: _default, embedded: _embedded, ...rest } = source;
    return { ...rest, picked: name, open: () => source.open(name) };
  }
  if (record === undefined) return source;
  try {
    await appendFile(record, '');
  } catch (error) {
    throw new CommandError(`Completions cannot be recorded in ${record}: ${(error as Error).message}`);
  }
  return { ...source, open: async (name) => recordingModel(await source.open(name), (line) => appendFile(record, line.endsWith('\n') ? line : `${line}\n`)) };
}

function tellRefusals(refusals: readonly Refusal[], { path, text, program }: OpenNotebook, terminal: Terminal): void {
  if (refusals.some((refusal) => refusal.problem !== undefined)) {
    terminal.err(problemLines(path, diagnose(program, text).filter((one) => one.severity === 'error'), terminal));
    terminal.err('Nothing was sent.\n');
    return;
  }
  for (const { error } of refusals) terminal.err(`${terminal.style.red(error.code)}: ${terminal.shown(error.message)}\n${error.hint === null ? '' : `  ${terminal.shown(error.hint)}\n`}`);
}

/** Writes the results where they were asked for. A notebook that somebody else has changed meanwhile is left as it is. */
function keepResults(opened: OpenNotebook, { cells }: Ran, { write, output }: RunOptions, terminal: Terminal): boolean {
  const target = write ? opened.file : output;
  if (target === undefined) return true;
  const notebook = writeBack(opened.program.notebook, cells);
  try {
    if (write) {
      const now = readFileSync(opened.file);
      if (!now.equals(opened.bytes)) {
        terminal.err(`${opened.path} was changed while it ran, so the results were not written over it. They are in .promptnb/runs; run again, and unchanged cells are answered from the cache.\n`);
        return false;
      }
      if (notebook === opened.program.notebook) return true;
    }
    writeFileAtomically(target, encodeNotebook(writeNotebook(notebook)));
    return true;
  } catch (error) {
    const message = error instanceof FileError ? error.message : `${opened.path} cannot be written: ${(error as Error).message}`;
    terminal.err(`${message} The results are in .promptnb/runs.\n`);
    return false;
  }
}

/** Ctrl-C and a polite kill cancel; a second one ends the process at once. */
function interruptible(): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(exitStatus.interrupted);
    controller.abort(new DOMException('The run was cancelled.', 'AbortError'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    stop() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
