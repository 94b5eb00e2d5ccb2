import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { inHash } from './in-hash.ts';
import { readNotebook } from '../notebook/read.ts';
import { readProgram } from './program.ts';
import { renderCell } from './render-cell.ts';
import type { Host } from './host.ts';
import type { Json } from '../json.ts';
import type { Model } from '../models/model.ts';
import type { Value } from '../prompt/message.ts';

const host = { hash: (text: string) => createHash('sha256').update(text).digest('hex') } as Host;
const model = { identity: 'openai https://api.test/v1 small', config: {} } as Model;

/** The hash of a cell with this text, of the values that it names. */
function hash(body: string, { data = {}, of = model, front = '' }: { readonly data?: Readonly<Record<string, Json>>; readonly of?: Model; readonly front?: string } = {}): string {
  const program = readProgram(readNotebook(`${front}${Object.keys(data).map((name) => `\`\`\`{json ${name}}\nnull\n\`\`\`\n\n`).join('')}\`\`\`{prompt p}\n${body}\n\`\`\`\n`));
  assert.deepEqual(program.problems.filter(({ problem }) => problem.severity === 'error'), []);
  const cell = program.prompts[0]!;
  const cells = new Map(Object.entries(data).map(([name, one]): [string, Value] => [name, { data: one, source: { kind: 'cell', name }, taint: [] }]));
  const { messages } = renderCell(program, cell, { cells, parameters: new Map(), inputs: new Map() });
  return inHash(cell, { messages, model: of, host });
}

describe('The hash of what goes into a cell', () => {
  const image = 'https://pictures.test/a.png';

  it('is twelve hex digits, and the same for the same', () => {
    assert.match(hash('Say x.'), /^[0-9a-f]{12}$/);
    assert.equal(hash('Say x.'), hash('Say x.'));
  });

  const same: readonly (readonly [what: string, one: string, other: string])[] = [
    ['the text that was written and the text that was inserted', hash('Say x.'), hash('Say {{a}}.', { data: { a: 'x' } })],
    ['a comment, and none', hash('Say x.'), hash('Say {{! short }}x.')],
    ['options that change no answer', hash('Say x.'), hash('---\ndescription: It says.\nmetadata: {by: Ann}\ncache: off\nlimits: {seconds: 5}\nbudget: $1\nx-note: a\n---\nSay x.')],
    ['options in another order', hash('---\nretry: 1\nconfig: {seed: 1, temperature: 0}\n---\nSay x.'), hash('---\nconfig: {temperature: 0, seed: 1}\nretry: 1\n---\nSay x.')],
    ['an option of the cell and of the notebook', hash('---\nconfig: {seed: 1}\n---\nSay x.'), hash('Say x.', { front: '---\ndefaults: {config: {seed: 1}}\n---\n' })],
    ['the end of the text, which is trimmed', hash('Say x.'), hash('\n  Say x.\n\n')],
  ];
  for (const [what, one, other] of same) it(`does not change with ${what}`, () => assert.equal(one, other));

  const different: readonly (readonly [what: string, one: string, other: string])[] = [
    ['the text', hash('Say x.'), hash('Say y.')],
    ['a value', hash('Say {{a}}.', { data: { a: 'x' } }), hash('Say {{a}}.', { data: { a: 'y' } })],
    ['the role', hash('{{role "system"}}Say x.'), hash('{{role "user"}}Say x.')],
    ['where a message ends', hash('a{{role "user"}}bc'), hash('ab{{role "user"}}c')],
    ['the model', hash('Say x.'), hash('Say x.', { of: { ...model, identity: 'openai https://api.test/v1 large' } })],
    ['settings of the model', hash('Say x.'), hash('Say x.', { of: { ...model, config: { temperature: 0 } } })],
    ['the sampling', hash('Say x.'), hash('---\nconfig: {seed: 1}\n---\nSay x.')],
    ['the checks', hash('Say x.'), hash('---\ncheck: [It is short.]\n---\nSay x.')],
    ['the form of the answer', hash('Say x.'), hash('---\noutput: {format: json}\n---\nSay x.')],
    ['the tools', hash('Say x.'), hash('---\ntools: [calculator]\n---\nSay x.')],
    ['white space that is kept', hash('Say x.'), hash('---\nwhitespace: keep\n---\nSay x.\n')],
    ['the image', hash(`{{media url="${image}"}}`), hash(`{{media url="${image}?2"}}`)],
    ['the type of the image', hash(`{{media url="${image}"}}`), hash(`{{media url="${image}" contentType="image/png"}}`)],
    ['the place of the image in the text', hash(`Before {{media url="${image}"}}after`), hash(`Before after{{media url="${image}"}}`)],
    ['an image and its address as text', hash(`{{media url="${image}"}}`), hash(image)],
  ];
  for (const [what, one, other] of different) it(`changes with ${what}`, () => assert.notEqual(one, other));
});
