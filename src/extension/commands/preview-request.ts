import { askValues } from '../run/ask-values.ts';
import { cellOf, type Command } from './command.ts';
import type { CellPreview } from '../../core/engine/preview.ts';
import * as vscode from 'vscode';

const scheme = 'promptnb-request';

/** Shows exactly what a cell would send first, without sending it. */
export const previewRequest: Command = {
  id: 'promptnb.previewRequest',
  async run({ context, sessions, models, kernels }, argument) {
    const cell = cellOf(argument);
    if (cell === undefined) return;
    const { notebook, host, folder } = sessions.get(cell.notebook);
    const index = notebook.indexOf(cell);
    const target = notebook.program.prompts.find((one) => one.index === index);
    if (target === undefined) return void vscode.window.showInformationMessage('Only prompt cells send something.');
    const values = await askValues(notebook, [target], context.workspaceState);
    if (values === null) return;
    const { previewNotebook } = await import('../../core/engine/preview.ts');
    const preview = await previewNotebook({ program: notebook.program, targets: [target], host, models: models.source({ host, folder }, kernels.picked(cell.notebook)), ...values });
    if ('refusals' in preview) {
      const [first] = preview.refusals;
      return void vscode.window.showWarningMessage(`Nothing would be sent. ${first!.error.message}${first!.error.hint === null ? '' : ` ${first!.error.hint}`}`);
    }
    await show(preview.cells[0]!, target.name ?? `#${target.number}`);
  },
};

async function show(preview: CellPreview, name: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme, path: `/${name} (request).jsonc`, query: Buffer.from(requestText(preview), 'utf8').toString('base64url') }));
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true });
}

/** The request as text: where it goes, then its body, which is what is sent but for line breaks and blanks between its parts. */
export function requestText({ requests, unknown, error, model }: CellPreview): string {
  const lines: string[] = [];
  if (error !== null) lines.push(`// Nothing would be sent: ${error.message}`);
  for (const name of unknown) lines.push(`// {{${name}}} has no result yet: its name stands for it.`);
  for (const { url, body } of requests) lines.push(/^https?:/.test(url) ? `// ${model}: POST ${url}` : `// ${model}: ${url}`, JSON.stringify(body, null, 2));
  return `${lines.join('\n')}\n`;
}

/** The text of such a document stands in its address, so that it is there again after a reload. */
export function requestDocuments(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(scheme, { provideTextDocumentContent: ({ query }) => Buffer.from(query, 'base64url').toString('utf8') });
}
