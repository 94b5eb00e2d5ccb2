import assert from 'node:assert/strict';
import { ModelError } from '../models/model.ts';
import { modelNameOf, openModels, type ModelSource } from './open-models.ts';
import { readNotebook } from '../notebook/read.ts';
import { readProgram, type Program } from './program.ts';
import { scriptedModel } from '../../../test/scripted-model.ts';

const fence = '```';
const cell = (name: string, model: string | null): string => `${fence}{prompt ${name}}\n${model === null ? '' : `---\nmodel: ${model}\n---\n`}x\n${fence}\n\n`;

function program(...cells: readonly (string | null)[]): Program {
  return readProgram(readNotebook(cells.map((model, index) => cell(`c${index}`, model)).join('')));
}

interface Opened {
  readonly source: ModelSource;
  /** The names that were opened, in order. */
  readonly names: readonly string[];
}

function source(more: Omit<ModelSource, 'open'> = {}): Opened {
  const names: string[] = [];
  const open: ModelSource['open'] = async (name) => {
    names.push(name);
    if (name === 'gone') throw new ModelError('model-missing', 'There is no model `gone`.', { sent: false, hint: 'Did you mean `fast`?' });
    if (name === 'broken') throw new TypeError('a defect');
    return scriptedModel(() => '', { id: name });
  };
  return { source: { open, ...more }, names };
}

describe('The model of a cell', () => {
  const rows: readonly (readonly [what: string, cell: string | null, notebook: string | null, more: Omit<ModelSource, 'open'>, name: string | undefined])[] = [
    ['is its own', 'a', 'b', { picked: 'c', default: 'd', embedded: 'e' }, 'a'],
    ['else the one that was picked', null, 'b', { picked: 'c', default: 'd', embedded: 'e' }, 'c'],
    ['else the notebook’s', null, 'b', { default: 'd', embedded: 'e' }, 'b'],
    ['else the default of the list', null, null, { default: 'd', embedded: 'e' }, 'd'],
    ['else the embedded one', null, null, { embedded: 'e' }, 'e'],
    ['else none', null, null, {}, undefined],
  ];
  for (const [what, own, notebook, more, name] of rows) {
    it(what, () => {
      const read = readProgram(readNotebook(`${notebook === null ? '' : `---\nmodel: ${notebook}\n---\n`}${cell('c', own)}`));
      assert.equal(modelNameOf(read.prompts[0]!, read, more), name);
    });
  }

  it('is opened once for all cells, before anything is sent, and later for whoever names it', async () => {
    const { source: from, names } = source({ default: 'fast' });
    const read = program(null, 'slow', null, 'fast');
    const { of, open, refusals } = await openModels(read.prompts, { program: read, source: from });
    assert.deepEqual([read.prompts.map((one) => of.get(one)?.id), refusals, names], [['fast', 'slow', 'fast', 'fast'], [], ['fast', 'slow']]);
    assert.equal(await open('slow'), of.get(read.prompts[1]!));
    assert.equal((await open('judge')).id, 'judge');
    assert.deepEqual(names, ['fast', 'slow', 'judge']);
  });

  it('that is not there is told once, with what the list says', async () => {
    const read = program('gone', 'fast', 'gone');
    const { refusals } = await openModels(read.prompts, { program: read, source: source().source });
    assert.deepEqual(refusals.map(({ cell: one, error }) => [one?.name, error]), [['c0', { code: 'model-missing', message: 'There is no model `gone`.', hint: 'Did you mean `fast`?' }]]);
  });

  it('that nobody names is told once for the notebook', async () => {
    const read = program(null, null);
    const { refusals } = await openModels(read.prompts, { program: read, source: source().source });
    assert.deepEqual(refusals.map(({ cell: one, error }) => [one, error.code]), [[null, 'no-model']]);
    assert.match(refusals[0]!.error.hint!, /--model/);
  });

  it('that breaks is a defect', async () => {
    const read = program('broken');
    await assert.rejects(openModels(read.prompts, { program: read, source: source().source }), /a defect/);
  });
});
