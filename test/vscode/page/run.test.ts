import assert from 'node:assert/strict';
import { answer } from '../../servers/behaviours/good.ts';
import { closeAll, showText } from '../support/notebooks.ts';
import { inPage } from '../support/page.ts';
import { startFaultServer } from '../../servers/fault-server.ts';
import { until } from '../support/until.ts';
import * as vscode from 'vscode';

describe('Run All', () => {
  afterEach(closeAll);

  it('runs every cell and shows the results', async () => {
    const server = await startFaultServer([answer('First.'), answer('Second.')]);
    await vscode.workspace.getConfiguration('promptnb').update('models', [{ id: 'fast', provider: 'openai', model: 'gpt-test', baseUrl: server.baseUrl }], vscode.ConfigurationTarget.Global);
    await vscode.workspace.getConfiguration('promptnb').update('defaultModel', 'fast', vscode.ConfigurationTarget.Global);
    const { notebook } = await showText('```{prompt a}\nOne?\n```\n\n```{prompt b}\nTwo, after {{a}}?\n```\n');
    await inPage(async (page) => page.getByRole('button', { name: 'Run All' }).first().click());
    await until('both cells have run', () => notebook.getCells().every((cell) => cell.executionSummary?.success === true));
    assert.deepEqual(notebook.getCells().map((cell) => cell.executionSummary?.executionOrder), [1, 2]);
    await server.close();
  });
});
