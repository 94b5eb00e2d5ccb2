import { createKernels } from './run/kernels.ts';
import { createSessions } from './run/sessions.ts';
import { editorModels } from './models/editor-models.ts';
import { keysIn } from './models/keys.ts';
import { liveRuns } from './run/live-runs.ts';
import { notebookType, openNotebooks } from './notebook/open-notebooks.ts';
import { offerModels } from './models/offers.ts';
import { readRequest } from '../core/trace/renderer-messages.ts';
import { registerCommands } from './commands/index.ts';
import { runCellsWith } from './run/run-cells.ts';
import { serializer } from './notebook/serializer.ts';
import { trackedSecrets } from '../node/secrets.ts';
import type { Services } from './services.ts';
import * as vscode from 'vscode';

/** Puts the parts together. Nothing is loaded, asked or sent here. */
export function activate(context: vscode.ExtensionContext): void {
  const notebooks = openNotebooks();
  const models = editorModels();
  const keys = keysIn(context.secrets);
  const messaging = vscode.notebooks.createRendererMessaging('promptnb-run');
  const live = liveRuns({ tell: (message) => void messaging.postMessage(message), now: Date.now });
  const secrets = trackedSecrets(async (_name, endpoint) => (endpoint === undefined ? undefined : keys.get(endpoint)));
  const sessions = createSessions({ notebooks, live, secrets, confirm: async () => false, storage: context.globalStorageUri.fsPath });
  const runCells = runCellsWith({ sessions, models, kernels: () => kernels });
  const kernels = createKernels({ extension: context.extension.id, run: runCells });
  const services: Services = { context, notebooks, sessions, models, kernels, keys, live, runCells };
  context.subscriptions.push(
    notebooks, models, keys, live, sessions, kernels,
    vscode.workspace.registerNotebookSerializer(notebookType, serializer),
    offerModels(services),
    ...registerCommands(services),
    messaging.onDidReceiveMessage(({ message }) => {
      const request = readRequest(message);
      if (request?.type === 'watch') live.watch(request.run);
      else if (request?.type === 'unwatch') live.unwatch(request.run);
    }),
  );
}
