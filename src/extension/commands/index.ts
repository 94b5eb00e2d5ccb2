import { addModel } from './add-model.ts';
import { clearCache } from './cache.ts';
import { copyResult, insertResult } from './results.ts';
import { countTokens } from './count-tokens.ts';
import { newNotebook, openExample } from './new-notebook.ts';
import { previewRequest, requestDocuments } from './preview-request.ts';
import { runCell, runCellWithoutCache, runFromHere } from './run.ts';
import { toggleOutputs } from './toggle-outputs.ts';
import { selectModel } from './select-model.ts';
import { setApiKey } from './set-api-key.ts';
import type { Command } from './command.ts';
import type { Services } from '../services.ts';
import * as vscode from 'vscode';

/** Every command; package.json declares the same, which a test holds equal. */
export const commands: readonly Command[] = [
  newNotebook, openExample, selectModel, addModel, setApiKey, runCell, runCellWithoutCache, runFromHere, previewRequest, copyResult, insertResult, countTokens, toggleOutputs, clearCache,
];

export function registerCommands(services: Services): readonly vscode.Disposable[] {
  return [requestDocuments(), ...commands.map(({ id, run }) => vscode.commands.registerCommand(id, async (...args: readonly unknown[]) => run(services, ...args)))];
}
