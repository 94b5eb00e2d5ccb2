import { askForAddress, askForKey } from './set-api-key.ts';
import { askModels } from '../../core/models/openai/model-list.ts';
import { dialectFor } from '../../core/models/openai/dialect.ts';
import { discoverServers } from '../../node/models/discover.ts';
import { ModelError, type ModelConfig } from '../../core/models/model.ts';
import { openai } from '../../core/models/openai.ts';
import { pickModel } from './select-model.ts';
import { services as knownServices } from '../../core/models/services.ts';
import { tryModel, type Trial } from '../../core/models/trial.ts';
import type { Command } from './command.ts';
import type { Services } from '../services.ts';
import * as vscode from 'vscode';

interface Server {
  readonly title: string;
  readonly baseUrl: string;
}

/** Sets a model up: finds servers on this machine, or asks for an address and a key; lists what is there, tries it, and keeps it. */
export const addModel: Command = {
  id: 'promptnb.addModel',
  async run(services) {
    const server = await chooseServer();
    if (server === undefined) return;
    const endpoint = new URL(server.baseUrl).origin;
    const name = await chooseName(server, endpoint, services);
    if (name === undefined) return;
    const config = await nameIt(server, name, services);
    if (config === undefined) return;
    const tried = await tryIt(config, services);
    if (tried === 'back') return;
    await keep(tried === null ? config : { ...config, ...differences(tried) });
    await tell(config, tried, services);
  },
};

async function chooseServer(): Promise<Server | undefined> {
  interface Item extends vscode.QuickPickItem {
    readonly server?: Server;
    readonly example?: string;
  }
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = 'Add Model';
  pick.placeholder = 'Who answers?';
  pick.busy = true;
  pick.matchOnDescription = true;
  const rest: readonly Item[] = [
    { label: 'Services', kind: vscode.QuickPickItemKind.Separator },
    ...knownServices.map(({ title, baseUrl, example }): Item => (baseUrl === null ? { label: title, description: example ?? '', example: example ?? '' } : { label: title, description: new URL(baseUrl).host, server: { title, baseUrl } })),
    { label: 'Elsewhere', kind: vscode.QuickPickItemKind.Separator },
    { label: '$(globe) Another server…', description: 'any server with OpenAI’s API: its address is asked for', example: 'https://host/v1' },
  ];
  pick.items = rest;
  void discoverServers({ fetch }).then(
    (found) => {
      const here = found.map(({ server, baseUrl, models, why }): Item => ({ label: server, description: why ?? `${models.length} ${models.length === 1 ? 'model' : 'models'}`, detail: baseUrl, server: { title: server, baseUrl } }));
      if (here.length > 0) pick.items = [{ label: 'Found on this machine', kind: vscode.QuickPickItemKind.Separator }, ...here, ...rest];
      pick.busy = false;
    },
    () => (pick.busy = false),
  );
  const chosen = await new Promise<Item | undefined>((resolve) => {
    pick.onDidAccept(() => resolve(pick.selectedItems[0]));
    pick.onDidHide(() => resolve(undefined));
    pick.show();
  });
  pick.dispose();
  if (chosen?.example === undefined) return chosen?.server;
  const baseUrl = await askForAddress('Add Model', chosen.example);
  return baseUrl === undefined ? undefined : { title: new URL(baseUrl).host, baseUrl };
}

/** The model's own name: from the server's list where it has one. Asks for a key where the server wants one. */
async function chooseName({ title, baseUrl }: Server, endpoint: string, services: Services): Promise<string | undefined> {
  const needsKey = dialectFor({ model: '' }, new URL(baseUrl)).needsKey;
  if (needsKey && (await services.keys.get(endpoint)) === undefined && !(await askForKey(endpoint, services))) return undefined;
  for (;;) {
    const key = await services.keys.get(endpoint);
    const answer = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: `Asking ${title} for its models` }, async () => askModels(`${baseUrl.replace(/\/+$/, '')}/models`, { fetch, key, timeoutMs: 15_000 }));
    if (answer.kind === 'models' && answer.ids.length > 0) {
      const other = { label: '$(edit) Another name…' };
      const chosen = await vscode.window.showQuickPick([...answer.ids.toSorted().map((label) => ({ label })), other], { title: `Add Model: ${title}`, placeHolder: 'Which model?' });
      return chosen === other ? typeName(title) : chosen?.label;
    }
    if (answer.kind === 'models' || answer.kind === 'foreign') return typeName(title, 'The server does not list its models.');
    const setKey = 'Set API Key…';
    const again = 'Try Again';
    const anyway = 'Add Anyway';
    const why = { key: key === undefined ? 'It asks for a key.' : 'It does not accept the key.', loading: 'It is still loading its model.', silent: `Nothing answers at ${baseUrl}.` }[answer.kind];
    const chosen = await vscode.window.showWarningMessage(`${title} cannot list its models. ${why}`, { modal: true }, ...(answer.kind === 'key' ? [setKey] : [again]), anyway);
    if (chosen === undefined) return undefined;
    if (chosen === anyway) return typeName(title);
    if (chosen === setKey && !(await askForKey(endpoint, services))) return undefined;
  }
}

async function typeName(title: string, prompt = 'The name that the server knows the model by'): Promise<string | undefined> {
  const name = await vscode.window.showInputBox({ title: `Add Model: ${title}`, prompt, placeHolder: 'gpt-4.1-mini', ignoreFocusOut: true, validateInput: (value) => (value.trim() === '' ? 'A model needs a name.' : undefined) });
  return name?.trim();
}

async function nameIt({ baseUrl }: Server, model: string, { models }: Services): Promise<ModelConfig | undefined> {
  const taken = new Set(models.list('/').models.map((config) => config.id));
  const wish = model.split('/').at(-1)!;
  let free = wish;
  for (let number = 2; taken.has(free); number++) free = `${wish}-${number}`;
  const id = await vscode.window.showInputBox({
    title: 'Add Model', prompt: 'What notebooks call it', value: free, ignoreFocusOut: true,
    validateInput: (value) => (value.trim() === '' ? 'It needs a name.' : taken.has(value.trim()) ? `There is a model ${value.trim()} already.` : undefined),
  });
  if (id === undefined) return undefined;
  return { id: id.trim(), provider: 'openai', model, ...(baseUrl !== 'https://api.openai.com/v1' && { baseUrl }) };
}

/** null: it was not to be tried, or failed and is kept all the same; `back`: nothing is added. */
async function tryIt(config: ModelConfig, { keys }: Services): Promise<Trial | null | 'back'> {
  const yes = { label: '$(play) Try it', description: 'sends three short requests, then adds it' };
  const no = { label: '$(add) Add it without trying' };
  const chosen = await vscode.window.showQuickPick([yes, no], { title: `Add Model: ${config.id}`, placeHolder: 'See what it can do?' });
  if (chosen === undefined) return 'back';
  if (chosen === no) return null;
  try {
    return await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: `Trying ${config.id}`, cancellable: true }, async (_progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort(new DOMException('Cancelled.', 'AbortError')));
      const { createNodeHost } = await import('../../node/host.ts');
      const { trackedSecrets } = await import('../../node/secrets.ts');
      const host = createNodeHost({ folder: '/', workspace: '/', secrets: trackedSecrets(async (_name, endpoint) => (endpoint === undefined ? undefined : keys.get(endpoint))), confirm: async () => false, keep: false });
      return tryModel(await openai.open(config, host), { signal: abort.signal, now: () => host.now() });
    });
  } catch (error) {
    if (error instanceof DOMException) return 'back';
    if (!(error instanceof ModelError)) throw error;
    const anyway = 'Add Anyway';
    const kept = await vscode.window.showWarningMessage(`${config.id} did not answer.`, { modal: true, detail: [error.message, error.hint ?? ''].join('\n').trim() }, anyway);
    return kept === anyway ? null : 'back';
  }
}

/** What the model cannot do and is taken for granted otherwise. */
function differences({ jsonSchema, tools }: Trial): Pick<ModelConfig, 'capabilities'> | undefined {
  const cannot = { ...(jsonSchema === false && { jsonSchema }), ...(tools === false && { tools }) };
  return Object.keys(cannot).length === 0 ? undefined : { capabilities: cannot };
}

async function keep(config: ModelConfig): Promise<void> {
  const settings = vscode.workspace.getConfiguration('promptnb');
  const before = settings.inspect<readonly unknown[]>('models')?.globalValue ?? [];
  await settings.update('models', [...before, config], vscode.ConfigurationTarget.Global);
}

async function tell(config: ModelConfig, trial: Trial | null, services: Services): Promise<void> {
  const editor = vscode.window.activeNotebookEditor;
  const use = 'Use It for This Notebook';
  const ours = editor?.notebook.notebookType === 'promptnb';
  const text = trial === null ? `${config.id} was added.` : `${config.id} was added. ${describe(trial)}`;
  const chosen = await vscode.window.showInformationMessage(text, ...(ours ? [use] : []), 'Open Settings');
  if (chosen === use && editor !== undefined) await pickModel(editor, { id: config.id, label: config.id }, services);
  else if (chosen === 'Open Settings') await vscode.commands.executeCommand('workbench.action.openSettings', 'promptnb.models');
}

/** What a trial showed, in one line. */
export function describe({ durationMs, streams, usage, jsonSchema, tools, tokens }: Trial): string {
  const can = [streams ? 'streams' : null, usage ? 'counts its tokens' : null, jsonSchema === true ? 'keeps to a JSON schema' : null, tools === true ? 'calls tools' : null].filter((one) => one !== null);
  const cannot = [jsonSchema === false ? 'keep to a JSON schema by itself' : null, tools === false ? 'call tools' : null].filter((one) => one !== null);
  const took = `It answered in ${(durationMs / 1000).toFixed(1)} s${tokens === null ? '' : `; trying took ${tokens} tokens`}.`;
  return [took, can.length > 0 ? `It ${can.join(', ')}.` : '', cannot.length > 0 ? `It does not ${cannot.join(', nor ')}.` : ''].filter((part) => part !== '').join(' ');
}
