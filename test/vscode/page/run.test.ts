import assert from 'node:assert/strict';
import { answer } from '../../servers/behaviours/good.ts';
import { chatBody } from '../../servers/log.ts';
import { closeAll, showText } from '../support/notebooks.ts';
import { inPage } from '../support/page.ts';
import { resetSettings, set } from '../support/settings.ts';
import { startFaultServer, type FaultServer } from '../../servers/fault-server.ts';
import { until } from '../support/until.ts';
import * as vscode from 'vscode';

describe('Run All, by the button', () => {
  let server: FaultServer;
  before(async () => void (server = await startFaultServer([answer('Fine.')])));
  after(async () => server.close());
  afterEach(async () => {
    await closeAll();
    await resetSettings();
  });

  it('never waits on the kernel picker, however many models there are', async () => {
    await set('models', ['fast', 'slow'].map((id) => ({ id, provider: 'openai', model: id, baseUrl: server.baseUrl })));
    await set('defaultModel', 'fast');
    server.follow([answer('First.'), answer('Second.')]);
    const { notebook } = await showText('```{prompt a}\nOne?\n```\n\n```{prompt b}\nTwo, after {{a}}?\n```\n');
    await inPage(async (page) => page.getByRole('button', { name: 'Run All' }).first().click());
    await until('both cells have run', () => notebook.getCells().every((cell) => cell.executionSummary?.success === true));
    assert.deepEqual(notebook.getCells().map((cell) => cell.executionSummary?.executionOrder), [1, 2]);
    assert.deepEqual(await inPage(async (page) => page.locator('.kernel-label').first().innerText()), 'As the notebook says');
  });

  it('asks for parameters and inputs without a value, and remembers the answer', async () => {
    await set('models', [{ id: 'fast', provider: 'openai', model: 'm', baseUrl: server.baseUrl }]);
    await set('defaultModel', 'fast');
    server.follow([answer('Fine.')]);
    const { notebook } = await showText('---\nparams:\n  count: { type: integer, description: How many }\n---\n\n```{prompt a}\n{{count}} things.\n```\n');
    const give = (text: string | null): Promise<string> => inPage(async (page, value) => {
      const input = page.locator('.quick-input-widget input').first();
      await page.locator('.quick-input-title', { hasText: 'Parameter count' }).waitFor();
      if (value !== null) await input.fill(value);
      const shown = await input.inputValue();
      await input.press('Enter');
      return shown;
    }, text);
    for (const [typed, shown] of [['7', '7'], [null, '7']] as const) {
      const before = server.log.length;
      void vscode.commands.executeCommand('promptnb.runCellWithoutCache', notebook.cellAt(1));
      assert.equal(await give(typed), shown);
      await until('it was sent', () => server.log.length > before);
      assert.equal(chatBody(server.log.at(-1)!).messages?.at(-1)?.content, '7 things.');
      await until('it has run', () => notebook.cellAt(1).executionSummary?.success === true);
    }
  });
});
