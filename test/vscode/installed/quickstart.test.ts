import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { closeAll, newPlace, show } from '../support/notebooks.ts';
import { join } from 'node:path';
import { skip } from '../../skip.ts';
import { until } from '../support/until.ts';
import * as vscode from 'vscode';

describe('The packed extension, installed', () => {
  before(function () {
    if (process.env.PROMPTNB_NO_LOCAL !== undefined) skip(this, process.env.PROMPTNB_NO_LOCAL);
  });
  afterEach(closeAll);

  it('opens the quickstart and runs it on the embedded model', async function () {
    this.timeout(180_000);
    const extension = vscode.extensions.getExtension('promptnb.promptnb')!;
    assert.ok(!extension.extensionPath.startsWith(process.env.PROMPTNB_ROOT!), extension.extensionPath);
    const place = newPlace();
    cpSync(join(extension.extensionPath, 'examples', 'quickstart.promptnb'), join(place.folder, 'quickstart.promptnb'));
    const { notebook } = await show(vscode.Uri.file(join(place.folder, 'quickstart.promptnb')));
    await vscode.commands.executeCommand('notebook.execute', notebook.uri);
    const prompts = notebook.getCells().filter((cell) => cell.document.languageId === 'promptnb');
    await until('both cells have run', () => prompts.every((cell) => cell.executionSummary?.success !== undefined), 170_000);
    assert.deepEqual(prompts.map((cell) => cell.executionSummary?.success), [true, true], prompts.map((cell) => new TextDecoder().decode(cell.outputs[0]?.items.find((item) => item.mime === 'text/plain')?.data)).join('\n'));
  });
});
