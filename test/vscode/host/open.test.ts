import assert from 'node:assert/strict';
import { closeAll, showText } from '../support/notebooks.ts';
import { until } from '../support/until.ts';
import * as vscode from 'vscode';

describe('A notebook', () => {
  afterEach(closeAll);

  it('opens with its cells, and is saved as it was', async () => {
    const text = '---\npromptnb: 1\n---\r\n# A\n\n~~~{prompt  poem x="1 2"}\r\none\r\n~~~\n\n\n```{output run=ab}\nx\n```\n';
    const { notebook, place, editor } = await showText(text);
    assert.deepEqual(notebook.getCells().map((cell) => [cell.kind, cell.document.languageId, cell.document.getText()]), [
      [vscode.NotebookCellKind.Code, 'yaml', 'promptnb: 1'], [vscode.NotebookCellKind.Markup, 'markdown', '# A'], [vscode.NotebookCellKind.Code, 'promptnb', 'one'],
    ]);
    assert.equal(notebook.isDirty, false);
    editor.selection = new vscode.NotebookRange(2, 3);
    await vscode.commands.executeCommand('notebook.cell.edit');
    await until('the cell is being edited', () => vscode.window.activeTextEditor?.document === notebook.cellAt(2).document);
    await vscode.commands.executeCommand('type', { text: 'No' });
    await notebook.save();
    assert.equal(place.read('test.promptnb'), text.replace('one', 'Noone'));
    await vscode.commands.executeCommand('undo');
    await until('the edit is undone', () => notebook.cellAt(2).document.getText() === 'one');
    await notebook.save();
    assert.equal(place.read('test.promptnb'), text);
  });
});
