import { confirmInEditor } from './run/confirm.ts';
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
import { notebookFacts } from './status/notebook-facts.ts';
import { cellStatusBar } from './status/cell-status-bar.ts';
import { windowStatus } from './status/window-status.ts';
import { spendingIn } from './status/spending.ts';
import { tokenCounts } from '../node/tokens/counter.ts';
import { serializer } from './notebook/serializer.ts';
import { tellSettingProblems } from './models/setting-problems.ts';
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
  const spending = spendingIn(context.workspaceState, () => new Date());
  const sessions = createSessions({ notebooks, live, secrets, spending, confirm: confirmInEditor, storage: context.globalStorageUri.fsPath });
  const runCells = runCellsWith({ sessions, models, kernels: () => kernels, keys, secrets, remembered: context.workspaceState });
  const kernels = createKernels({ extension: context.extension.id, run: runCells });
  const counts = tokenCounts();
  const facts = notebookFacts({ sessions, models, kernels, counts });
  const services: Services = { context, notebooks, sessions, models, kernels, keys, live, runCells, counts, facts, spending };
  context.subscriptions.push(
    notebooks, models, keys, live, sessions, kernels,
    vscode.workspace.registerNotebookSerializer(notebookType, serializer),
    offerModels(services), new vscode.Disposable(() => void counts.close()),
    cellStatusBar({ facts, changes: [notebooks.onDidChange, models.onDidChange, kernels.onDidPick] }),
    windowStatus(services), tellSettingProblems({ models, keys, notebooks }),
    ...registerCommands(services),
    messaging.onDidReceiveMessage(({ message }) => {
      const request = readRequest(message);
      if (request?.type === 'watch') live.watch(request.run);
      else if (request?.type === 'unwatch') live.unwatch(request.run);
    }),
  );
}
