import type { Confirmation } from '../../core/engine/host.ts';
import * as vscode from 'vscode';

/** Asks the person before something is spent. */
export async function confirmInEditor({ message }: Confirmation): Promise<boolean> {
  const run = 'Run';
  const [first = message, ...rest] = message.replace(/ Run(?: anyway)?\?$/, '').split(/(?<=\.) /);
  return (await vscode.window.showWarningMessage(first, { modal: true, detail: rest.join(' ') }, run)) === run;
}

/** From which size on the settings want the person to be asked; 0 turns a threshold off. */
export function askFirstSettings(): { readonly cost?: number; readonly calls?: number } {
  const settings = vscode.workspace.getConfiguration('promptnb.confirm');
  const cost = settings.get<number>('cost') ?? 0;
  const calls = settings.get<number>('calls') ?? 0;
  return { ...(cost > 0 && { cost }), ...(calls > 0 && { calls }) };
}
