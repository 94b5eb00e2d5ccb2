import * as vscode from 'vscode';

/** Sets one of our settings for everyone; undefined takes it back. */
export async function set(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration('promptnb').update(name, value, vscode.ConfigurationTarget.Global);
}

/** Takes all our settings back. */
export async function resetSettings(): Promise<void> {
  for (const name of ['models', 'defaultModel', 'outputs', 'confirm.cost', 'confirm.calls']) await set(name, undefined);
}
