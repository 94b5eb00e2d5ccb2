import { createKernels, type KernelRun } from './run/kernels.ts';
import { createNodeHost } from '../node/host.ts';
import { dirname } from 'node:path';
import { editorModels } from './models/editor-models.ts';
import { liveRuns } from './run/live-runs.ts';
import { notebookRuns, type NotebookRuns } from './run/notebook-runs.ts';
import { notebookType, openNotebooks } from './notebook/open-notebooks.ts';
import { readRequest } from '../core/trace/renderer-messages.ts';
import { serializer } from './notebook/serializer.ts';
import * as vscode from 'vscode';

export function activate(context: vscode.ExtensionContext): void {
  const notebooks = openNotebooks();
  const models = editorModels();
  const messaging = vscode.notebooks.createRendererMessaging('promptnb-run');
  const live = liveRuns({ tell: (message) => void messaging.postMessage(message), now: Date.now });
  const runs = new Map<vscode.NotebookDocument, NotebookRuns>();
  const run = async ({ cells, notebook, controller, picked }: KernelRun): Promise<void> => {
    let of = runs.get(notebook);
    if (of === undefined) runs.set(notebook, (of = notebookRuns(notebooks.get(notebook), live)));
    const folder = dirname(notebook.uri.fsPath);
    const workspace = vscode.workspace.getWorkspaceFolder(notebook.uri)?.uri.fsPath ?? folder;
    const host = createNodeHost({ folder, workspace, secret: async () => undefined, confirm: async () => false, keep: true });
    await of.run({ cells, controller, host, models: await models.source(host, picked) });
  };
  const kernels = createKernels({ extension: context.extension.id, run });
  kernels.offer([{ id: 'fast', label: 'fast' }, { id: 'local:smollm2-135m', label: 'SmolLM2' }]);
  context.subscriptions.push(
    notebooks, models, live,
    vscode.workspace.registerNotebookSerializer(notebookType, serializer),
    kernels,
    messaging.onDidReceiveMessage(({ message }) => {
      const request = readRequest(message);
      if (request?.type === 'watch') live.watch(request.run);
      else if (request?.type === 'unwatch') live.unwatch(request.run);
    }),
    notebooks.onDidClose(({ document }) => {
      runs.get(document)?.cancelAll();
      runs.delete(document);
    }),
  );
}
