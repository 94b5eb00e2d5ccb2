import { createSetup } from '../setup.ts';
import { diagnose } from '../../core/language/diagnostics.ts';
import { exitStatus } from '../exit.ts';
import { hasErrors } from '../../core/engine/program.ts';
import { openNotebook } from '../open-notebook.ts';
import { previewNotebook } from '../../core/engine/preview.ts';
import { problemLines } from '../print-problems.ts';
import { readParameters } from '../parameters.ts';
import { selectCells } from '../select-cells.ts';
import type { Terminal } from '../terminal.ts';

export interface PreviewOptions {
  readonly cell: readonly string[];
  readonly model?: string | undefined;
  readonly param: readonly string[];
  readonly params?: string | undefined;
  readonly config?: string | undefined;
  readonly format: 'text' | 'json';
}

/** `promptnb preview`: the exact requests that cells would send. Sends nothing. */
export async function previewCommand(path: string, options: PreviewOptions, terminal: Terminal): Promise<number> {
  const { program, text } = openNotebook(path);
  const targets = selectCells(program, { cells: options.cell });
  const given = readParameters(program, options);
  if (targets.some((cell) => hasErrors(program, cell))) {
    terminal.err(problemLines(path, diagnose(program, text).filter((one) => one.severity === 'error'), terminal));
    return exitStatus.wrongUse;
  }
  const setup = createSetup({ notebook: path, config: options.config, environment: process.env, keep: false, confirm: async () => false });
  try {
    const preview = await previewNotebook({ program, targets, host: setup.host, models: await setup.models(options.model), ...given });
    if ('refusals' in preview) {
      for (const { error } of preview.refusals) terminal.err(`${terminal.shown(error.message)}${error.hint === null ? '' : ` ${terminal.shown(error.hint)}`}\n`);
      return exitStatus.wrongUse;
    }
    if (options.format === 'json') {
      const cells = preview.cells.map(({ cell, model, requests, unknown, error }) => ({ name: cell.name, model, requests, ...(unknown.length > 0 && { unknown }), ...(error !== null && { error }) }));
      terminal.out(`${JSON.stringify({ cells }, null, 2)}\n`);
      return exitStatus.done;
    }
    for (const { cell, model, requests, unknown, error } of preview.cells) {
      terminal.out(`${terminal.style.bold(cell.name ?? `#${cell.number}`)} · ${model}\n`);
      if (unknown.length > 0) terminal.out(`Not known yet: the results of ${unknown.join(', ')}; their places are marked ⟨…⟩.\n`);
      if (error !== null) terminal.out(`Sends nothing: ${terminal.shown(error.message)}\n`);
      for (const { url, body } of requests) terminal.out(`POST ${terminal.shown(url)}\n${terminal.shown(JSON.stringify(body, null, 2))}\n`);
      terminal.out('\n');
    }
    return exitStatus.done;
  } finally {
    await setup.close();
  }
}
