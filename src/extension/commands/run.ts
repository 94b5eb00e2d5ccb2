import { cellOf, type Command } from './command.ts';
import { withDependents } from '../../core/engine/graph.ts';
import * as vscode from 'vscode';

/** Asks the model anew, and replaces what the cache has. */
export const runCellWithoutCache: Command = {
  id: 'promptnb.runCellWithoutCache',
  async run({ runCells }, argument) {
    const cell = cellOf(argument);
    if (cell !== undefined) await runCells({ notebook: cell.notebook, cells: [cell], cache: 'refresh' });
  },
};

/** Runs a cell and every cell that needs it, directly or through others. */
export const runFromHere: Command = {
  id: 'promptnb.runFromHere',
  async run({ runCells, notebooks }, argument) {
    const cell = cellOf(argument);
    if (cell === undefined) return;
    const notebook = notebooks.get(cell.notebook);
    const { prompts, data } = notebook.program;
    const index = notebook.indexOf(cell);
    const own = prompts.filter((prompt) => prompt.index === index);
    // What uses a data cell runs from there, too.
    const name = data.find((one) => one.index === index)?.name ?? null;
    const users = name === null ? [] : prompts.filter((prompt) => prompt.needs.some((need) => need.name === name));
    const cells = withDependents([...own, ...users], prompts).map((prompt) => notebook.cell(prompt.index));
    if (cells.length === 0) void vscode.window.showInformationMessage('No cell uses this one.');
    else await runCells({ notebook: cell.notebook, cells });
  },
};

/** Runs a cell, also while it runs: the run that goes on is stopped, and it begins anew. */
export const runCell: Command = {
  id: 'promptnb.runCell',
  async run({ runCells }, argument) {
    const cell = cellOf(argument);
    if (cell !== undefined) await runCells({ notebook: cell.notebook, cells: [cell] });
  },
};
