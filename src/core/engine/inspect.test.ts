import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { inspectCells, type CellFacts } from './inspect.ts';
import { messageText } from '../prompt/message.ts';
import { plainHost } from '../../../test/model-requests.ts';
import { readNotebook } from '../notebook/read.ts';
import { readProgram } from './program.ts';
import { runNotebook } from './run-notebook.ts';
import { scriptedModel } from '../../../test/scripted-model.ts';
import { writeBack } from './write-back.ts';
import { writeNotebook } from '../notebook/write.ts';
import type { Host } from './host.ts';

const fence = '```';
const cell = (info: string, body: string): string => `${fence}{${info}}\n${body}\n${fence}\n\n`;
const text = `${cell('text topic', 'clips')}${cell('prompt a', 'About {{topic}}.')}${cell('prompt b', 'Then {{a}}.')}`;
const host: Host = { ...plainHost({ files: { 'notes.md': 'from a file' } }), hash: (input) => createHash('sha256').update(input).digest('hex') };
const model = scriptedModel((input) => `<${input}>`);

async function look(given: string, known = true): Promise<Readonly<Record<string, CellFacts>>> {
  const program = readProgram(readNotebook(given));
  const facts = await inspectCells({ program, host, model: async () => (known ? model : null) });
  return Object.fromEntries([...facts].map(([one, found]) => [one.name ?? `#${one.number}`, found]));
}

async function run(given: string): Promise<string> {
  const program = readProgram(readNotebook(given));
  const outcome = await runNotebook({ program, targets: program.prompts, host, notebook: 'n', signal: new AbortController().signal, models: { default: 'm', open: async () => model } });
  assert.equal(outcome.kind, 'ran');
  return writeNotebook(writeBack(program.notebook, (outcome).cells));
}

describe('Inspecting cells', () => {
  it('tells what would be sent, and what is not known yet', async () => {
    const { a, b } = await look(text);
    assert.deepEqual([messageText(a!.messages[0]!), a!.unknown, a!.result], ['About clips.', [], 'none']);
    assert.deepEqual([messageText(b!.messages[0]!), b!.unknown, b!.result], ['Then ⟨a⟩.', ['a'], 'none']);
  });

  it('calls a result fresh that is of what would be sent now', async () => {
    const { a, b } = await look(await run(text));
    assert.deepEqual([a!.result, b!.result, messageText(b!.messages[0]!)], ['fresh', 'fresh', 'Then <About clips.>.']);
  });

  it('calls a result stale whose prompt or data have changed, and those that stand on it', async () => {
    const ran = await run(text);
    for (const changed of [ran.replace('\nclips\n', '\npins\n'), ran.replace('About {{topic}}', 'Now about {{topic}}')]) {
      const { a, b } = await look(changed);
      assert.deepEqual([a!.result, a!.staleBelow, b!.result, b!.staleBelow], ['stale', null, 'stale', 'a']);
    }
    const { a, b } = await look(ran.replace('Then {{a}}', 'And then {{a}}'));
    assert.deepEqual([a!.result, b!.result, b!.staleBelow], ['fresh', 'stale', null]);
  });

  it('says that nobody knows where the model is not known, or the cell has an error', async () => {
    const ran = await run(text);
    assert.equal((await look(ran, false)).a!.result, 'unknown');
    const { a } = await look(ran.replace('{{topic}}', '{{topik}}'));
    assert.deepEqual([a!.result, a!.messages.length], ['unknown', 0]);
  });

  it('reads files, and names inputs without a value', async () => {
    const { a, b } = await look(`${cell('text notes file=notes.md', '')}${cell('prompt a', 'Say {{notes}}.')}${cell('prompt b', '---\ninput:\n  schema:\n    who: string\n---\nSay {{who}}.')}`);
    assert.equal(messageText(a!.messages[0]!), 'Say from a file.');
    assert.deepEqual(b!.missing, ['who']);
  });
});
