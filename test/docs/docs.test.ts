import assert from 'node:assert/strict';
import { codeChecks } from '../../src/core/checks/index.ts';
import { fileURLToPath } from 'node:url';
import { listedModels } from '../../src/node/local/models.ts';
import { readFileSync } from 'node:fs';
import { readNotebook } from '../../src/core/notebook/read.ts';
import { readNotebookOptions } from '../../src/core/engine/notebook-options.ts';
import { readProgram } from '../../src/core/engine/program.ts';
import { reservedNames } from '../../src/core/prompt/names.ts';
import { techniques } from '../../src/core/techniques/index.ts';
import { tools } from '../../src/core/tools/index.ts';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

/** The fenced blocks of a document by their language, four backticks included. */
function blocks(text: string): readonly { readonly language: string; readonly body: string }[] {
  return [...text.matchAll(/^(`{3,})(\w*)\n([\s\S]*?)^\1$/gm)].map((match) => ({ language: match[2]!, body: match[3]! }));
}

/** The first cells of a table's rows, without their code marks. */
function firstColumn(text: string, heading: string): readonly string[] {
  const table = new RegExp(`^\\| ${heading} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`, 'm').exec(text)![1]!;
  return table.trim().split('\n').map((row) => row.split('|')[1]!.trim().replaceAll('`', ''));
}

/** The words of a union of string literals in a source file. */
function unionOf(source: string, name: string): readonly string[] {
  const text = new RegExp(`type ${name} =([^;]*);`).exec(source)![1]!.replace(/\/\/.*$/gm, '');
  return [...text.matchAll(/'([\w-]+)'/g)].map((match) => match[1]!);
}

describe('The documents', () => {
  it('have every option of a cell in their table, in the code’s words', () => {
    assert.deepEqual([...firstColumn(read('docs/language.md'), 'option')].sort(), techniques.map((technique) => technique.name).sort());
  });

  it('have every check, tool and error', () => {
    assert.deepEqual([...firstColumn(read('docs/checks.md'), 'check')].sort(), ['a sentence', ...codeChecks.map((check) => check.name)].sort());
    assert.deepEqual(firstColumn(read('docs/tools.md'), 'tool'), tools.map((tool) => tool.name));
    const codes = [...new Set([...unionOf(read('src/core/models/model.ts'), 'ModelErrorCode'), ...unionOf(read('src/core/trace/event.ts'), 'RunErrorCode')])];
    const told = [...read('docs/errors.md').matchAll(/^\| `([\w-]+)` \|/gm)].map((match) => match[1]!);
    assert.deepEqual([...told].sort(), codes.filter((code) => code !== 'ModelErrorCode').sort());
  });

  it('have every local model, with its size, licence and checksum', () => {
    const text = read('docs/local-models.md');
    assert.deepEqual(firstColumn(text, 'name'), listedModels.map((model) => `local:${model.id}`));
    for (const { id, size, license, sha256, source } of listedModels) {
      assert.match(text, new RegExp(`\\| \`local:${id}\` \\|.*\\| ${Math.round(size / 1e6)} MB \\| ${license.replace(/[.()]/g, '\\$&')} \\|`));
      assert.ok(text.includes(`| \`${id}\` | \`${source.repository}\` | \`${source.file}\` | ${sha256 === null ? 'the hub’s' : `\`${sha256}\``} |`), id);
    }
  });

  for (const path of ['README.md', 'docs/language.md', 'docs/checks.md', 'docs/tools.md', 'docs/file-format.md']) {
    it(`${path}: its examples are read without a problem`, () => {
      for (const { language, body } of blocks(read(path))) {
        if (language === 'markdown') {
          const text = body.includes('{{article}}') ? `${body}\n\`\`\`{text article}\nx\n\`\`\`\n` : body;
          const { problems, notebook } = readProgram(readNotebook(text));
          assert.deepEqual([...notebook.problems, ...problems.map((one) => one.problem)].filter((problem) => problem.severity !== 'info').map((problem) => problem.message), [], body);
        } else if (language === 'yaml' && body.startsWith('promptnb:')) {
          assert.deepEqual(readNotebookOptions(body).problems, []);
        } else if (language === 'yaml') {
          const { problems } = readProgram(readNotebook(`\`\`\`{prompt}\n---\n${body}---\nSay x.\n\`\`\`\n`));
          assert.deepEqual(problems.map((one) => one.problem.message), [], body);
        }
      }
    });
  }

  it('list the words that are no names', () => {
    const [, words] = /no word of the language \(`([^`]+)`\)/.exec(read('docs/language.md'))!;
    assert.deepEqual(words!.split(/\s+/).sort(), [...reservedNames].sort());
  });

  it('name traps of YAML that are problems, each with a fix', () => {
    for (const written of firstColumn(read('docs/language.md'), 'written')) {
      const { problems } = readProgram(readNotebook(`\`\`\`{prompt}\n---\ncheck:\n  ${written}\n---\nSay x.\n\`\`\`\n`));
      assert.ok(problems.some(({ problem }) => problem.fix !== undefined), written);
    }
  });
});
