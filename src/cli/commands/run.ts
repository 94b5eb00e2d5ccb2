import { CommandError, exitStatus } from '../exit.ts';
import { commandModels, type CommandModels } from '../model-source.ts';
import { confirmOnTerminal } from '../confirm.ts';
import { createSetup } from '../setup.ts';
import { didYouMean } from '../../core/did-you-mean.ts';
import { inOrder } from '../../core/engine/graph.ts';
import { interruptible } from '../interrupt.ts';
import { jsonLinesReporter, jsonReporter } from '../report/json.ts';
import { keepResults, resultPlace } from '../keep-results.ts';
import { obtainWithConsent } from '../obtain.ts';
import { openNotebook } from '../open-notebook.ts';
import { readParameters } from '../parameters.ts';
import { runNotebook } from '../../core/engine/run-notebook.ts';
import { safeForTerminal } from '../../core/safety/terminal.ts';
import { selectCells } from '../select-cells.ts';
import { tellRefusals } from '../print-problems.ts';
import { textReporter } from '../report/text.ts';
import { together, type Ran, type Reporter } from '../report/reporter.ts';
import { tools } from '../../core/tools/index.ts';
import type { CacheMode } from '../../core/techniques/cache.ts';
import type { Terminal } from '../terminal.ts';

export interface RunOptions {
  readonly cell?: readonly string[];
  readonly from?: string | undefined;
  readonly model?: string | undefined;
  readonly param?: readonly string[];
  readonly params?: string | undefined;
  readonly write?: boolean;
  readonly output?: string | undefined;
  readonly format: 'text' | 'json' | 'jsonl';
  readonly config?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly cache?: CacheMode | undefined;
  readonly record?: string | undefined;
  readonly replay?: string | undefined;
  readonly maxCost?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly allow?: readonly string[];
  readonly quiet?: boolean;
  /** Downloads without asking. */
  readonly yes?: boolean;
}

/** `promptnb run`: runs cells, tells how it goes, and ends with the status that docs/cli.md promises. */
export async function runCommand(path: string, options: RunOptions, terminal: Terminal): Promise<number> {
  const { quiet = false, yes = false } = options;
  for (const name of options.allow ?? []) knownTool(name);
  const opened = openNotebook(path);
  const place = resultPlace(opened, options);
  const { program } = opened;
  const targets = selectCells(program, { cells: options.cell, from: options.from });
  const given = readParameters(program, options);
  let reporter: Reporter | null = null;
  let models: CommandModels | null = null;
  const interrupt = interruptible(() => reporter?.end(null));
  // Where nobody reads the results and they go nowhere else, there is no use in paying for more of them.
  if (place.kind === 'nowhere') terminal.outGone.addEventListener('abort', interrupt.cancel);
  const setup = createSetup({
    notebook: path, config: options.config, environment: process.env, keep: true,
    ...(!quiet && { warn: (line) => terminal.err(`${line}\n`) }),
    confirm: (question) => confirmOnTerminal(question.message, terminal, interrupt.signal),
    obtain: obtainWithConsent({ terminal, yes, quiet, signal: interrupt.signal }),
  });
  try {
    models = await commandModels(setup, options);
    const { source } = models;
    const said = (outcome: Ran): string => (interrupt.signal.aborted ? 'cancelled' : statusOf(outcome) === exitStatus.done ? 'done' : 'failed');
    const told = textReporter(terminal, { quiet, several: inOrder(targets, program.prompts).length > 1, wanted: (cell) => targets.includes(cell), results: options.format === 'text', line: drawsLine(options.format, terminal) });
    const telling: Reporter =
      options.format === 'json' ? together(told, jsonReporter(terminal, { notebook: path, status: said }))
      : options.format === 'jsonl' ? together(told, jsonLinesReporter(terminal))
      : told;
    reporter = telling;
    const cache = options.cache ?? (options.record === undefined ? undefined : 'refresh');
    const outcome = await runNotebook({
      program, targets, host: setup.host, models: source, notebook: path, signal: interrupt.signal, ...given,
      budget: { ...(options.maxCost !== undefined && { cost: options.maxCost }), ...(options.maxTokens !== undefined && { tokens: options.maxTokens }) },
      ...(cache !== undefined && { cache }),
      ...(options.allow !== undefined && { allow: options.allow }),
      ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
      watch: (event, cell, record) => telling.event(event, cell, record),
      onResult: (result) => telling.result(result),
    });
    reporter = null;
    if (outcome.kind === 'refused') {
      telling.end(null);
      tellRefusals(outcome.refusals, opened, terminal);
      return interrupt.signal.aborted ? exitStatus.interrupted : exitStatus.wrongUse;
    }
    telling.end(outcome);
    // A key of another model's may have got into an answer; its own is taken out where the answer comes in.
    const cells = outcome.cells.map((cell) => ({ ...cell, text: setup.host.redact(cell.text) }));
    const written = keepResults(opened, { cells, place, outputs: setup.config.list.outputs }, terminal);
    const recorded = await models.close();
    models = null;
    if (recorded !== null) terminal.err(`${safeForTerminal(recorded)}\n`);
    if (interrupt.signal.aborted) return exitStatus.interrupted;
    return written && recorded === null ? statusOf(outcome) : exitStatus.failed;
  } finally {
    reporter?.end(null);
    interrupt.stop();
    await models?.close();
    await setup.close();
  }
}

/** A line is drawn where nothing comes between: results that stream through a pipe may come out on the same screen. */
function drawsLine(format: RunOptions['format'], { outIsTerminal, outIsPipe }: Terminal): boolean {
  return format === 'json' || (!outIsPipe && !(format === 'jsonl' && outIsTerminal));
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
