import type { Command } from './command.ts';
import * as vscode from 'vscode';

/** Whether results stand in notebook files: the setting, for this workspace where there is one. */
export const toggleOutputs: Command = {
  id: 'promptnb.toggleOutputs',
  async run() {
    const settings = vscode.workspace.getConfiguration('promptnb');
    const next = settings.get('outputs') === 'none' ? 'result' : 'none';
    const target = vscode.workspace.workspaceFolders === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
    await settings.update('outputs', next, target);
    const where = target === vscode.ConfigurationTarget.Workspace ? 'in this workspace' : 'everywhere';
    void vscode.window.showInformationMessage(next === 'none' ? `Results no longer stand in notebook files ${where}: they go when a notebook is saved. The window still shows them.` : `Results stand in notebook files again ${where}, from the next save on.`);
  },
};
