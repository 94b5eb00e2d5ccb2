import assert from 'node:assert/strict';
import { answer } from '../servers/behaviours/good.ts';
import { cleanUp, prompt, workplace, type Workplace } from './promptnb.ts';
import { join } from 'node:path';
import { exitStatus } from '../../src/cli/exit.ts';
import { readFileSync } from 'node:fs';
import { startFaultServer, type FaultServer } from '../servers/fault-server.ts';

const commands = ['run', 'preview', 'check', 'tokens', 'models', 'trace'] as const;
type Section = (typeof commands)[number];

const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'cli.md'), 'utf8');
const sections = new Map(text.split(/^## /m).slice(1).map((section) => [section.slice(0, section.indexOf('\n')), section]));

function sectionOf(command: Section): string {
  return sections.get(`promptnb ${command}`)!;
}

/** The first column of a section's tables, where it is an option. */
function documentedOptions(section: string): readonly string[] {
  return [...section.matchAll(/^\| `(-[^`]+)` \|/gm)].map((match) => match[1]!);
}

function helpOptions(help: string): readonly string[] {
  const own = help.slice(help.indexOf('\nOptions:'), help.includes('\nGlobal Options:') ? help.indexOf('\nGlobal Options:') : undefined);
  return [...own.matchAll(/^ {2}(-{1,2}[\w-]+(?:, --[\w-]+)?(?: <[^>]+>)?)/gm)].map((match) => match[1]!);
}

function jsonExamples(section: string): readonly unknown[] {
  return [...section.matchAll(/^```json\n([^]*?)^```/gm)].map((match) => JSON.parse(match[1]!) as unknown);
}

/** What a value is made of: keys in their order, of lists the first entry, null where it is null. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])];
  if (typeof value === 'object' && value !== null) return Object.entries(value).map(([key, one]) => [key, shape(one)]);
  return value === null ? null : typeof value;
}

describe('docs/cli.md', () => {
  let place: Workplace;
  let server: FaultServer;
  before(async () => {
    place = workplace();
    server = await startFaultServer((request) => answer({ text: JSON.stringify(request.body).includes('passed') ? '{"results":[{"passed":true,"reason":"r"}]}' : 'A text.', cachedTokens: 0 }));
    place.config(server.baseUrl);
    place.write('n.promptnb', prompt('poem', '---\ncheck:\n  - It is fine.\nretry: 1\n---\nWrite.'));
    place.write('bad.promptnb', prompt('a', '{{nobody}}'));
  });
  after(async () => {
    await server.close();
    cleanUp();
  });

  it('has a section for each command, and no other', async () => {
    const { stdout } = await place.run(['--help']);
    const told = [...stdout.slice(stdout.indexOf('\nCommands:')).matchAll(/^ {2}(\w+)/gm)].map((match) => match[1]!).filter((name) => name !== 'help');
    assert.deepEqual(told, commands);
    assert.deepEqual([...sections.keys()].filter((title) => title.startsWith('promptnb ')), commands.map((command) => `promptnb ${command}`));
    assert.deepEqual(documentedOptions(text.slice(0, text.indexOf('\n## '))), helpOptions(stdout));
  });

  for (const command of commands) {
    it(`lists the options of ${command} as --help does, in its order`, async () => {
      const { status, stdout } = await place.run([command, '--help']);
      assert.equal(status, 0);
      const options = helpOptions(stdout);
      assert.ok(options.length > 1);
      assert.deepEqual(documentedOptions(sectionOf(command)), options.filter((option) => option !== '-h, --help'));
    });
  }

  it('tells each exit status', () => {
    const told = [...sections.get('Exit status')!.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
    assert.deepEqual(told, Object.values(exitStatus));
  });

  describe('shows JSON of the shape that is printed', () => {
    const rows: readonly (readonly [command: Section, args: readonly string[]])[] = [
      ['run', ['run', 'n.promptnb', '--format', 'json']],
      ['preview', ['preview', 'n.promptnb', '--format', 'json']],
      ['check', ['check', 'bad.promptnb', '--format', 'json']],
      ['tokens', ['tokens', 'n.promptnb', '--format', 'json']],
      ['models', ['models', '--format', 'json']],
    ];
    for (const [command, args] of rows) {
      it(`by ${command}`, async () => {
        if (command === 'models') place.write('promptnb.config.yaml', 'models:\n  - { id: fast, provider: openai, model: gpt-4.1-mini, apiKeyEnv: TEST_KEY }\n');
        const { stdout } = await place.run(args);
        const examples = jsonExamples(sectionOf(command));
        assert.equal(examples.length, 1);
        assert.deepEqual(shape(JSON.parse(stdout)), shape(examples[0]));
      });
    }

    it('by trace', async () => {
      place.config(server.baseUrl);
      await place.run(['run', 'n.promptnb', '--write', '--cache', 'off']);
      const [example] = jsonExamples(sectionOf('trace'));
      const of = await place.run(['trace', 'n.promptnb', '--format', 'json']);
      assert.deepEqual(shape(JSON.parse(of.stdout)), [['records', [shape(example)]]]);
      const one = await place.run(['trace', `.promptnb/runs/${place.records().at(-1)!.id}.jsonl`, '--format', 'json']);
      assert.deepEqual(shape(JSON.parse(one.stdout)), shape(example));
    });

    it('by run, line by line', async () => {
      const { stdout } = await place.run(['run', 'n.promptnb', '--format', 'jsonl', '--cache', 'off']);
      const lines = stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as { readonly type: string });
      const examples = [...sectionOf('run').matchAll(/^(\{"run":.*\})$/gm)].map((match) => JSON.parse(match[1]!) as { readonly type: string });
      assert.equal(examples.length, 2);
      for (const example of examples) assert.deepEqual(shape(lines.find((line) => line.type === example.type)), shape(example));
    });
  });

  it('tells apart shapes that differ', () => {
    assert.notDeepEqual(shape({ a: 1, b: null }), shape({ a: 1 }));
    assert.notDeepEqual(shape({ a: 1 }), shape({ a: null }));
    assert.notDeepEqual(shape([{ a: 1 }]), shape([]));
  });
});
