import assert from 'node:assert/strict';
import { diagnose } from './diagnostics.ts';
import { readNotebook } from '../notebook/read.ts';
import { readProgram } from '../engine/program.ts';

function diagnoseText(text: string): ReturnType<typeof diagnose> {
  return diagnose(readProgram(readNotebook(text)), text);
}

/** What stands at a diagnostic, by its lines and columns. */
function at(text: string, { line, column, endLine, endColumn }: ReturnType<typeof diagnose>[number]): string {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  return line === endLine ? lines[line - 1]!.slice(column - 1, endColumn - 1) : [lines[line - 1]!.slice(column - 1), ...lines.slice(line, endLine - 1), lines[endLine - 1]!.slice(0, endColumn - 1)].join('\n');
}

const fence = '```';

describe('Diagnostics of a notebook', () => {
  const rows: readonly (readonly [what: string, text: string, found: readonly (readonly [code: string, text: string])[]])[] = [
    ['nothing wrong', `${fence}{prompt a}\nSay.\n${fence}\n`, []],
    ['an unknown name', `# T\n\n${fence}{prompt a}\nSay {{topik}}.\n${fence}\n`, [['unknown-name', 'topik']]],
    ['with a byte order mark', `\ufeff${fence}{prompt a}\nSay {{topik}}.\n${fence}\n`, [['unknown-name', 'topik']]],
    ['with CRLF', `${fence}{prompt a}\r\nSay\r\n{{topik}}.\r\n${fence}\r\n`, [['unknown-name', 'topik']]],
    ['in an indented fence', `  ${fence}{prompt a}\n  x\n   {{topik}}\n  ${fence}\n`, [['unknown-name', 'topik']]],
    ['behind front matter', `${fence}{prompt a}\n---\nretry: 1\n---\n{{topik}}\n${fence}\n`, [['unknown-name', 'topik']]],
    ['an unknown option', `${fence}{prompt a}\n---\nretyr: 1\n---\nSay.\n${fence}\n`, [['unknown-option', 'retyr']]],
    ['of the notebook', `---\nparms: {}\n---\n${fence}{prompt a}\nSay.\n${fence}\n`, [['unknown-option', 'parms']]],
    ['a name twice, on the second fence', `${fence}{prompt a}\nx\n${fence}\n\n${fence}{prompt a}\ny\n${fence}\n`, [['duplicate-name', `${fence}{prompt a}`]]],
    ['several, in the order of the file', `${fence}{prompt a}\n{{two}} {{one}}\n${fence}\n\n${fence}{prompt b}\n{{three}}\n${fence}\n`, [['unknown-name', 'two'], ['unknown-name', 'one'], ['unknown-name', 'three']]],
    ['after characters of two units', `${fence}{prompt a}\n😀 {{topik}}\n${fence}\n`, [['unknown-name', 'topik']]],
  ];
  for (const [what, text, found] of rows) {
    it(what, () => {
      assert.deepEqual(diagnoseText(text).map((one) => [one.code, at(text, one)]), found);
    });
  }
});
