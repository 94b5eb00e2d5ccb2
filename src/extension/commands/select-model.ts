import { activeEditor, editorOf, type Command } from './command.ts';
import { about, rememberPicked, weightsHere } from '../models/offers.ts';
import { discoverServers } from '../../node/models/discover.ts';
import { listedModels, type ListedModel } from '../../node/local/models.ts';
import { lmName } from '../models/lm-provider.ts';
import { modelName } from '../../core/models/names.ts';
import type { KernelModel } from '../run/kernels.ts';
import type { Services } from '../services.ts';
import * as vscode from 'vscode';

interface ModelItem extends vscode.QuickPickItem {
  /** null: as the notebook says. */
  readonly model?: KernelModel | null;
  readonly command?: string;
}

/**
 * Picks the model of the notebook in front: from those that are set up, on this machine, or offered by other extensions, who are asked
 * for theirs now, since a person wants to choose.
 */
export const selectModel: Command = {
  id: 'promptnb.selectModel',
  async run(services, argument) {
    const notebook = argument instanceof Object && 'notebook' in argument ? (argument as { readonly notebook: vscode.NotebookDocument }).notebook : undefined;
    const editor = (notebook === undefined ? undefined : editorOf(notebook)) ?? activeEditor();
    if (editor === undefined) return;
    const chosen = await choose(editor.notebook, services);
    if (chosen === undefined) return;
    if (chosen.command !== undefined) return vscode.commands.executeCommand(chosen.command);
    await pickModel(editor, chosen.model ?? undefined, services);
  },
};

/** Makes a model the one of a notebook; undefined: as the notebook says. */
export async function pickModel(editor: vscode.NotebookEditor, model: KernelModel | undefined, services: Pick<Services, 'context' | 'kernels'>): Promise<void> {
  if (model !== undefined) await rememberPicked(model, services);
  await services.kernels.pick(editor, model?.id);
}

async function choose(notebook: vscode.NotebookDocument, services: Services): Promise<ModelItem | undefined> {
  const { models, kernels, sessions } = services;
  const picked = kernels.picked(notebook);
  const list = models.list(sessions.get(notebook).folder);
  const pick = vscode.window.createQuickPick<ModelItem>();
  pick.title = 'Select Model';
  pick.placeholder = 'The model that answers this notebook, or a name such as openai:gpt-4.1-mini';
  pick.matchOnDescription = true;
  pick.busy = true;
  const mark = (item: ModelItem): ModelItem => ((item.model?.id ?? undefined) === picked && item.model !== undefined ? { ...item, label: `$(check) ${item.label}` } : item);
  const fixed: readonly ModelItem[] = [
    { label: 'As the notebook says', description: 'the model of the cell, of the notebook, or the default', model: null },
    ...section('Set up', list.models.map((config) => ({ label: config.id, description: about(config), model: { id: config.id, label: config.id, description: about(config) } }))),
  ];
  const more: readonly ModelItem[] = [
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { label: '$(add) Add Model…', description: 'a server on this machine, OpenAI, or any other service', command: 'promptnb.addModel' },
    { label: '$(key) Set API Key…', command: 'promptnb.setApiKey' },
  ];
  let here: ReadonlySet<string> = new Set();
  let servers: readonly ModelItem[] = [];
  let others: readonly ModelItem[] = [];
  const show = (): void => {
    const typed = modelName(pick.value.trim());
    const byName: readonly ModelItem[] = typed === undefined ? [] : [{ label: typed.id, description: 'by this name', alwaysShow: true, model: { id: typed.id, label: typed.id } }];
    pick.items = [...byName, ...[...fixed, ...section('On this machine', listedModels.filter(({ id }) => here.has(id)).map(localItem)), ...servers, ...others].map(mark), ...more, ...section('To be downloaded', listedModels.filter(({ id }) => !here.has(id)).map(localItem)).map(mark)];
  };
  show();
  const looking = Promise.allSettled([
    weightsHere().then((ids) => {
      here = ids;
      show();
    }),
    discoverServers({ fetch }).then((found) => {
      servers = section('Servers on this machine', found.flatMap(({ server, prefix, models: ids, why }): ModelItem[] => (why === null ? ids.map((id) => ({ label: id, description: server, model: { id: `${prefix}:${id}`, label: id, description: `${server} on this machine` } })) : [{ label: `$(warning) ${server}`, description: why }])));
      show();
    }),
    Promise.resolve(vscode.lm.selectChatModels()).then((chats) => {
      others = section('Offered by extensions', chats.map((chat) => ({ label: chat.name, description: `${chat.vendor} ${chat.family}`, model: { id: lmName(chat), label: chat.name, description: chat.vendor } })));
      show();
    }),
  ]).then(() => (pick.busy = false));
  pick.onDidChangeValue(show);
  const chosen = await new Promise<ModelItem | undefined>((resolve) => {
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      // A server that cannot be used says why, and is no model.
      if (item !== undefined && (item.model !== undefined || item.command !== undefined)) resolve(item);
    });
    pick.onDidHide(() => resolve(undefined));
    pick.show();
  });
  pick.dispose();
  void looking;
  return chosen;
}

function localItem({ id, title, about: detail, size, license }: ListedModel): ModelItem {
  return { label: title, description: `local:${id}, ${Math.round(size / 1e6).toLocaleString('en-US')} MB, ${license}`, detail, model: { id: `local:${id}`, label: title, description: 'on this machine', detail } };
}

function section(label: string, items: readonly ModelItem[]): readonly ModelItem[] {
  return items.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items];
}
