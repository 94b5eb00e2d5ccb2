import assert from 'node:assert/strict';
import { answer } from '../../servers/behaviours/good.ts';
import { chatBody } from '../../servers/log.ts';
import { closeAll, showText } from '../support/notebooks.ts';
import { resetSettings, set } from '../support/settings.ts';
import { startFaultServer, type FaultServer } from '../../servers/fault-server.ts';
import { until } from '../support/until.ts';
import * as vscode from 'vscode';

const extension = 'promptnb.promptnb';

describe('Kernels', () => {
  let server: FaultServer;
  before(async () => void (server = await startFaultServer([answer('Fine.')])));
  after(async () => server.close());
  afterEach(async () => {
    await closeAll();
    await resetSettings();
  });
  const models = (...ids: readonly string[]) => ids.map((id) => ({ id, provider: 'openai', model: `model-of-${id}`, baseUrl: server.baseUrl }));
  const runAll = async (notebook: vscode.NotebookDocument): Promise<void> => {
    await vscode.commands.executeCommand('notebook.execute', notebook.uri);
    await until('every cell has ended', () => notebook.getCells().every((cell) => cell.executionSummary?.success !== undefined));
  };
  const asked = (): readonly unknown[] => server.log.map((request) => chatBody(request).model);
  const seen = (): number => server.log.length;

  it('pick the model: the cell’s own, else the picked one, else the notebook’s, else the default', async () => {
    await set('models', models('one', 'two', 'three', 'four'));
    await set('defaultModel', 'four');
    const before = seen();
    const { notebook, editor } = await showText('---\nmodel: three\n---\n\n```{prompt a}\n---\nmodel: one\n---\nA?\n```\n\n```{prompt b}\nB?\n```\n');
    await runAll(notebook);
    await vscode.commands.executeCommand('notebook.selectKernel', { notebookEditor: editor, id: 'promptnb/two', extension });
    await runAll(notebook);
    // The cell with a model of its own has its answer in the cache.
    assert.deepEqual([...asked().slice(before)].sort(), ['model-of-one', 'model-of-three', 'model-of-two']);
  });

  it('come and go with the settings', async () => {
    await set('models', models('here'));
    const before = seen();
    const { notebook, editor } = await showText('```{prompt a}\nA?\n```\n');
    await vscode.commands.executeCommand('notebook.selectKernel', { notebookEditor: editor, id: 'promptnb/here', extension });
    await runAll(notebook);
    assert.deepEqual(asked().slice(before), ['model-of-here']);
  });
});
