import { addModel } from './add-model.ts';
import { rerunCell, runCellWithoutCache, runFromHere } from './run.ts';
import { selectModel } from './select-model.ts';
import { setApiKey } from './set-api-key.ts';
import type { Command } from './command.ts';
import type { Services } from '../services.ts';
import * as vscode from 'vscode';

/** Every command; package.json declares the same, which a test holds equal. */
export const commands: readonly Command[] = [selectModel, addModel, setApiKey, runCellWithoutCache, runFromHere, rerunCell];

export function registerCommands(services: Services): readonly vscode.Disposable[] {
  return commands.map(({ id, run }) => vscode.commands.registerCommand(id, async (...args: readonly unknown[]) => run(services, ...args)));
}
