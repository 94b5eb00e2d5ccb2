import { createSetup } from '../setup.ts';
import { exitStatus } from '../exit.ts';
import { openNotebook } from '../open-notebook.ts';
import { previewNotebook, type CellPreview } from '../../core/engine/preview.ts';
import { readParameters } from '../parameters.ts';
import { selectCells } from '../select-cells.ts';
import { tellRefusals } from '../print-problems.ts';
import type { Terminal } from '../terminal.ts';

export interface PreviewOptions {
  readonly cell?: readonly string[];
  readonly model?: string | undefined;
  readonly param?: readonly string[];
  readonly params?: string | undefined;
  readonly config?: string | undefined;
  readonly format: 'text' | 'json';
}

/** `promptnb preview`: the exact requests that cells would send. Sends nothing. */
export async function previewCommand(path: string, options: PreviewOptions, terminal: Terminal): Promise<number> {
  const opened = openNotebook(path);
  const { program } = opened;
  const targets = selectCells(program, { cells: options.cell });
  const given = readParameters(program, options);
  const setup = createSetup({ notebook: path, config: options.config, environment: process.env, keep: false, confirm: async () => false, warn: (line) => terminal.err(`${line}\n`) });
  try {
    const preview = await previewNotebook({ program, targets, host: setup.host, models: await setup.models(options.model), ...given });
    if ('refusals' in preview) {
      tellRefusals(preview.refusals, opened, terminal);
      return exitStatus.wrongUse;
    }
    const { cells } = preview;
    terminal.out(options.format === 'json' ? `${JSON.stringify({ cells: cells.map(cellJson) }, null, 2)}\n` : cells.map((cell) => cellText(cell, terminal)).join('\n'));
    return exitStatus.done;
  } finally {
    await setup.close();
  }
}

function cellJson({ cell, model, requests, unknown, error }: CellPreview): object {
  return { name: cell.name, model, requests, unknown, error: error === null ? null : { code: error.code, message: error.message, hint: error.hint } };
}

function cellText({ cell, model, requests, unknown, error }: CellPreview, { outStyle: style, shown }: Terminal): string {
  const lines = [`${style.bold(cell.name ?? `#${cell.number}`)} · ${shown(model)}`];
  if (unknown.length > 0) lines.push(style.yellow(`The results of ${unknown.join(', ')} are not known yet: ⟨…⟩ stands for them.`));
  if (error !== null) lines.push(`${style.red(error.code)}: ${shown(error.message)}`, ...(error.hint === null ? [] : [style.dim(`  ${shown(error.hint)}`)]));
  for (const { url, body } of requests) lines.push(style.dim(`POST ${shown(url)}`), shown(JSON.stringify(body, null, 2)));
  return `${lines.join('\n')}\n`;
}
