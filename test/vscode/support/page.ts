import type { Page } from 'playwright-core';

/** Whether there is a page in front of this extension host that tests can use. */
export const hasPage = process.env['PROMPTNB_PAGE'] !== undefined;

/** Runs a function (its text: no helpers of a bundler in it) with Playwright's page of this very window. It sees nothing but its arguments: it runs in another process. */
export async function inPage<T, A = null>(use: (page: Page, argument: A) => Promise<T>, argument?: A): Promise<T> {
  const answer = await fetch(process.env['PROMPTNB_PAGE']!, { method: 'POST', body: JSON.stringify({ code: use.toString(), argument: argument ?? null }) });
  const { value, error } = (await answer.json()) as { readonly value: T; readonly error?: string };
  if (error !== undefined) throw new Error(error);
  return value;
}
