import { discoverServers, type FoundServer } from '../../node/models/discover.ts';
import { embeddedModel } from './editor-models.ts';
import { findWeights, readLocalName } from '../../node/local/names.ts';
import { cacheFolder } from '../../node/cache-folder.ts';
import { listedModels } from '../../node/local/models.ts';
import type { KernelModel } from '../run/kernels.ts';
import type { ModelConfig } from '../../core/models/model.ts';
import type { Services } from '../services.ts';
import * as vscode from 'vscode';

/** Models that were picked by name and stand in no list, newest first. */
const pickedKey = 'promptnb.pickedModels';
const mostPicked = 20;

/**
 * Offers a kernel for each model: those that are set up, those on this machine, and those that were picked before. Servers on this machine
 * are looked for when the first notebook is open, not before.
 */
export function offerModels({ context, models, kernels, notebooks }: Pick<Services, 'context' | 'models' | 'kernels' | 'notebooks'>): vscode.Disposable {
  let found: readonly FoundServer[] = [];
  let looked = false;
  const offer = async (): Promise<void> => {
    const picked = context.globalState.get<readonly string[]>(pickedKey, []);
    kernels.offer(unique([...setUp(models), ...(await onThisMachine()), ...found.flatMap(onServer), ...picked.map((id) => ({ id, label: id }))]));
  };
  const look = async (): Promise<void> => {
    if (looked) return;
    looked = true;
    found = await discoverServers({ fetch });
    if (found.length > 0) await offer();
  };
  void offer();
  if (notebooks.all.length > 0) void look();
  return vscode.Disposable.from(models.onDidChange(() => void offer()), notebooks.onDidOpen(() => void look()), vscode.workspace.onDidGrantWorkspaceTrust(() => void offer()));
}

/** Keeps a model that was picked by name among the kernels. */
export async function rememberPicked(model: KernelModel, { context, kernels }: Pick<Services, 'context' | 'kernels'>): Promise<void> {
  const before = context.globalState.get<readonly string[]>(pickedKey, []);
  await context.globalState.update(pickedKey, [model.id, ...before.filter((one) => one !== model.id)].slice(0, mostPicked));
  kernels.add(model);
}

function setUp(models: Services['models']): readonly KernelModel[] {
  const folders = vscode.workspace.workspaceFolders?.map((folder) => folder.uri.fsPath) ?? [];
  const lists = folders.length === 0 ? [models.list('/')] : folders.map((folder) => models.list(folder));
  return lists.flatMap((list) => list.models.map((config) => ({ id: config.id, label: config.id, description: about(config) })));
}

/** What a model of the list is, in a few words. */
export function about({ provider, model, baseUrl }: ModelConfig): string {
  const where = baseUrl === undefined ? '' : ` at ${hostOf(baseUrl)}`;
  return `${model}${where === '' && provider !== 'openai' ? ` (${provider})` : where}`;
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

/** The models of our list whose weights are on this machine. */
export async function weightsHere(): Promise<ReadonlySet<string>> {
  const cache = cacheFolder();
  const found = await Promise.all(listedModels.map(async ({ id }) => ({ id, path: await findWeights(readLocalName(id, { folder: '' }), cache) })));
  return new Set(found.filter(({ path }) => path !== null).map(({ id }) => id));
}

async function onThisMachine(): Promise<readonly KernelModel[]> {
  const here = await weightsHere();
  return listedModels
    .filter(({ id }) => here.has(id) || `local:${id}` === embeddedModel)
    .map((model) => ({ id: `local:${model.id}`, label: model.title, description: !here.has(model.id) ? `to be downloaded, ${Math.round(model.size / 1e6)} MB` : 'on this machine', detail: model.about }));
}

function onServer({ server, prefix, models }: FoundServer): readonly KernelModel[] {
  return models.map((model) => ({ id: `${prefix}:${model}`, label: model, description: `${server} on this machine` }));
}

function unique(models: readonly KernelModel[]): readonly KernelModel[] {
  return [...new Map(models.toReversed().map((model) => [model.id, model])).values()].toReversed();
}
