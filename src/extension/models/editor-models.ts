import { cacheFolder } from '../../node/cache-folder.ts';
import { defaultModelId } from '../../node/local/models.ts';
import { findConfig } from '../../node/config.ts';
import { lm } from './lm-provider.ts';
import { localProvider, type LocalProvider } from '../../node/local/provider.ts';
import { modelConfigFor, providerOf } from '../../core/models/resolve.ts';
import { noModels, readModelList, type ModelList } from '../../core/models/config.ts';
import { obtainInEditor } from './obtain.ts';
import { providers as networkProviders } from '../../core/models/index.ts';
import { readLocalName } from '../../node/local/names.ts';
import type { Host } from '../../core/engine/host.ts';
import type { Json } from '../../core/json.ts';
import { ModelError, type Model, type ModelConfig, type Provider } from '../../core/models/model.ts';
import type { ModelSource } from '../../core/engine/open-models.ts';
import * as vscode from 'vscode';

/** The models of this window: those of the settings, of a trusted folder's configuration, of this machine and of other extensions. */
export interface EditorModels extends vscode.Disposable {
  readonly local: LocalProvider;
  readonly providers: readonly Provider[];
  /** What is set up for notebooks in a folder; settings come first. */
  list(folder: string): ModelList;
  /** Where the models of a run come from. */
  source(notebook: { readonly host: Host; readonly folder: string }, picked: string | undefined): ModelSource;
  /** The configuration that a name stands for; null when there is none. */
  config(name: string, folder: string): ModelConfig | null;
  /** The model of a name, opened as far as nobody has to be asked for that: no person, no server and no other extension. Else null. */
  peek(name: string, notebook: { readonly host: Host; readonly folder: string }): Promise<Model | null>;
  readonly onDidChange: vscode.Event<void>;
}

/** What answers where nobody says anything else. */
export const embeddedModel = `local:${defaultModelId}`;

export function editorModels(): EditorModels {
  const cache = cacheFolder();
  const local = localProvider({ cache, obtain: obtainInEditor({ cache }) });
  const providers = [...networkProviders, local, lm];
  const didChange = new vscode.EventEmitter<void>();
  /** An open model remembers what its server refused, so it stays open from run to run. */
  let opened = new Map<string, Promise<Model>>();

  const list = (folder: string): ModelList => {
    const settings = vscode.workspace.getConfiguration('promptnb');
    const own = readModelList({ models: settings.get<Json>('models') ?? [], default: settings.get<string>('defaultModel') || null });
    return joined(own, folderList(folder));
  };
  const config = (name: string, folder: string): ModelConfig => {
    const found = modelConfigFor(name, list(folder));
    const place = found.provider === 'local' ? readLocalName(found.model, { folder }) : null;
    return place?.kind === 'path' ? { ...found, model: place.path } : found;
  };
  const subscription = vscode.workspace.onDidChangeConfiguration((event) => {
    if (!event.affectsConfiguration('promptnb')) return;
    opened = new Map();
    didChange.fire();
  });
  // Recorded completions are files, which count from the notebook.
  const keyOf = (wanted: ModelConfig, folder: string): string => JSON.stringify([wanted, wanted.provider === 'replay' ? folder : null]);
  const open = (wanted: ModelConfig, { host, folder }: { readonly host: Host; readonly folder: string }): Promise<Model> => {
    const into = opened;
    const key = keyOf(wanted, folder);
    let model = into.get(key);
    if (model === undefined) {
      into.set(key, (model = providerOf(wanted, providers).open(wanted, host)));
      model.catch(() => into.delete(key));
    }
    return model;
  };
  const tryConfig = (name: string, folder: string): ModelConfig | null => {
    try {
      return config(name, folder);
    } catch (error) {
      if (error instanceof ModelError) return null;
      throw error;
    }
  };
  return {
    local, providers, list, config: tryConfig,
    async peek(name, notebook) {
      const wanted = tryConfig(name, notebook.folder);
      if (wanted === null) return null;
      const quiet = wanted.provider === 'openai' || wanted.provider === 'replay' || (wanted.provider === 'local' && (await local.ready!(wanted, notebook.host)).ready);
      try {
        return quiet ? await open(wanted, notebook) : ((await opened.get(keyOf(wanted, notebook.folder))) ?? null);
      } catch (error) {
        if (error instanceof ModelError) return null;
        throw error;
      }
    },
    source(notebook, picked) {
      const known = list(notebook.folder);
      return {
        open: async (name) => open(config(name, notebook.folder), notebook),
        ...(picked !== undefined && { picked }),
        ...(known.default !== undefined && { default: known.default }),
        embedded: embeddedModel,
      };
    },
    onDidChange: didChange.event,
    dispose() {
      subscription.dispose();
      didChange.dispose();
      void local.close();
    },
  };
}

/** The nearest `promptnb.config.yaml`, which says where prompts are sent: it counts in a trusted folder only. */
function folderList(folder: string): ModelList {
  if (!vscode.workspace.isTrusted) return noModels;
  try {
    return findConfig(folder).list;
  } catch {
    return noModels;
  }
}

function joined(settings: ModelList, file: ModelList): ModelList {
  const ids = new Set(settings.models.map((model) => model.id));
  const chosen = settings.default ?? file.default;
  return {
    models: [...settings.models, ...file.models.filter((model) => !ids.has(model.id))],
    ...(chosen !== undefined && { default: chosen }),
    ...(file.outputs !== undefined && { outputs: file.outputs }),
    problems: settings.problems,
  };
}
