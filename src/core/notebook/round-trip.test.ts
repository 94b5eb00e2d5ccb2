import assert from 'node:assert/strict';
import fc from 'fast-check';
import { anyFile, anyLine } from '../../../test/any-file.ts';
import * as edit from './edit.ts';
import { makeOutput } from './output.ts';
import { readNotebook } from './read.ts';
import { writeNotebook } from './write.ts';
import type { Cell, Notebook } from './types.ts';

/** Runs a property: `PROMPTNB_FUZZ` multiplies the runs for the longer `npm run fuzz`. */
const numRuns = 2000 * Number(process.env.PROMPTNB_FUZZ ?? 1);

const cellText = fc.array(anyLine, { maxLength: 6 }).map((lines) => lines.join('\n'));
const name = fc.option(fc.constantFrom('a', 'poem', 'x-1'));
type Edit = (notebook: Notebook) => Notebook;
const at = fc.nat({ max: 8 });
const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(at, cellText).map(([index, text]): Edit => (notebook) => edit.setText(notebook, index, text)),
  fc.tuple(at, name).map(([index, value]): Edit => (notebook) => (notebook.cells[index]?.kind === 'code' ? edit.setName(notebook, index, value) : notebook)),
  fc.tuple(at, fc.constantFrom('prompt', 'json', 'yaml', 'markdown')).map(([index, language]): Edit => (notebook) => (notebook.cells[index] === undefined || notebook.cells[index].kind === 'front-matter' ? notebook : edit.setLanguage(notebook, index, language))),
  fc.tuple(at, fc.constantFrom('file', 'k'), fc.option(fc.string({ maxLength: 8 }))).map(([index, key, value]): Edit => (notebook) => (notebook.cells[index]?.kind === 'code' ? edit.setAttribute(notebook, index, key, value) : notebook)),
  fc.tuple(at, cellText, fc.constantFrom('code' as const, 'markdown' as const)).map(([index, text, kind]): Edit => (notebook) => edit.insertCell(notebook, index, { kind, text })),
  at.map((index): Edit => (notebook) => edit.deleteCell(notebook, index)),
  fc.tuple(at, at, anyFile).map(([index, from, other]): Edit => (notebook) => {
    const pasted = readNotebook(other).cells[from];
    return pasted === undefined || pasted.kind === 'front-matter' ? notebook : edit.insertCell(notebook, index, pasted);
  }),
  fc.tuple(at, at).map(([from, to]): Edit => (notebook) => (notebook.cells[from] === undefined ? notebook : edit.moveCell(notebook, from, to))),
  fc.tuple(at, fc.nat({ max: 40 })).map(([index, offset]): Edit => (notebook) => (notebook.cells[index] === undefined ? notebook : edit.splitCell(notebook, index, offset))),
  at.map((index): Edit => (notebook) => (notebook.cells[index] === undefined ? notebook : edit.joinCells(notebook, index))),
  fc.tuple(at, fc.option(cellText)).map(([index, text]): Edit => (notebook) => (notebook.cells[index]?.kind === 'code' && notebook.cells[index].language !== 'output'
    ? edit.setOutput(notebook, index, text === null ? null : makeOutput({ runId: 'ab12', in: 'cd', status: 'done', model: 'm', tokens: null, cost: null, checks: null, limit: null }, text)) : notebook)),
);

describe('Reading and writing a notebook', () => {
  it('gives back every file, byte for byte', () => {
    fc.assert(fc.property(anyFile, (text) => assert.equal(writeNotebook(readNotebook(text)), text)), { numRuns });
  });

  it('gives back every file of any characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => assert.equal(writeNotebook(readNotebook(text)), text)), { numRuns });
  });

  it('shows every line of the file in some cell, unless it is blank or a separator', () => {
    fc.assert(fc.property(anyFile, (text) => {
      const { cells } = readNotebook(text);
      for (const cell of cells) {
        const lines = cell.text.split('\n').length;
        const raw = cell.origin!.raw.split(/\r\n|\r|\n/).length;
        assert.ok(cell.kind === 'markdown' ? lines === raw : raw - lines <= 2, `${cell.kind} shows ${lines} of ${raw} lines`);
        assert.match(cell.origin!.after.replace(/<!--[ \t]*cell[ \t]*-->/g, ''), /^[ \t\r\n]*$/);
      }
    }), { numRuns });
  });

  it('after any sequence of edits reads the edited cells', () => {
    fc.assert(fc.property(anyFile, fc.array(anyEdit, { maxLength: 6 }), (text, edits) => {
      let notebook = readNotebook(text);
      for (const one of edits) notebook = one(notebook);
      const written = writeNotebook(notebook);
      assert.equal(writeNotebook(readNotebook(written)), written);
      fc.pre(notebook.cells.every(standsAlone));
      const wanted = shape(notebook);
      // A comment or fence that a text leaves open is closed, so that it does not swallow the next cell.
      const found = shape(readNotebook(written)).map((cell, index) => {
        const before = wanted[index]?.text;
        return before !== undefined && cell.text !== before && cell.kind === 'markdown' && /^(?:\n[ \t]*)*\n(?:-->|<\/pre>|`{3,}|~{3,})$/.test(cell.text.slice(before.length)) ? { ...cell, text: before } : cell;
      });
      assert.deepEqual(found, wanted);
    }), { numRuns });
  });
});

/** Markdown that a person writes may hold cells of its own, and an output that was nobody's finds an owner: these read as what they are. */
function standsAlone({ kind, language, text }: Cell): boolean {
  if (kind === 'front-matter') return !/^---[ \t]*$/m.test(text);
  return kind === 'code' ? language !== 'output' : readNotebook(`\n${text}`).cells.every((cell) => cell.kind === 'markdown') && !/<!--[ \t]*cell[ \t]*-->/.test(text);
}

/** The cells as they should be read again: a text cell without text, which nothing shows in a file, is left out. */
function shape({ cells }: Notebook): { readonly kind: string; readonly text: string }[] {
  return cells.flatMap(({ kind, language, name: called, attributes, text, output }): { readonly kind: string; readonly text: string }[] => {
    if (kind === 'code') return [{ kind, text, ...{ language, name: called, attributes, output: output?.text ?? null } }];
    const trimmed = kind === 'markdown' ? text.replace(/^(?:[ \t]*\n)+/, '').replace(/(?:\n[ \t]*)+$/, '') : text;
    return trimmed.trim() === '' ? [] : [{ kind, text: trimmed }];
  });
}
