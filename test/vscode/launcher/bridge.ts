import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { runInThisContext } from 'node:vm';
import type { Page } from 'playwright-core';

export interface Bridge {
  readonly url: string;
  close(): void;
}

/**
 * Lets tests in the extension host use the page in front of it, as a person would: they send the text of a function, which runs here with
 * Playwright's page and their argument. On loopback, under a path that nobody else knows.
 */
export async function openBridge(page: () => Page): Promise<Bridge> {
  const path = `/${randomUUID()}`;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void answer(Buffer.concat(chunks).toString('utf8')).then((body) => {
        response.writeHead(request.url === path ? 200 : 404, { 'content-type': 'application/json' });
        response.end(request.url === path ? body : '{}');
      });
    });
  });
  const answer = async (body: string): Promise<string> => {
    try {
      const { code, argument } = JSON.parse(body) as { readonly code: string; readonly argument: unknown };
      const use = runInThisContext(`(${code})`) as (page: Page, argument: unknown) => Promise<unknown>;
      return JSON.stringify({ value: (await use(page(), argument)) ?? null });
    } catch (error) {
      return JSON.stringify({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { readonly port: number };
  return { url: `http://127.0.0.1:${port}${path}`, close: () => void server.close() };
}
