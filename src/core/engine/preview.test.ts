import assert from 'node:assert/strict';
import { ModelError, type Model } from '../models/model.ts';
import { previewNotebook, type CellPreview } from './preview.ts';
import { readNotebook } from '../notebook/read.ts';
import { readProgram } from './program.ts';
import { scriptedModel, type ScriptedModel } from '../../../test/scripted-model.ts';
import { testHost } from '../../../test/faults/drive.ts';
import type { Json } from '../json.ts';
import type { Refusal } from './refuse.ts';

const fence = '```';
const prompt = (name: string, body: string): string => `${fence}{prompt ${name}}\n${body}\n${fence}\n\n`;

interface Seen {
  readonly cells: readonly CellPreview[];
  readonly refusals: readonly Refusal[];
  readonly model: ScriptedModel;
}

async function preview(text: string, { cells, params = {}, overrides = {} }: { readonly cells?: readonly string[]; readonly params?: Readonly<Record<string, Json>>; readonly overrides?: Partial<Model> } = {}): Promise<Seen> {
  const program = readProgram(readNotebook(text));
  const model = scriptedModel(() => assert.fail('It was asked.'), {
    describe: ({ messages, ...more }) => ({ url: 'scripted:', body: { texts: messages.map((message) => message.content.map((segment) => ('text' in segment ? segment.text : '')).join('')), ...more } as unknown as Json }),
    ...overrides,
  });
  const seen = await previewNotebook({
    program, targets: program.prompts.filter((cell) => cells === undefined || cells.includes(cell.name ?? '')), host: testHost(), params: new Map(Object.entries(params)), inputs: new Map(),
    models: {
      default: 'scripted',
      open: async (name) => {
        if (name !== 'scripted') throw new ModelError('model-missing', `There is no model ${name}.`);
        return model;
      },
    },
  });
  return { cells: 'cells' in seen ? seen.cells : [], refusals: 'refusals' in seen ? seen.refusals : [], model };
}

describe('A preview', () => {
  it('shows each cell’s first request, and sends nothing', async () => {
    const { cells, model } = await preview(`---\nparams:\n  tone:\n---\n${fence}{json topic}\n"clips"\n${fence}\n\n${prompt('a', '---\nconfig: { temperature: 0.5 }\n---\nAbout {{topic}}, {{tone}}.')}`, { params: { tone: 'dry' } });
    assert.deepEqual(cells.map(({ cell, model: id, requests, unknown, error }) => [cell.name, id, requests, unknown, error]), [['a', 'scripted', [{ url: 'scripted:', body: { texts: ['About clips, dry.'], config: { temperature: 0.5 } } }], [], null]]);
    assert.equal(model.requests.length, 0);
  });

  it('shows what techniques make of it: tools, and the form in words or as a schema', async () => {
    const text = prompt('a', '---\ntools: [calculator]\noutput: { schema: { n: integer } }\ncheck:\n  - It is right.\nretry: 2\n---\nAdd.');
    for (const jsonSchema of [true, false]) {
      const [a] = (await preview(text, { overrides: { capabilities: { ...scriptedModel(() => '').capabilities, jsonSchema } } })).cells;
      const body = a!.requests[0]!.body as { readonly texts: readonly string[]; readonly tools: readonly { readonly name: string }[]; readonly output?: unknown };
      assert.deepEqual([body.tools.map((tool) => tool.name), body.output !== undefined, body.texts[0]!.includes('JSON Schema')], [['calculator'], jsonSchema, !jsonSchema]);
    }
  });

  it('shows a name in the place of a result that is not known yet, and says so', async () => {
    const { cells } = await preview(prompt('a', 'One.') + prompt('b', 'Then {{a}}.') + prompt('c', 'Then {{b}}, {{a}}.'));
    assert.deepEqual(cells.map(({ requests, unknown }) => [(requests[0]!.body as { readonly texts: readonly string[] }).texts[0], unknown]), [['One.', []], ['Then ⟨a: not known yet⟩.', ['a']], ['Then ⟨b: not known yet⟩, ⟨a: not known yet⟩.', ['b', 'a']]]);
  });

  const refused: readonly (readonly [what: string, body: string, overrides: Partial<Model>, code: string, says: RegExp])[] = [
    ['the model takes no tools', '---\ntools: [calculator]\n---\nAdd.', { capabilities: { ...scriptedModel(() => '').capabilities, tools: false } }, 'unavailable', /takes no tools/],
    ['nothing is left to send', '{{#if nothing}}x{{/if}}', {}, 'problem', /^There is nothing to send: cell a renders to no message\.$/],
  ];
  for (const [what, body, overrides, code, says] of refused) {
    it(`says why a cell would send nothing: ${what}`, async () => {
      const { cells } = await preview(`${fence}{json nothing}\nnull\n${fence}\n\n${prompt('a', body)}`, { overrides });
      const error = cells[0]?.error;
      assert.deepEqual([cells[0]?.requests ?? [], error?.code], [[], code]);
      assert.match(error!.message, says);
    });
  }

  it('refuses what a run would refuse', async () => {
    for (const [text, code] of [[prompt('a', '{{nobody}}'), 'problem'], ['---\nparams:\n  tone:\n---\n' + prompt('a', '{{tone}}'), 'missing-input'], [prompt('a', '---\nmodel: nobody\n---\nx'), 'model-missing']] as const) {
      assert.deepEqual((await preview(text)).refusals.map((refusal) => refusal.error.code), [code]);
    }
  });

  it('of one cell does not mind what is wrong with another', async () => {
    assert.equal((await preview(prompt('a', '{{nobody}}') + prompt('b', 'x'), { cells: ['b'] })).cells.length, 1);
  });

  it('tells of a file that cannot be read, in the cells that use it', async () => {
    const { cells } = await preview(`${fence}{text notes file=gone.md}\n${fence}\n\n${prompt('a', '{{notes}}')}${prompt('b', 'x')}`);
    assert.deepEqual(cells.map(({ error, requests }) => [error?.code ?? null, requests.length]), [['file', 0], [null, 1]]);
  });
});
