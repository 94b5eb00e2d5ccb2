/**
 * Stands in for the child process in tests of the client: the same messages, no native code. What it does is told by the prompt's
 * text, as words: `say WORDS`, `crash`, `exit N`, `hang` (never answers, takes no cancel), `wait` (until cancelled), `fail CODE`.
 */
import type { Generate, ToChild, ToParent } from '../../src/node/local/protocol.ts';

const send = (message: ToParent): void => void process.send!(message);
const cancels = new Map<number, () => void>();

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (message: ToChild) => {
  switch (message.type) {
    case 'load':
      if (message.modelPath.includes('crash')) process.kill(process.pid, 'SIGSEGV');
      else if (message.modelPath.includes('bad')) send({ type: 'failed', id: message.id, code: 'load', message: 'unknown architecture' });
      else if (!message.modelPath.includes('slow')) send({ type: 'loaded', id: message.id, milliseconds: 1, contextWindow: message.contextWindow });
      break;
    case 'count':
      send({ type: 'counted', id: message.id, tokens: message.prompt.map((part) => part.text).join('').length });
      break;
    case 'cancel':
      cancels.get(message.id)?.();
      break;
    case 'generate':
      generate(message.id, message);
      break;
  }
});

function generate(id: number, { prompt }: Generate): void {
  const [word, ...rest] = prompt.map((part) => part.text).join('').split(' ');
  const end = (reason: 'end-token' | 'cancelled', outputTokens: number): void => send({ type: 'ended', id, reason, inputTokens: 1, outputTokens });
  send({ type: 'started', id, inputTokens: 1 });
  switch (word ?? '') {
    case 'say':
      for (const text of rest) send({ type: 'delta', id, text });
      end('end-token', rest.length);
      break;
    case 'environment':
      send({ type: 'delta', id, text: JSON.stringify(process.env) });
      end('end-token', 1);
      break;
    case 'crash':
      send({ type: 'delta', id, text: 'so far' });
      console.error('some noise\nllama: out of memory');
      setImmediate(() => process.kill(process.pid, 'SIGSEGV'));
      break;
    case 'exit':
      process.exit(Number(rest[0]));
      break;
    case 'fail':
      send({ type: 'failed', id, code: rest[0] as 'overflow', message: 'because', inputTokens: 99 });
      break;
    case 'wait':
      send({ type: 'delta', id, text: 'waiting' });
      cancels.set(id, () => end('cancelled', 1));
      break;
    case 'hang':
      send({ type: 'delta', id, text: 'hanging' });
      break;
  }
}
