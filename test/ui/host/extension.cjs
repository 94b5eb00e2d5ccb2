'use strict';
const { createServer } = require('node:http');
const { runInThisContext } = require('node:vm');
const { writeFileSync } = require('node:fs');
const vscode = require('vscode');

/** Runs the text of a function with `vscode` and an argument, for tests on loopback that know the path. */
exports.activate = (context) => {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => (body += text));
    request.on('end', async () => {
      const answer = await run(body).catch((error) => ({ error: String(error?.stack ?? error) }));
      response.end(JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1', () => writeFileSync(process.env.PROMPTNB_HOST_FILE, `http://127.0.0.1:${server.address().port}/`));
  context.subscriptions.push({ dispose: () => server.close() });
};

async function run(body) {
  const { code, argument } = JSON.parse(body);
  return { value: (await runInThisContext(`(${code})`)(vscode, argument)) ?? null };
}
