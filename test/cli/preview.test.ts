import assert from 'node:assert/strict';
import { cleanUp, prompt, workplace, type Workplace } from './promptnb.ts';
import { serve, type Loopback, type SeenRequest } from '../loopback.ts';

interface Preview {
  readonly name: string | null;
  readonly model: string;
  readonly requests: readonly { readonly url: string; readonly body: unknown }[];
  readonly unknown: readonly string[];
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

const notebook = `---
params: { tone: warm }
defaults:
  config: { seed: 3 }
---

\`\`\`{json rows}
[{"n": 1, "t": "a"}, {"n": 2, "t": "b \\u0007 é 😀"}]
\`\`\`

${prompt('plain', 'Be {{tone}}.')}
${prompt('roles', '---\nconfig: { temperature: 0.1, topP: 0.9, maxOutputTokens: 50, stopSequences: ["END", "\\n"] }\n---\n{{role "system"}}\nYou count.\n{{role "user"}}\n{{#each rows}}\n- {{this.n}} {{this.t}}\n{{/each}}\n{{role "model"}}\nWell:')}
${prompt('formed', '---\noutput:\n  schema:\n    stars: integer\n    tone(enum): [funny, dry]\n---\nJudge.')}
${prompt('told', '---\nmodel: plain-server\noutput:\n  schema: { stars: integer }\n---\nJudge too.')}
${prompt('tools', '---\ntools: [calculator]\ncheck:\n  - It is right.\nretry: 2\n---\nWhat is 6 times 7?')}
${prompt('', 'Nameless.')}
${prompt('after', 'Then {{plain}} and {{formed.stars}}.')}`;

describe('promptnb preview', () => {
  let place: Workplace;
  let server: Loopback;
  beforeEach(async () => {
    place = workplace();
    server = await serve((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content: '{"stars": 5, "tone": "dry"}' }, finish_reason: 'stop' }], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }));
    });
    place.config(`${server.origin}/v1`, `  - { id: plain-server, provider: openai, model: p, baseUrl: "${server.origin}/v1?api-version=2", capabilities: { jsonSchema: false, usage: false, stream: false } }\n`);
    place.write('n.promptnb', notebook);
  });
  afterEach(async () => {
    await server.close();
    cleanUp();
  });
  const preview = async (args: readonly string[]): Promise<readonly Preview[]> => {
    const { status, stdout, stderr } = await place.run(['preview', 'n.promptnb', '--format', 'json', ...args]);
    assert.deepEqual([status, stderr], [0, '']);
    return (JSON.parse(stdout) as { cells: Preview[] }).cells;
  };

  it('tells the requests that are then sent, to the byte, and sends nothing itself', async () => {
    const cells = await preview(['--param', 'tone=dry']);
    assert.equal(server.requests.length, 0);
    assert.deepEqual(cells.map((cell) => cell.name), ['plain', 'roles', 'formed', 'told', 'tools', null, 'after']);
    for (const [index, cell] of cells.entries()) {
      if (cell.name === 'after') continue;
      const before: number = server.requests.length;
      await place.run(['run', 'n.promptnb', '--param', 'tone=dry', '--cell', cell.name ?? `#${index + 1}`, '--cache', 'off']);
      const sent: SeenRequest = server.requests[before]!;
      assert.deepEqual(cell.requests.map(({ url, body }) => [url, JSON.stringify(body)]), [[`${server.origin}${sent.path}`, sent.body]], cell.name ?? '');
      assert.deepEqual([cell.unknown, cell.error], [[], null]);
    }
    assert.deepEqual(place.records().length > 0, true);
  });

  it('says what depends on answers that are not known yet', async () => {
    const [after] = await preview(['--cell', 'after']);
    assert.deepEqual(after!.unknown, ['plain', 'formed']);
    assert.match(JSON.stringify(after!.requests), /⟨plain: not known yet⟩/);
  });

  it('knows the answers that stand in the notebook and are up to date', async () => {
    await place.run(['run', 'n.promptnb', '--write', '--cell', 'plain', '--cell', 'formed']);
    const [after] = await preview(['--cell', 'after']);
    assert.deepEqual(after!.unknown, []);
    const before = server.requests.length;
    await place.run(['run', 'n.promptnb', '--cell', 'after', '--cache', 'off']);
    assert.equal(JSON.stringify(after!.requests[0]!.body), server.requests[before]!.body);
    assert.equal(server.requests.length, before + 1);
  });

  it('leaves no files behind', async () => {
    await preview([]);
    assert.equal(place.records().length, 0);
    assert.ok(!place.everything().includes('.gitignore'));
  });

  it('prints text for people', async () => {
    const { status, stdout } = await place.run(['preview', 'n.promptnb', '--cell', 'plain', '--cell', 'after']);
    assert.equal(status, 0);
    assert.match(stdout, /^plain · fast\nPOST http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions\n\{\n {2}"model": "fault-model",\n {2}"messages": \[/);
    assert.match(stdout, /\n\nafter · fast\nThe results of plain, formed are not known yet: ⟨…⟩ stands for them\.\n/);
  });

  const refused: readonly (readonly [what: string, text: string, args: readonly string[], says: RegExp])[] = [
    ['an error in a cell', prompt('a', '{{nobody}}'), [], /^n\.promptnb:2:\d+: error: .*\nNothing was sent\.\n$/],
    ['an error in a cell that is needed', `${prompt('a', '{{#if}}')}\n${prompt('b', '{{a}}')}`, ['--cell', 'b'], /^n\.promptnb:2:\d+: error: /],
    ['an unknown model', prompt('a', 'x'), ['--model', 'fats'], /model-missing: There is no model `fats`/],
    ['an unknown cell', prompt('a', 'x'), ['--cell', 'c'], /There is no prompt cell `c`/],
    ['a value that nobody gave', `---\nparams: { t: { type: string } }\n---\n${prompt('a', '{{t}}')}`, [], /missing-input: The parameter `t` has no value/],
  ];
  for (const [what, text, args, says] of refused) {
    it(`ends with 2 for ${what}`, async () => {
      place.write('n.promptnb', text);
      const { status, stdout, stderr } = await place.run(['preview', 'n.promptnb', ...args]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, says);
    });
  }

  it('says why a cell would send nothing', async () => {
    place.write('n.promptnb', `\`\`\`{text notes file=gone.md}\n\`\`\`\n\n${prompt('a', '{{notes}}')}\n${prompt('b', '{{#if false}}x{{/if}}{{!-- nothing --}}')}`);
    const [a] = await preview(['--cell', 'a']);
    assert.deepEqual([a!.requests, a!.error!.code], [[], 'file']);
  });
});
