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
import type { Model, ModelConfig, Provider } from '../../core/models/model.ts';
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
  /** The configuration that a name stands for. @throws ModelError */
  config(name: string, folder: string): ModelConfig;
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
  return {
    local, providers, list, config,
    source({ host, folder }, picked) {
      const known = list(folder);
      return {
        async open(name) {
          const wanted = config(name, folder);
          // Recorded completions are files, which count from the notebook.
          const key = JSON.stringify([wanted, wanted.provider === 'replay' ? folder : null]);
          let model = opened.get(key);
          if (model === undefined) {
            const into = opened;
            into.set(key, (model = providerOf(wanted, providers).open(wanted, host)));
            model.catch(() => into.delete(key));
          }
          return model;
        },
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
