import assert from 'node:assert/strict';
import { cacheFolder } from '../../src/node/cache-folder.ts';
import { drive, testHost, userMessage } from '../faults/drive.ts';
import { fileURLToPath } from 'node:url';
import { findLlama } from '../../src/node/local/llama-folder.ts';
import { ggufFile, ggufValue, wholeGguf } from './gguf-file.ts';
import { join } from 'node:path';
import { localProvider, type LocalProvider } from '../../src/node/local/provider.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { skip } from '../skip.ts';
import { tmpdir } from 'node:os';
import type { Model, ModelConfig, ModelEvent, ModelRequest } from '../../src/core/models/model.ts';

/** Local models with templates of their own; a process that says what it is told stands in for the engine. */
describe('A local model with a template of its own', () => {
  const host = testHost();
  const never = new AbortController().signal;
  let folder: string;
  let provider: LocalProvider;

  before(function () {
    if (process.env.PROMPTNB_NO_LOCAL !== undefined) skip(this, process.env.PROMPTNB_NO_LOCAL);
    assert.ok(findLlama('.', cacheFolder()), 'The engine is not there: run `node scripts/get-llama.ts`.');
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pnb-'));
    provider = localProvider({ folder, childFile: fileURLToPath(new URL('./fake-child.ts', import.meta.url)) });
  });
  afterEach(async () => {
    await provider.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (template: string | null, entry: Partial<ModelConfig> = {}): Promise<Model> => {
    const { 'tokenizer.chat_template': _own, ...rest } = wholeGguf;
    writeFileSync(join(folder, 'tiny.gguf'), ggufFile(template === null ? rest : { ...rest, 'tokenizer.chat_template': ggufValue.string(template) }));
    return provider.open({ id: 'tiny', provider: 'local', model: 'tiny.gguf', ...entry }, host);
  };
  const ask = async (model: Model, text: string, more: Partial<ModelRequest> = {}): Promise<readonly ModelEvent[]> => {
    const events: ModelEvent[] = [];
    for await (const event of model.stream({ messages: [userMessage(text)], config: {}, ...more }, never)) events.push(event);
    return events;
  };
  const told = (events: readonly ModelEvent[]): readonly string[] => events.flatMap((event) => ('text' in event && event.type !== 'note' ? [`${event.type}: ${event.text}`] : []));
  const plain = "{% for message in messages %}{{ message['content'] }}{% endfor %}";

  it('tells what it thinks from what it says, where its template knows thoughts', async () => {
    const thinking = `${plain}{# <think> #}`;
    assert.deepEqual(told(await ask(await open(thinking), 'say <think> Hm, </think> Hello')), ['reasoning-delta: Hm,', 'text-delta: Hello']);
    assert.deepEqual(told(await ask(await open(plain), 'say <think> Hm, </think> Hello')), ['text-delta: <think>', 'text-delta: Hm,', 'text-delta: </think>', 'text-delta: Hello']);
  });

  it('tells them where the prompt has opened the thoughts', async () => {
    const model = await open(`${plain} {% if add_generation_prompt %}<think>{% endif %}`);
// The stand-in says its prompt's last word, too.
    assert.deepEqual(told(await ask(model, 'say Hm, </think> Hello')), ['reasoning-delta: Hm,', 'text-delta: Hello', 'text-delta: <think>']);
  });

  it('has no thoughts in an answer that follows a schema', async () => {
    const events = await ask(await open(`${plain}{# </think> #}`), 'say <think> x', { output: { name: 'o', schema: { type: 'string' } } });
    assert.deepEqual(told(events), ['text-delta: <think>', 'text-delta: x']);
  });

  it('keeps what was held back when it is cut', async () => {
    const { outcome } = await drive({ model: await open(`${plain}{# </think> #}`), host, request: { messages: [userMessage('say <th')] } });
    assert.deepEqual([outcome.status, outcome.text], ['done', '<th']);
    const events: ModelEvent[] = [];
    await assert.rejects(async () => {
      for await (const event of (await open(`${plain}{# </think> #}`)).stream({ messages: [userMessage('crash')], config: {} }, never)) events.push(event);
    }, { code: 'model-crash' });
    assert.deepEqual(told(events), ['text-delta: so far']);
  });

  it('sends system text with the user’s where its template, or the list, says that there is no system', async () => {
    const refusing = `{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}${plain}`;
    const request = { messages: [{ ...userMessage('Be brief.'), role: 'system' as const }, userMessage('Hello')], config: {} };
    for (const model of [await open(refusing), await open(plain, { capabilities: { system: false } })]) {
      assert.equal(model.capabilities.system, false);
      const { prompt, notes } = model.describe(request).body as { readonly prompt: string; readonly notes: readonly string[] };
      assert.equal(prompt, 'Be brief.\n\nHello');
      assert.match(notes.join(), /knows no system messages/);
    }
    assert.equal((await open(plain)).capabilities.system, true);
  });

  it('says when the file has no template', async () => {
    const { notes } = (await open(null)).describe({ messages: [userMessage('Hi')], config: {} }).body as { readonly notes: readonly string[] };
    assert.match(notes.join(), /no chat template: ChatML/);
  });

  it('is not opened where its template cannot be parsed', () => assert.rejects(open('{% for %}'), { code: 'unavailable', message: /chat template in .* cannot be used/ }));
});
