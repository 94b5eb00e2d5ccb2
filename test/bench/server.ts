/** A server that answers at once: `POST /v1/chat/completions` streams as many chunks as the prompt's last number says. Prints its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const bodies = new Map<number, Buffer>();

function body(chunks: number): Buffer {
  let made = bodies.get(chunks);
  if (made === undefined) {
    const base = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'bench' };
    const lines = [{ ...base, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] }];
    const events: object[] = [...lines];
    for (let index = 0; index < chunks; index++) events.push({ ...base, choices: [{ index: 0, delta: { content: ` word${index % 100}` }, finish_reason: null }] });
    events.push({ ...base, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    events.push({ ...base, choices: [], usage: { prompt_tokens: 12, completion_tokens: chunks, total_tokens: 12 + chunks } });
    made = Buffer.from(`${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`);
    bodies.set(chunks, made);
  }
  return made;
}

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (piece: string) => (text += piece));
  request.on('end', () => {
    const numbers = text.match(/chunks (\d+)/);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(body(Number(numbers?.[1] ?? 4)));
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
