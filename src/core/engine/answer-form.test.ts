import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readNotebook } from '../notebook/read.ts';
import { readProgram } from './program.ts';
import { runNotebook } from './run-notebook.ts';
import { scriptedModel, type ScriptedModel } from '../../../test/scripted-model.ts';
import { writeBack } from './write-back.ts';
import { writeNotebook } from '../notebook/write.ts';
import type { CellResult } from './result.ts';
import type { Host } from './host.ts';

const host: Host = {
  now: () => 0,
  random: () => 0.5,
  sleep: async (_ms, signal) => signal.throwIfAborted(),
  fetch,
  hash: (text) => createHash('sha256').update(text).digest('hex'),
  secret: async () => undefined,
  readFile: async () => new Uint8Array(),
  matches: async () => false,
  confirm: async () => false,
};

const fence = '```';

/** Runs the cell `use`, and `form` before it where that is not up to date. */
async function run(text: string, model: ScriptedModel): Promise<{ readonly cells: readonly CellResult[]; readonly text: string }> {
  const program = readProgram(readNotebook(text));
  const targets = program.prompts.filter((cell) => cell.name === 'use');
  const outcome = await runNotebook({ program, targets, host, notebook: 'n.promptnb', signal: new AbortController().signal, models: { default: 'scripted', open: async () => model } });
  assert.equal(outcome.kind, 'ran');
  return { cells: outcome.cells, text: writeNotebook(writeBack(program.notebook, outcome.cells)) };
}

describe('An answer of a form', () => {
  const notebook = `${fence}{prompt form}\n---\noutput: { schema: { stars: integer } }\n---\nJudge.\n${fence}\n\n${fence}{prompt use}\nSay {{form.stars}}.\n${fence}\n`;
  const answering = (answer: string): ScriptedModel => scriptedModel((text) => (text.startsWith('Judge.') ? answer : text));

  const answers: readonly (readonly [answer: string, stars: number])[] = [
    ['{"stars": 4}', 4],
    ['{"draft": 1} and then {"stars": 4}', 4],
    ['It is like [1]: {"stars": 4}', 4],
    ['First {"stars": "four"}, which is wrong. {"stars": 4}', 4],
    ["```json\n{'stars': 4,}\n```", 4],
  ];
  for (const [answer, stars] of answers) {
    it(`is that JSON in it that follows the schema, now and when it is not run again: ${JSON.stringify(answer)}`, async () => {
      const first = await run(notebook, answering(answer));
      assert.equal(first.cells.find((cell) => cell.name === 'use')?.text, `Say ${stars}.`);
      const again = answering('nothing');
      const second = await run(first.text, again);
      assert.equal(second.cells.find((cell) => cell.name === 'use')?.text, `Say ${stars}.`);
      assert.equal(again.requests.filter((request) => JSON.stringify(request.messages).includes('Judge.')).length, 0);
    });
  }

  it('is run again where what stands in the file does not follow the schema', async () => {
    const first = await run(notebook, answering('{"stars": 4}'));
    const again = answering('{"stars": 5}');
    const second = await run(first.text.replace('{"stars": 4}', '{"stars": "many"}'), again);
    assert.equal(second.cells.find((cell) => cell.name === 'use')?.text, 'Say 5.');
  });
});
