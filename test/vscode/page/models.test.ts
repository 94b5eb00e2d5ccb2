import assert from 'node:assert/strict';
import { answer } from '../../servers/behaviours/good.ts';
import { closeAll, showText } from '../support/notebooks.ts';
import { inPage, pressInNotification } from '../support/page.ts';
import { resetSettings, set } from '../support/settings.ts';
import { join } from 'node:path';
import { readdirSync, readFileSync } from 'node:fs';
import { startFaultServer, type FaultServer } from '../../servers/fault-server.ts';
import { until } from '../support/until.ts';
import * as vscode from 'vscode';

const textOf = (of: vscode.NotebookCell): string => of.outputs.map((output) => new TextDecoder().decode(output.items.find((item) => item.mime === 'text/plain')?.data)).join('|');
interface Neighbour {
  readonly asked: readonly { readonly messages: readonly { readonly role: number; readonly text: string }[]; readonly modelOptions?: object }[];
  answerWith(answer: (messages: unknown, progress: vscode.Progress<unknown>, token: vscode.CancellationToken) => Promise<void>): void;
}

describe('A model of another extension', () => {
  let neighbour: Neighbour;
  before(async () => {
    neighbour = (await vscode.extensions.getExtension<Neighbour>('test.neighbour')!.activate());
    await until('its model is there', async () => (await vscode.lm.selectChatModels({ vendor: 'neighbour' })).length > 0);
  });
  afterEach(closeAll);

  it('is asked after the person allowed it, with system text as a message of the user', async () => {
    const { notebook, editor } = await showText('```{prompt a}\n---\nconfig: { temperature: 0.5, seed: 7 }\n---\n{{role "system"}}\nBe brief.\n{{role "user"}}\nHello?\n```\n');
    void vscode.commands.executeCommand('promptnb.selectModel');
    await inPage(async (page) => {
      await page.locator('.quick-input-widget input').first().fill('Parrot');
      await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Parrot' }).first().click();
    });
    await until('it is picked', async () => (await inPage(async (page) => page.locator('.kernel-label').first().innerText())) === 'Parrot');
    void vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: 0, end: 1 }], document: notebook.uri });
    await until('the answer', () => textOf(editor.notebook.cellAt(0)) === 'You said: Hello?');
    const { messages, modelOptions } = neighbour.asked.at(-1)!;
    assert.deepEqual([messages.map((message) => message.text), modelOptions], [['Be brief.', 'Hello?'], { temperature: 0.5 }]);
    const item = JSON.parse(new TextDecoder().decode(notebook.cellAt(0).outputs[0]!.items.find((one) => one.mime.startsWith('application/'))!.data)) as { readonly model: string; readonly usage: { readonly kind: string }; readonly cost: { readonly usd: null } };
    assert.deepEqual([item.model, item.usage.kind, item.cost.usd], ['lm:neighbour/parrot-1', 'estimate', null]);
  });

  for (const [what, make, message] of [
    ['does not allow it', (): Error => vscode.LanguageModelError.NoPermissions('Not now.'), /not allowed to use Parrot/],
    ['has no quota left', (): Error => vscode.LanguageModelError.Blocked('Come back tomorrow.'), /Parrot takes no more requests now.*Come back tomorrow/],
    ['fails', (): Error => new Error('The parrot flew away.'), /Parrot failed.*The parrot flew away/],
  ] as const) {
    it(`says so when it ${what}`, async () => {
      neighbour.answerWith(async () => Promise.reject(make()));
      const { notebook, editor } = await showText('```{prompt a}\nHello?\n```\n');
      await vscode.commands.executeCommand('notebook.selectKernel', { notebookEditor: editor, id: 'promptnb/lm:neighbour/parrot-1', extension: 'promptnb.promptnb' });
      void vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: 0, end: 1 }], document: notebook.uri });
      await until('it has failed', () => notebook.cellAt(0).executionSummary?.success === false);
      assert.match(textOf(notebook.cellAt(0)), message);
    });
  }
});

describe('Add Model…', () => {
  let server: FaultServer;
  before(async () => void (server = await startFaultServer([answer('one two three')])));
  after(async () => server.close());
  afterEach(async () => {
    await closeAll();
    await resetSettings();
  });

  it('asks for an address, lists the models there, tries one, and keeps it for the notebook', async () => {
    const { editor } = await showText('```{prompt a}\nHello?\n```\n');
    void vscode.commands.executeCommand('promptnb.addModel');
    /** Waits for a step by its title and its words, then answers it. */
    const step = (placeholder: string, text: string): Promise<void> => inPage(async (page, [words, value]) => {
      const input = page.locator(`.quick-input-widget input[placeholder*="${words}"]`);
      await input.waitFor();
      await input.fill(value!);
      await page.waitForTimeout(300);
      await input.press('Enter');
    }, [placeholder, text]);
    await step('Who answers', 'Another server');
    await step('https://host/v1', server.baseUrl);
    await step('Which model', 'other-model');
    await inPage(async (page) => {
      const input = page.locator('.quick-input-widget input').first();
      await page.locator('.quick-input-message', { hasText: 'What notebooks call it' }).waitFor();
      await input.fill('mine');
      await input.press('Enter');
    });
    await step('See what it can do', 'Try it');
    await pressInNotification('Use It for This Notebook');
    await until('it is picked', async () => (await inPage(async (page) => page.locator('.kernel-label').first().innerText())) === 'mine');
    assert.deepEqual(vscode.workspace.getConfiguration('promptnb').get('models'), [{ id: 'mine', provider: 'openai', model: 'other-model', baseUrl: server.baseUrl, capabilities: { jsonSchema: false, tools: false } }]);
    assert.equal(editor.notebook.isDirty, false);
  });
});

describe('Set API Key…', () => {
  let server: FaultServer;
  before(async () => void (server = await startFaultServer([answer('Fine.')])));
  after(async () => server.close());
  afterEach(async () => {
    await closeAll();
    await resetSettings();
  });

  it('keeps a key for its server, which alone is sent it, and no record holds it', async () => {
    const origin = new URL(server.baseUrl).origin;
    const key = 'sk-planted-key-0123456789';
    void vscode.commands.executeCommand('promptnb.setApiKey', origin);
    await inPage(async (page, value) => {
      const input = page.locator('.quick-input-widget input[type=password]');
      await input.waitFor();
      await input.fill(value);
      await input.press('Enter');
    }, key);
    const other = await startFaultServer([answer('Fine.')]);
    await set('models', [{ id: 'mine', provider: 'openai', model: 'm', baseUrl: server.baseUrl }, { id: 'other', provider: 'openai', model: 'm', baseUrl: other.baseUrl }]);
    const { notebook, place } = await showText(`\`\`\`{prompt a}\n---\nmodel: mine\n---\nHello, ${key}?\n\`\`\`\n\n\`\`\`{prompt b}\n---\nmodel: other\n---\nHello?\n\`\`\`\n`);
    await vscode.commands.executeCommand('notebook.execute', notebook.uri);
    await until('both have run', () => notebook.getCells().every((cell) => cell.executionSummary?.success === true));
    assert.deepEqual([server.log.at(-1)!.headers.authorization, other.log.at(-1)!.headers.authorization], [`Bearer [${key.length} characters]`, undefined]);
    const runs = join(place.folder, '.promptnb', 'runs');
    const records = readdirSync(runs).map((name) => readFileSync(join(runs, name), 'utf8'));
    assert.equal(records.length, 2);
    assert.ok(records.every((record) => !record.includes(key)));
    assert.ok(!notebook.getCells().some((cell) => textOf(cell).includes(key)));
    await other.close();
  });

  it('takes a key out of the settings when a person wants that', async () => {
    await set('models', [{ id: 'mine', provider: 'openai', model: 'm', baseUrl: 'https://models.example/v1', apiKey: 'sk-in-the-settings' }]);
    await showText('```{prompt a}\nHello?\n```\n');
    await pressInNotification('Move to Secret Store');
    await until('it is out of the settings', () => !JSON.stringify(vscode.workspace.getConfiguration('promptnb').get('models')).includes('sk-in'));
    assert.deepEqual(vscode.workspace.getConfiguration('promptnb').get('models'), [{ id: 'mine', provider: 'openai', model: 'm', baseUrl: 'https://models.example/v1' }]);
  });
});
