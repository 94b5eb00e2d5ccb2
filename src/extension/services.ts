import type { EditorModels } from './models/editor-models.ts';
import type { Kernels } from './run/kernels.ts';
import type { Keys } from './models/keys.ts';
import type { LiveRuns } from './run/live-runs.ts';
import type { OpenNotebooks } from './notebook/open-notebooks.ts';
import type { Sessions } from './run/sessions.ts';
import type { NotebookFacts } from './status/notebook-facts.ts';
import type { Spending } from './status/spending.ts';
import type { TokenCounts } from '../node/tokens/counter.ts';
import type { RunCells } from './run/run-cells.ts';
import type * as vscode from 'vscode';

/** What commands and views work with. Made once, in `extension.ts`. */
export interface Services {
  readonly context: vscode.ExtensionContext;
  readonly notebooks: OpenNotebooks;
  readonly sessions: Sessions;
  readonly models: EditorModels;
  readonly kernels: Kernels;
  readonly keys: Keys;
  readonly live: LiveRuns;
  readonly runCells: RunCells;
  readonly counts: TokenCounts;
  readonly facts: NotebookFacts;
  readonly spending: Spending;
}
