import { localProvider } from '../../node/local/provider.ts';
import { openModel } from '../../core/models/resolve.ts';
import { providers } from '../../core/models/index.ts';
import { readModelList, type ModelList } from '../../core/models/config.ts';
import type { Host } from '../../core/engine/host.ts';
import type { Json } from '../../core/json.ts';
import type { Model } from '../../core/models/model.ts';
import type { ModelSource } from '../../core/engine/open-models.ts';
import * as vscode from 'vscode';

/** The models of this window. */
export interface EditorModels extends vscode.Disposable {
  readonly list: ModelList;
  /** Where the models of a notebook's run come from. */
  source(host: Host, picked: string | undefined): Promise<ModelSource>;
}

export function editorModels(): EditorModels {
  const local = localProvider();
  const all = [...providers, local];
  const opened: Model[] = [];
  return {
    get list() {
      const settings = vscode.workspace.getConfiguration('promptnb');
      return readModelList({ models: settings.get<Json>('models') ?? [], default: settings.get<string>('defaultModel') ?? null });
    },
    async source(host, picked) {
      const { list } = this;
      const embedded = await local.embedded();
      return {
        async open(name) {
          const model = await openModel(name, list, { providers: all, host });
          opened.push(model);
          return model;
        },
        ...(picked !== undefined && { picked }),
        ...(list.default !== undefined && { default: list.default }),
        ...(embedded !== null && { embedded: embedded.id }),
      };
    },
    dispose() {
      void Promise.allSettled(opened.map(async (model) => model.close?.())).then(() => local.close());
    },
  };
}
