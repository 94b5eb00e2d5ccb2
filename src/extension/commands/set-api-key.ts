import { services as knownServices } from '../../core/models/services.ts';
import type { Command } from './command.ts';
import type { Services } from '../services.ts';
import * as vscode from 'vscode';

interface EndpointItem extends vscode.QuickPickItem {
  readonly endpoint: string | null;
}

/** Keeps a key for a server in the secret store; also replaces one, and takes one away. */
export const setApiKey: Command = {
  id: 'promptnb.setApiKey',
  async run(services, given) {
    const endpoint = typeof given === 'string' && given !== '' ? given : await pickEndpoint(services);
    return endpoint === undefined ? false : askForKey(endpoint, services);
  },
};

/** Asks for the key of a server. Resolves to whether one is kept afterwards. */
export async function askForKey(endpoint: string, { keys }: Pick<Services, 'keys'>): Promise<boolean> {
  const before = await keys.get(endpoint);
  if (before !== undefined) {
    const replace = { label: '$(key) Replace the key' };
    const remove = { label: '$(trash) Remove the key' };
    const chosen = await vscode.window.showQuickPick([replace, remove], { title: `API Key for ${hostOf(endpoint)}`, placeHolder: 'There is a key for this server' });
    if (chosen === undefined) return true;
    if (chosen === remove) {
      await keys.remove(endpoint);
      void vscode.window.showInformationMessage(`The key for ${hostOf(endpoint)} was removed.`);
      return false;
    }
  }
  const key = await vscode.window.showInputBox({
    title: `API Key for ${hostOf(endpoint)}`, prompt: 'It is kept in the secret store of this computer, and sent to this server only.', password: true, ignoreFocusOut: true,
    validateInput: (value) => (value.trim() === '' ? 'A key is needed, or press Escape.' : /[^\x20-\x7e]/.test(value.trim()) ? 'A key has only letters, digits and signs of ASCII: was something else copied with it?' : undefined),
  });
  if (key === undefined) return before !== undefined;
  await keys.set(endpoint, key.trim());
  return true;
}

async function pickEndpoint({ keys, models }: Pick<Services, 'keys' | 'models'>): Promise<string | undefined> {
  const kept = await keys.endpoints();
  const named = new Map(knownServices.flatMap(({ title, baseUrl }) => (baseUrl === null ? [] : [[new URL(baseUrl).origin, title] as const])));
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '/';
  const configured = models.list(folder).models.flatMap(({ baseUrl }) => originOf(baseUrl) ?? []);
  const item = (endpoint: string): EndpointItem => ({ endpoint, label: named.get(endpoint) ?? hostOf(endpoint), description: named.has(endpoint) ? hostOf(endpoint) : '', detail: kept.includes(endpoint) ? 'has a key' : '' });
  const endpoints = [...new Set([...kept, ...configured, ...named.keys()])];
  const other: EndpointItem = { endpoint: null, label: '$(edit) Another server…' };
  const chosen = await vscode.window.showQuickPick([...endpoints.map(item), other], { title: 'Set API Key', placeHolder: 'The server that the key is for', matchOnDescription: true });
  if (chosen === undefined) return undefined;
  return chosen.endpoint ?? (await askForAddress('Set API Key').then((url) => (url === undefined ? undefined : new URL(url).origin)));
}

/** Asks for the address of a server; undefined when the person goes away. */
export async function askForAddress(title: string, example = 'https://host/v1'): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({ title, prompt: 'The address of a server with OpenAI’s API, usually ending in /v1', placeHolder: example, ignoreFocusOut: true, validateInput: addressProblem });
  return text?.trim();
}

export function addressProblem(text: string): string | undefined {
  const url = URL.parse(text.trim());
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return 'An address begins with http:// or https://.';
  return url.username !== '' || url.password !== '' ? 'Keys and passwords do not belong into an address: the key is asked for separately.' : undefined;
}

function originOf(baseUrl: string | undefined): string | undefined {
  return baseUrl === undefined ? undefined : URL.parse(baseUrl)?.origin;
}

function hostOf(endpoint: string): string {
  return URL.parse(endpoint)?.host ?? endpoint;
}
