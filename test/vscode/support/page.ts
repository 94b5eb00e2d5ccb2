import { until } from './until.ts';
import type { Page } from 'playwright-core';
import * as vscode from 'vscode';

/** Whether there is a page in front of this extension host that tests can use. */
export const hasPage = process.env['PROMPTNB_PAGE'] !== undefined;

/** Runs a function (its text: no helpers of a bundler in it) with Playwright's page of this very window. It sees nothing but its arguments: it runs in another process. */
export async function inPage<T, A = null>(use: (page: Page, argument: A) => Promise<T>, argument?: A): Promise<T> {
  const answer = await fetch(process.env['PROMPTNB_PAGE']!, { method: 'POST', body: JSON.stringify({ code: use.toString(), argument: argument ?? null }) });
  const { value, error } = (await answer.json()) as { readonly value: T; readonly error?: string };
  if (error !== undefined) throw new Error(error);
  return value;
}

/** Presses a button of a notification. VS Code shows no toasts while it is driven by tests, so the list of them is opened. */
export async function pressInNotification(name: string): Promise<void> {
  await until(`a notification has the button ${name}`, async () => {
    await vscode.commands.executeCommand('notifications.showList');
    return inPage(async (page, label) => {
      const button = page.locator('.notifications-center').getByRole('button', { name: label, exact: true }).first();
      if (!(await button.isVisible())) return false;
      await button.click();
      return true;
    }, name);
  });
}
