import assert from 'node:assert/strict';
import { answer } from '../../servers/behaviours/good.ts';
import { closeAll, showText } from '../support/notebooks.ts';
import { inPage } from '../support/page.ts';
import { resetSettings, set } from '../support/settings.ts';
import { startFaultServer, type FaultServer } from '../../servers/fault-server.ts';
import { until } from '../support/until.ts';

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
});
