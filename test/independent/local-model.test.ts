import assert from 'node:assert/strict';
import { defaultModelId } from '../../src/node/local/models.ts';
import { localProvider, type LocalProvider } from '../../src/node/local/provider.ts';
import { messageText, type Message } from '../../src/core/prompt/message.ts';
import { NotAvailable, startLlamaServer, type LlamaServer } from '../servers/llama-server.ts';
import { skip } from '../skip.ts';
import { testHost, userMessage } from '../faults/drive.ts';
import type { Model } from '../../src/core/models/model.ts';

/** The embedded model's prompts and counts against what llama.cpp's own server makes of the same weights. */
describe('The embedded model and an independent server with the same weights', function () {
  this.timeout(60_000);
  let server: LlamaServer;
  let provider: LocalProvider;
  let model: Model;

  before(async function () {
    this.timeout(600_000);
    if (process.env.PROMPTNB_NO_LOCAL !== undefined) skip(this, process.env.PROMPTNB_NO_LOCAL);
    try {
      server = await startLlamaServer();
    } catch (error) {
      if (!(error instanceof NotAvailable)) throw error;
      skip(this, error.message);
    }
    provider = localProvider();
    model = await provider.open({ id: 'local', provider: 'local', model: defaultModelId }, testHost());
  });
  after(async () => {
    await provider?.close();
    await server?.close();
  });

  const say = (role: Message['role'], text: string): Message => ({ ...userMessage(text), role });
  const chats: Readonly<Record<string, readonly Message[]>> = {
    'one message': [say('user', 'Hello')],
    'a system message': [say('system', 'You are terse.'), say('user', 'Name a colour.')],
    'a conversation': [say('system', 'You are terse.'), say('user', 'Name a colour.'), say('model', 'Blue.'), say('user', 'Another, please.')],
    'many scripts': [say('user', 'Grüße an 世界 👩‍👩‍👧 — e\u0301, \t tabs,\n\nlines and  spaces; العربية עברית हिन्दी')],
    'code and numbers': [say('user', 'for (let i = 0; i < 1_000_000; i++) { x[i] *= 3.14159e-10; }\n\n\n\t\treturn {"a": [1, 2, 3]};')],
    'a long text': [say('user', 'The quick brown fox jumps over the lazy dog. '.repeat(60))],
  };
  for (const [name, messages] of Object.entries(chats)) {
    it(`${name}: the same prompt, and as many tokens`, async () => {
      const request = { messages, config: {} };
      const rendered = await server.renderChat(messages.map((message) => ({ role: message.role === 'model' ? 'assistant' : message.role, content: messageText(message) })));
      assert.equal((model.describe(request).body as { readonly prompt: string }).prompt, rendered);
      assert.deepEqual(await model.countTokens(request), { tokens: (await server.tokenize(rendered)).length, kind: 'exact' });
    });
  }

  it('texts have as many tokens', async () => {
    for (const text of ['', ' ', 'a', '  leading and trailing  ', '\n\n', '\r\n', 'é漢😀', '\u0000\u0007', '0123456789'.repeat(20), 'ſ ﬁ ẞ', 'a\u00a0b\u2028c']) {
      assert.deepEqual(await model.countTokens(text), { tokens: (await server.tokenize(text)).length, kind: 'exact' }, JSON.stringify(text));
    }
  });
});
