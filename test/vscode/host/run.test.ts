import assert from 'node:assert/strict';
import { answer } from '../../servers/behaviours/good.ts';
import { closeAll, showText } from '../support/notebooks.ts';
import { modelServer } from '../support/model-server.ts';
import { apiError } from '../../servers/behaviours/status.ts';
import { until } from '../support/until.ts';
import * as vscode from 'vscode';

const cell = (info: string, body: string): string => `\`\`\`{${info}}\n${body}\n\`\`\`\n\n`;
const textOf = (of: vscode.NotebookCell): string => of.outputs.map((output) => new TextDecoder().decode(output.items.find((item) => item.mime === 'text/plain')?.data)).join('|');
const slow = answer({ text: 'one two three four five six seven eight nine ten', paceMs: 200 });
const run = (notebook: vscode.NotebookDocument, ...indexes: readonly number[]): Thenable<unknown> => vscode.commands.executeCommand('notebook.cell.execute', { ranges: indexes.map((index) => ({ start: index, end: index + 1 })), document: notebook.uri });
const success = (of: vscode.NotebookCell): boolean | undefined => of.executionSummary?.success;

describe('Running cells', () => {
  const models = modelServer();
  afterEach(closeAll);

  it('runs what a cell needs first, once, and shows it there', async () => {
    models.follow([answer('clips'), answer('A poem.')]);
    const { notebook } = await showText(`${cell('prompt topic', 'Name a thing.')}${cell('prompt poem', 'About {{topic}}.')}`);
    await run(notebook, 1);
    await until('both have run', () => notebook.getCells().every((one) => success(one) === true));
    assert.deepEqual(models.asked(), ['Name a thing.', 'About clips.']);
    assert.deepEqual(notebook.getCells().map((one) => [one.executionSummary?.executionOrder, textOf(one)]), [[1, 'clips'], [2, 'A poem.']]);
  });

  it('asks a model anew for a cell that is run again, and takes Run All from what is kept', async () => {
    models.follow([answer('First.'), answer('Second.'), answer('Third.')]);
    const { notebook } = await showText(`${cell('prompt a', 'Well?')}${cell('text t', 'x')}`);
    await run(notebook, 0);
    await until('the first answer', () => textOf(notebook.cellAt(0)) === 'First.' && success(notebook.cellAt(0)) === true);
    await run(notebook, 0);
    await until('the second answer', () => textOf(notebook.cellAt(0)) === 'Second.');
    await vscode.commands.executeCommand('notebook.execute', notebook.uri);
    await until('it has run a third time', () => notebook.cellAt(0).executionSummary?.executionOrder === 3 && success(notebook.cellAt(0)) === true);
    assert.deepEqual([textOf(notebook.cellAt(0)), models.asked().length], ['Second.', 2]);
    await vscode.commands.executeCommand('promptnb.runCellWithoutCache', notebook.cellAt(0));
    await until('the third answer', () => textOf(notebook.cellAt(0)) === 'Third.');
  });

  it('stops within a tenth of a second, ends the request, and keeps the text', async () => {
    models.follow([slow]);
    const { notebook } = await showText(cell('prompt a', 'Count.'));
    void run(notebook, 0);
    await until('the request has come', () => models.asked().length === 1);
    const request = models.server.log.at(-1)!;
    await until('some words have come', () => request.answeredAt !== null && performance.now() - request.answeredAt > 500);
    const started = performance.now();
    await vscode.commands.executeCommand('notebook.cell.cancelExecution', { ranges: [{ start: 0, end: 1 }], document: notebook.uri });
    await until('the request is gone', () => request.end === 'client');
    assert.ok(request.endedAt! - started < 100, `${request.endedAt! - started} ms`);
    await until('the cell has ended', () => notebook.cellAt(0).executionSummary?.timing?.endTime !== undefined);
    assert.match(textOf(notebook.cellAt(0)), /^one two/);
    assert.equal(success(notebook.cellAt(0)), undefined);
  });

  it('replaces a run by another of the same cell, without a question', async () => {
    models.follow([slow, answer('Quick.')]);
    const { notebook } = await showText(cell('prompt a', 'Count.'));
    void run(notebook, 0);
    await until('the first request has come', () => models.asked().length === 1);
    await vscode.commands.executeCommand('promptnb.runCell', notebook.cellAt(0));
    await until('the second answer', () => textOf(notebook.cellAt(0)) === 'Quick.');
    assert.equal(models.asked().length, 2);
  });

  it('ends the request of a cell that is deleted, and of a notebook that is closed', async () => {
    models.follow([slow]);
    const { notebook } = await showText(`${cell('prompt a', 'Count.')}${cell('prompt b', 'Count again.')}`);
    void run(notebook, 0);
    await until('the first request has come', () => models.asked().length === 1);
    const edit = new vscode.WorkspaceEdit();
    edit.set(notebook.uri, [vscode.NotebookEdit.deleteCells(new vscode.NotebookRange(0, 1))]);
    await vscode.workspace.applyEdit(edit);
    await until('it is gone', () => models.server.log.at(-1)!.end === 'client');
    void run(notebook, 0);
    await until('the second request has come', () => models.asked().length === 2);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await until('it is gone, too', () => models.server.log.at(-1)!.end === 'client');
  });

  it('keeps the result of an earlier run when a run makes nothing, and in the file while a run goes on', async () => {
    models.follow([answer('Good.'), apiError(401, { message: 'Incorrect API key provided.', code: 'invalid_api_key' }), slow]);
    const { notebook, place } = await showText(cell('prompt a', 'Well?'));
    await run(notebook, 0);
    await until('it has run', () => success(notebook.cellAt(0)) === true);
    await notebook.save();
    const written = place.read('test.promptnb');
    await run(notebook, 0);
    await until('it has failed', () => success(notebook.cellAt(0)) === false);
    assert.match(textOf(notebook.cellAt(0)), /refused|key/i);
    assert.match(textOf(notebook.cellAt(0)), /Good\.$/);
    await notebook.save();
    assert.equal(place.read('test.promptnb'), written);
    void run(notebook, 0);
    await until('the third request has come', () => models.asked().length === 3);
    await notebook.save();
    assert.equal(place.read('test.promptnb'), written);
  });

  it('shows why a cell was not sent, and sends nothing', async () => {
    const { notebook } = await showText(`${cell('prompt topic', 'Name it.')}${cell('prompt poem', 'About {{topik}}.')}`);
    await run(notebook, 1);
    await until('it has failed', () => success(notebook.cellAt(1)) === false);
    assert.match(textOf(notebook.cellAt(1)), /topik.*topic/s);
    assert.deepEqual(models.asked(), []);
  });

  it('runs data cells by looking at them', async () => {
    const { notebook } = await showText(`${cell('json good', '{"a": 1}')}${cell('json bad', '{"a": }')}`);
    await vscode.commands.executeCommand('notebook.execute', notebook.uri);
    await until('both have ended', () => notebook.getCells().every((one) => success(one) !== undefined));
    assert.deepEqual(notebook.getCells().map(success), [true, false]);
  });
});
