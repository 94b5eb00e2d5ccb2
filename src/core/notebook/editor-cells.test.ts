import assert from 'node:assert/strict';
import fc from 'fast-check';
import { anyFile } from '../../../test/any-file.ts';
import { fromEditor, toEditor, type EditorCell, type EditorNotebook } from './editor-cells.ts';
import { readNotebook } from './read.ts';
import { writeNotebook } from './write.ts';
import * as edit from './edit.ts';

/** What an editor makes of a text: line ends of one kind. */
const throughEditor = (notebook: EditorNotebook, eol: '\n' | '\r\n'): EditorNotebook => ({
  metadata: JSON.parse(JSON.stringify(notebook.metadata)) as EditorNotebook['metadata'],
  cells: notebook.cells.map((cell) => ({ ...(JSON.parse(JSON.stringify(cell)) as EditorCell), text: cell.text.replaceAll('\n', eol) })),
});
const open = (text: string): EditorNotebook => throughEditor(toEditor(readNotebook(text)), '\n');
const save = (notebook: EditorNotebook): string => writeNotebook(fromEditor(notebook));
const withCell = (notebook: EditorNotebook, index: number, changes: Partial<EditorCell>): EditorNotebook => ({ ...notebook, cells: notebook.cells.with(index, { ...notebook.cells[index]!, ...changes }) });

describe('A notebook in an editor', () => {
  const text = '\ufeff---\r\npromptnb: 1\r\n---\r\n# A\r\n\r\n~~~{prompt  poem x="1 2"}\r\none\r\n~~~\r\n\r\n\r\n```{output run=ab}\r\nx\r\n```\r\n\r\n```{text t}\r\n```\r\n';

  it('has cells of its own languages, with names and attributes beside them', () => {
    assert.deepEqual(
      open(text).cells.map(({ kind, languageId, text: own, metadata: { name, attributes, frontMatter }, output }) => [kind, languageId, own, name, attributes, frontMatter, output?.text]),
      [
        ['code', 'yaml', 'promptnb: 1', undefined, undefined, true, undefined],
        ['markup', 'markdown', '# A', undefined, undefined, undefined, undefined],
        ['code', 'promptnb', 'one', 'poem', [{ key: 'x', value: '1 2' }], undefined, 'x'],
        ['code', 'plaintext', '', 't', undefined, undefined, undefined],
      ],
    );
  });

  it('is written as it stood when nothing has changed, whatever the editor does with line ends', () => {
    fc.assert(fc.property(anyFile, fc.constantFrom('\n' as const, '\r\n' as const), (file, eol) => {
      assert.equal(save(throughEditor(toEditor(readNotebook(file)), eol)), file);
    }), { numRuns: 1000 });
  });

  it('is written as the core would after edits', () => {
    const core = readNotebook(text);
    const editor = open(text);
    const rows: readonly (readonly [EditorNotebook, ReturnType<typeof readNotebook>])[] = [
      [withCell(editor, 2, { text: 'two\r\nlines' }), edit.setText(core, 2, 'two\nlines')],
      [withCell(editor, 2, { metadata: { ...editor.cells[2]!.metadata, name: 'song' } }), edit.setName(core, 2, 'song')],
      [withCell(editor, 2, { output: null }), edit.setOutput(core, 2, null)],
      [withCell(editor, 2, { output: { attributes: [], text: 'y' } }), edit.setOutput(core, 2, { attributes: [], text: 'y' })],
      [withCell(editor, 3, { languageId: 'json' }), edit.setLanguage(core, 3, 'json')],
      [{ ...editor, cells: editor.cells.toSpliced(1, 1) }, edit.deleteCell(core, 1)],
      [{ ...editor, cells: [editor.cells[0]!, editor.cells[2]!, editor.cells[1]!, editor.cells[3]!] }, edit.moveCell(core, 2, 1)],
      [{ ...editor, cells: [...editor.cells, { kind: 'code', languageId: 'promptnb', text: 'new', metadata: {}, output: null }] }, edit.insertCell(core, 4, { kind: 'code', text: 'new' })],
    ];
    for (const [ours, theirs] of rows) assert.equal(save(ours), writeNotebook(theirs));
  });

  it('changes the metadata of no other cell when one is edited in the file', () => {
    const [before, after] = [open(text), open(text.replace('one', 'one\r\ntwo').replace('# A', '# A longer title'))];
    assert.deepEqual(before.cells.map(({ metadata }, index) => JSON.stringify(metadata) === JSON.stringify(after.cells[index]!.metadata)), [true, false, false, true]);
  });

  it('keeps its front matter first, and has but one', () => {
    const editor = open('---\ntitle: x\n---\n\ntext\n');
    const moved = { ...editor, cells: editor.cells.toReversed() };
    assert.equal(save(moved), '---\ntitle: x\n---\n\ntext\n');
    const twice = { ...editor, cells: [...editor.cells, editor.cells[0]!] };
    assert.equal(save(twice), '---\ntitle: x\n---\n\ntext\n\n```{yaml}\ntitle: x\n```\n');
  });

  it('is written from the texts alone where metadata is missing or nonsense', () => {
    const cell = { kind: 'code', languageId: 'promptnb', text: 'x', output: null } as const;
    for (const metadata of [{}, { name: 7 }, { source: 'x' }, { source: { raw: 7 } }, { source: { raw: '# not a fence', textStart: 3, after: '\n' } }, { source: { raw: '```{prompt}\ny\n```', textStart: 12, after: 'more' } }, { attributes: [1, { key: 1 }] }]) {
      assert.equal(save({ metadata: {}, cells: [{ ...cell, metadata: metadata as EditorCell['metadata'] }] }), '```{prompt}\nx\n```\n');
    }
    assert.equal(save({ metadata: {}, cells: [] }), '');
  });
});
