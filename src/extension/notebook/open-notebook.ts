import { fromEditor, isFrontMatter } from '../../core/notebook/editor-cells.ts';
import { fromDocument, fromCell } from './vscode-cells.ts';
import { readProgram, type Program } from '../../core/engine/program.ts';
import type * as vscode from 'vscode';

/** A notebook in an editor, read as a program when that is asked for, and again only after it has changed. */
export interface OpenNotebook {
  readonly document: vscode.NotebookDocument;
  readonly program: Program;
  /** The editor's cell of a cell of the program. */
  cell(index: number): vscode.NotebookCell;
  /** The place of an editor's cell in the program. */
  indexOf(cell: vscode.NotebookCell): number;
  /** The text of a cell, its output or its metadata is another one now. */
  changed(): void;
}

export function openNotebook(document: vscode.NotebookDocument): OpenNotebook {
  let current: { readonly program: Program; readonly cells: readonly vscode.NotebookCell[] } | null = null;
  const read = (): NonNullable<typeof current> => {
    if (current !== null) return current;
    const cells = document.getCells();
    const front = cells.findIndex((cell) => isFrontMatter(fromCell(cell)));
    // The program has its front matter first, wherever the editor shows it for a moment.
    const ordered = front <= 0 ? cells : [cells[front]!, ...cells.toSpliced(front, 1)];
    return (current = { program: readProgram(fromEditor(fromDocument(document))), cells: ordered });
  };
  return {
    document,
    get program() {
      return read().program;
    },
    cell: (index) => read().cells[index]!,
    indexOf: (cell) => read().cells.indexOf(cell),
    changed: () => (current = null),
  };
}
