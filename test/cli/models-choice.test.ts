import assert from 'node:assert/strict';
import { answer } from '../servers/behaviours/good.ts';
import { chatBody } from '../servers/log.ts';
import { cleanUp, configText, prompt, workplace, type Workplace } from './promptnb.ts';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startFaultServer, type FaultServer } from '../servers/fault-server.ts';

describe('promptnb run answers with', () => {
  let place: Workplace;
  let server: FaultServer;
  beforeEach(async () => {
    place = workplace();
    server = await startFaultServer([answer('x')]);
  });
  afterEach(async () => {
    await server.close();
    cleanUp();
  });
  const entry = (id: string): string => `  - { id: ${id}, provider: openai, model: ${id}-model, baseUrl: "${server.baseUrl}" }\n`;
  const asked = (): readonly (string | undefined)[] => server.log.map((request) => chatBody(request).model);

  it('the cell’s own model, else --model, else the notebook’s, else the default', async () => {
    place.config(server.baseUrl, entry('own') + entry('flag') + entry('book'));
    const cells = `${prompt('a', '---\nmodel: own\n---\nSay a.')}\n${prompt('b', 'Say b.')}`;
    for (const [head, args, models] of [
      ['', [], ['own-model', 'fault-model']],
      ['---\nmodel: book\n---\n', [], ['own-model', 'book-model']],
      ['---\nmodel: book\n---\n', ['--model', 'flag'], ['own-model', 'flag-model']],
    ] as const) {
      const before = server.log.length;
      place.write('n.promptnb', head + cells);
      assert.equal((await place.run(['run', 'n.promptnb', '--cache', 'off', '--concurrency', '1', ...args])).status, 0);
      assert.deepEqual(asked().slice(before), models);
    }
  });

  it('a model by a name that needs no list, with key and address from the environment', async () => {
    place.write('n.promptnb', prompt('a', 'Say a.'));
    const { status } = await place.run(['run', 'n.promptnb', '--model', 'openai:any-name'], { env: { OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'k-env-12345678' } });
    assert.equal(status, 0);
    assert.deepEqual(asked(), ['any-name']);
    assert.equal(server.log[0]!.headers.authorization, 'Bearer [14 characters]');
  });

  describe('the list in the nearest promptnb.config.yaml', () => {
    it('beside the notebook, wherever the command was given', async () => {
      place.write('deep/er/n.promptnb', prompt('a', 'Say a.'));
      place.write('deep/er/promptnb.config.yaml', configText(server.baseUrl));
      place.write('promptnb.config.yaml', 'models: []\n');
      assert.equal((await place.run(['run', 'deep/er/n.promptnb'])).status, 0);
    });

    it('above it', async () => {
      place.config(server.baseUrl);
      place.write('deep/er/n.promptnb', prompt('a', 'Say a.'));
      assert.equal((await place.run(['run', 'deep/er/n.promptnb'])).status, 0);
    });

    it('or in the one that --config names', async () => {
      place.write('promptnb.config.yaml', 'models: []\n');
      place.write('else/list.yaml', `\ufeff${configText(server.baseUrl)}`);
      place.write('n.promptnb', prompt('a', 'Say a.'));
      assert.equal((await place.run(['run', 'n.promptnb', '--config', 'else/list.yaml'])).status, 0);
    });
  });

  describe('no model, where the list is wrong, and says where', () => {
    const rows: readonly (readonly [what: string, content: string | Uint8Array, says: RegExp])[] = [
      ['broken YAML', 'models: [\n', /promptnb\.config\.yaml:\d+:\d+: error: The configuration is not valid YAML/],
      ['a key in it', 'models:\n  - id: a\n    provider: openai\n    model: b\n    apiKey: sk-verysecret123\n', /promptnb\.config\.yaml:5:\d+: error: .*apiKeyEnv/],
      ['a provider that is not there', 'models:\n  - { id: a, provider: opnai, model: b }\n', /:2:\d+: error: .*opnai/],
      ['two mistakes, both told', 'models:\n  - { id: a, provider: x, model: b }\n  - { id: c, provider: openai, model: d, contextWindow: many }\n', /:2:\d+: error: [\s\S]*:3:\d+: error: /],
      ['another encoding', Buffer.from('models: [] # caf\xe9', 'latin1'), /promptnb\.config\.yaml cannot be read: it is not UTF-8 text\./],
    ];
    for (const [what, content, says] of rows) {
      it(what, async () => {
        place.write('promptnb.config.yaml', content);
        place.write('n.promptnb', prompt('a', 'Say a.'));
        const { status, stdout, stderr } = await place.run(['run', 'n.promptnb']);
        assert.deepEqual([status, stdout], [2, '']);
        assert.match(stderr, says);
        assert.ok(!stderr.includes('verysecret'));
      });
    }

    it('a folder of its name', async () => {
      mkdirSync(join(place.folder, 'promptnb.config.yaml'));
      place.write('n.promptnb', prompt('a', 'Say a.'));
      const { status, stderr } = await place.run(['run', 'n.promptnb']);
      assert.equal(status, 2);
      assert.match(stderr, /promptnb\.config\.yaml cannot be read: it is a folder\./);
    });
  });

  it('the model all the same where the list is only odd, and warns', async () => {
    place.config(server.baseUrl, `  - { id: r, provider: replay, model: r.jsonl, baseUrl: "${server.baseUrl}" }\n`);
    place.write('n.promptnb', prompt('a', 'Say a.'));
    const { status, stderr } = await place.run(['run', 'n.promptnb']);
    assert.equal(status, 0);
    assert.match(stderr, /promptnb\.config\.yaml:\d+:\d+: warning: `baseUrl` means nothing to the provider `replay`/);
    assert.equal((await place.run(['run', 'n.promptnb', '--quiet'])).stderr, '');
  });
});
