import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from '../rules/project.ts';
import { runProgram, type Ended } from './program.ts';
import { tmpdir } from 'node:os';

/** What each recipe of docs/architecture.md ("Adding a thing") writes: one file, and its line in the list of its folder. */
const recipes = {
  provider: {
    file: 'src/core/models/parrot.ts',
    text: `import { countRequest, countText } from '../tokens/count.ts';
import { messageText } from '../prompt/message.ts';
import type { Model, Provider } from './model.ts';

export const parrot: Provider = {
  name: 'parrot',
  doc: 'Repeats the last message.',
  open: async (config): Promise<Model> => ({
    id: config.id, identity: 'parrot', capabilities: { stream: true, jsonSchema: false, tools: true, system: true, media: false, usage: false, local: true, seed: true },
    contextWindow: null, price: { input: 0, output: 0 }, concurrency: { key: 'parrot', limit: 4 }, source: 'live', config: config.config ?? {},
    describe: (request) => ({ url: 'parrot:', body: request.messages.map(messageText) }),
    async *stream(request) {
      const asked = messageText(request.messages.at(-1)!);
      const wanted = /^count (.*)/.exec(asked)?.[1];
      if (wanted !== undefined) yield { type: 'tool-call-delta', index: 0, id: 'call_1', name: 'word_count', arguments: JSON.stringify({ text: wanted }) };
      else yield { type: 'text-delta', text: asked };
      yield { type: 'finish', reason: wanted === undefined ? 'stop' : 'tool-calls' };
    },
    countTokens: (input) => (typeof input === 'string' ? countText(input, 'o200k') : countRequest(input, 'o200k')),
  }),
};
`,
    lines: { 'src/core/models/index.ts': 'parrot', 'src/core/models/names.ts': "parrot: 'parrot:NAME'" },
  },
  tool: {
    file: 'src/core/tools/word-count.ts',
    text: `import type { Tool } from './tool.ts';

export const wordCount: Tool = {
  name: 'word_count',
  description: 'Counts the words of a text.',
  parameters: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'], additionalProperties: false },
  effect: 'none',
  run: async (input) => ({ text: \`\${(input as { text: string }).text.split(' ').length} words\` }),
};
`,
    lines: { 'src/core/tools/index.ts': 'wordCount' },
  },
  option: {
    file: 'src/core/techniques/shout.ts',
    text: `import { readText } from './read.ts';
import type { Technique } from './technique.ts';

export const shout: Technique<string> = {
  name: 'shout',
  doc: 'Writes the answer in capitals, with this after it.',
  example: '!',
  parse: (node) => readText(node, '\`shout\`'),
  wrap: (mark, next) => async (request, context) => {
    const outcome = await next(request, context);
    const text = \`\${outcome.text.toUpperCase()}\${mark}\`;
    return { ...outcome, text, value: text };
  },
};
`,
    lines: { 'src/core/techniques/index.ts': 'shout' },
  },
  check: {
    file: 'src/core/checks/min-words.ts',
    text: `import { argumentProblem, subjectText } from './argument.ts';
import type { CodeCheck } from './check.ts';

export const minWords: CodeCheck<number> = {
  name: 'min_words',
  doc: 'The answer has at least so many words.',
  example: '3',
  argument: 'needed',
  parse: (argument) => (typeof argument.value === 'number' ? { value: argument.value } : argumentProblem(argument, '\`min_words\` needs a number.')),
  title: (least) => \`min_words: \${least}\`,
  run: async (least, subject) => {
    const words = subjectText(subject).split(' ').length;
    return { passed: words >= least, reason: \`The answer has \${words} words.\` };
  },
};
`,
    lines: { 'src/core/checks/index.ts': 'minWords' },
  },
} as const;

describe('Adding a thing, as docs/architecture.md says', function () {
  this.timeout(120_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'promptnb-adding-'));
    for (const path of ['src', 'package.json', 'tsconfig.json']) cpSync(join(root, path), join(folder, path), { recursive: true, filter: (source) => !source.endsWith('.test.ts') });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const { file, text, lines } of Object.values(recipes)) {
      writeFileSync(join(folder, file), text);
      for (const [list, entry] of Object.entries(lines)) {
        assert.equal(dirname(list), dirname(file), 'one folder');
        addTo(join(folder, list), entry, `./${basename(file)}`);
      }
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const promptnb = (args: readonly string[], notebook: string): Promise<Ended> => {
    writeFileSync(join(folder, 'a.promptnb'), notebook);
    return runProgram(process.execPath, [join(folder, 'src', 'cli', 'main.ts'), ...args], { cwd: folder });
  };

  it('satisfies the compiler', async () => {
    const ended = await runProgram(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'src/core'], { cwd: folder });
    assert.deepEqual([ended.status, ended.stdout], [0, '']);
  });

  it('a provider answers, an option wraps, a check decides', async () => {
    const ended = await promptnb(['run', 'a.promptnb', '--model', 'parrot:x'], '```{prompt a}\n---\nshout: "!"\ncheck:\n  - min_words: 3\n---\nhello dear world\n```\n');
    assert.deepEqual([ended.status, ended.stdout.includes('HELLO DEAR WORLD!')], [0, true], ended.stderr);
    assert.match(ended.stderr, /✓ min_words: 3[^]*✓ .*parrot:x · /);
    const few = await promptnb(['run', 'a.promptnb', '--model', 'parrot:x'], '```{prompt a}\n---\ncheck:\n  - min_words: 3\n---\nhello\n```\n');
    assert.equal(few.status, 1);
    assert.match(few.stderr, /The answer has 1 words\./);
  });

  it('a tool is called, and its result goes back to the model', async () => {
    const ended = await promptnb(['run', 'a.promptnb', '--model', 'parrot:x'], '```{prompt a}\n---\ntools: [word_count]\n---\ncount one two three\n```\n');
    assert.deepEqual([ended.status, ended.stdout.trim()], [0, '3 words'], ended.stderr);
  });

  it('all of them are known at once where names are mistaken', async () => {
    const ended = await promptnb(['check', 'a.promptnb'], '```{prompt a}\n---\nshot: "!"\ncheck:\n  - min_word: 3\ntools: [word_cuont]\n---\nhello\n```\n');
    assert.equal(ended.status, 1);
    for (const name of ['shout', 'min_words', 'word_count']) assert.ok(`${ended.stdout}${ended.stderr}`.includes(`\`${name}\``), name);
  });
});

/** Adds a line to the end of a file's list, as a person would: the import on top, the entry in the brackets. */
function addTo(path: string, entry: string, from: string): void {
  const text = readFileSync(path, 'utf8');
  const isName = /^\w+$/.test(entry);
  // The first list, or map, that is typed as one.
  const changed = text.replace(/(: (?:readonly \w+\[\]|Readonly<Record<string, string>>) = [[{])/, `$1 ${entry},`);
  assert.notEqual(changed, text, path);
  writeFileSync(path, isName ? `import { ${entry} } from '${from}';\n${changed}` : changed);
}
