import { notebookType, type OpenNotebooks } from '../notebook/open-notebooks.ts';
import { takeKeysOut } from '../../core/models/keys-in-list.ts';
import type { EditorModels } from './editor-models.ts';
import type { Json } from '../../core/json.ts';
import type { Keys } from './keys.ts';
import * as vscode from 'vscode';

/** Says what is wrong with the model list of the settings, once for each wrong list, and not before a notebook is open. */
export function tellSettingProblems({ models, keys, notebooks }: { readonly models: EditorModels; readonly keys: Keys; readonly notebooks: OpenNotebooks }): vscode.Disposable {
  let told = '';
  const look = async (): Promise<void> => {
    if (!vscode.workspace.notebookDocuments.some((notebook) => notebook.notebookType === notebookType)) return;
    const { problems } = models.list('/');
    const all = problems.map((problem) => problem.message).join('\n');
    if (all === told) return;
    told = all;
    const [first] = problems;
    if (first === undefined) return;
    const move = 'Move to Secret Store';
    const open = 'Open Settings';
    const isKey = problems.some((problem) => problem.code === 'key-in-file');
    const text = isKey ? 'A key stands in the setting promptnb.models, where others can read it. Its model is not used.' : `The setting promptnb.models: ${first.message}`;
    const chosen = await vscode.window.showWarningMessage(text, ...(isKey ? [move] : []), open);
    if (chosen === move) await moveKeys(keys);
    else if (chosen === open) await vscode.commands.executeCommand('workbench.action.openSettings', 'promptnb.models');
  };
  void look();
  return vscode.Disposable.from(models.onDidChange(() => void look()), notebooks.onDidOpen(() => void look()));
}

/** Keeps each key for its server, and takes it out of the settings, in whichever of them it stands. */
export async function moveKeys(keys: Keys): Promise<void> {
  const settings = vscode.workspace.getConfiguration('promptnb');
  const found = settings.inspect<readonly Json[]>('models');
  let moved = 0;
  for (const [value, target] of [
    [found?.globalValue, vscode.ConfigurationTarget.Global], [found?.workspaceValue, vscode.ConfigurationTarget.Workspace], [found?.workspaceFolderValue, vscode.ConfigurationTarget.WorkspaceFolder],
  ] as const) {
    if (!Array.isArray(value)) continue;
    const { models, keys: taken } = takeKeysOut(value as readonly Json[]);
    if (taken.length === 0) continue;
    for (const { endpoint, key } of taken) await keys.set(endpoint, key);
    await settings.update('models', models, target);
    moved += taken.length;
  }
  if (moved > 0) void vscode.window.showInformationMessage(moved === 1 ? 'The key is in the secret store now. If the settings were shared, make a new key.' : `${moved} keys are in the secret store now. If the settings were shared, make new ones.`);
}
