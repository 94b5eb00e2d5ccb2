import { createNodeHost, type NodeHost } from '../../node/host.ts';
import { dirname } from 'node:path';
import { notebookRuns, type NotebookRuns } from './notebook-runs.ts';
import type { Confirmation } from '../../core/engine/host.ts';
import type { LiveRuns } from './live-runs.ts';
import type { OpenNotebook } from '../notebook/open-notebook.ts';
import { notebookType, type OpenNotebooks } from '../notebook/open-notebooks.ts';
import type { Secrets } from '../../node/secrets.ts';
import type { Spending } from '../status/spending.ts';
import * as vscode from 'vscode';

/** What an open notebook runs with. */
export interface Session {
  readonly notebook: OpenNotebook;
  readonly host: NodeHost;
  /** Paths in the notebook count from here, and records are kept here. */
  readonly folder: string;
  readonly runs: NotebookRuns;
}

export interface Sessions extends vscode.Disposable {
  get(document: vscode.NotebookDocument): Session;
}

export interface SessionsOptions {
  readonly notebooks: OpenNotebooks;
  readonly live: LiveRuns;
  readonly secrets: Secrets;
  readonly spending: Spending;
  readonly confirm: (question: Confirmation) => Promise<boolean>;
  /** Where a notebook without a file keeps its records, when no folder is open. */
  readonly storage: string;
}

/** How long a tab may be on its way from one group to another, in milliseconds. */
const moveMs = 20;

export function createSessions({ notebooks, live, secrets, spending, confirm, storage }: SessionsOptions): Sessions {
  const sessions = new Map<vscode.NotebookDocument, Session>();
  const open = (document: vscode.NotebookDocument): Session => {
    const notebook = notebooks.get(document);
    const workspace = vscode.workspace.getWorkspaceFolder(document.uri)?.uri.fsPath;
    const folder = document.isUntitled ? (workspace ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? storage) : dirname(document.uri.fsPath);
    const host = createNodeHost({ folder, workspace: workspace ?? folder, secrets, confirm, keep: true });
    return { notebook, host, folder, runs: notebookRuns(notebook, { live, onResult: (result) => spending.note(document, result) }) };
  };
  const close = (session: Session): void => {
    session.runs.cancelAll();
    void session.host.close();
  };
  const subscription = notebooks.onDidClose(({ document }) => {
    const session = sessions.get(document);
    sessions.delete(document);
    if (session !== undefined) close(session);
  });
  // VS Code keeps a notebook for a while after its last tab is gone: whoever closes it wants its runs to end now.
  const tabs = vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
    const uris = closed.flatMap(({ input }) => (input instanceof vscode.TabInputNotebook && input.notebookType === notebookType ? [input.uri.toString()] : []));
    // A tab that moves to another group is closed in one and opened in the other.
    if (uris.length > 0) setTimeout(() => endUnshown(uris), moveMs);
  });
  const endUnshown = (uris: readonly string[]): void => {
    const shown = new Set(vscode.window.tabGroups.all.flatMap((group) => group.tabs).flatMap(({ input }) => (input instanceof vscode.TabInputNotebook ? [input.uri.toString()] : [])));
    for (const [document, session] of sessions) if (uris.includes(document.uri.toString()) && !shown.has(document.uri.toString())) session.runs.cancelAll();
  };
  return {
    get(document) {
      let session = sessions.get(document);
      if (session === undefined) sessions.set(document, (session = open(document)));
      return session;
    },
    dispose() {
      subscription.dispose();
      tabs.dispose();
      for (const session of sessions.values()) close(session);
      sessions.clear();
    },
  };
}
