import assert from 'node:assert/strict';
import { answer } from '../servers/behaviours/good.ts';
import { needsVscode, openWindow, waitFor, type Window } from './window.ts';
import { startFaultServer, type FaultServer } from '../servers/fault-server.ts';

describe('Running, as a person sees it', function () {
  this.timeout(120_000);
  let window: Window;
  let server: FaultServer;
  before(async function () {
    needsVscode(this);
    [window, server] = await Promise.all([openWindow(), startFaultServer([answer('Fine.')])]);
  });
  after(async () => {
    await window?.close();
    await server?.close();
  });
  const set = (settings: Readonly<Record<string, unknown>>): Promise<void> => window.host(async (vscode, values) => {
    for (const [name, value] of Object.entries(values)) await vscode.workspace.getConfiguration('promptnb').update(name, value, vscode.ConfigurationTarget.Global);
  }, settings);

  it('asks first when a run is large, with the estimate, and sends nothing when the answer is no', async () => {
    await set({ models: [{ id: 'fast', provider: 'openai', model: 'm', baseUrl: server.baseUrl, price: { input: 1000, output: 1000 } }], defaultModel: 'fast', 'confirm.cost': 0.001 });
    window.write('large.promptnb', '```{prompt a}\nOne?\n```\n\n```{prompt b}\nTwo?\n```\n');
    await window.open('large.promptnb');
    const { page } = window;
    for (const [button, sent] of [['Cancel', 0], ['Run', 2]] as const) {
      await page.getByRole('button', { name: 'Run All' }).first().click();
      const dialog = page.locator('.monaco-dialog-box');
      await dialog.waitFor();
      assert.match(await dialog.innerText(), /at least 2 requests with \d+ tokens[^]*at least \$0\.0/);
      await dialog.getByRole('button', { name: button, exact: true }).click();
      await waitFor(() => server.log.length === sent, `${sent} requests`);
      await waitFor(async () => (await page.getByRole('button', { name: 'Run All' }).count()) > 0, 'end of the run');
    }
    await set({ 'confirm.cost': undefined });
  });
});
