import { fromOutputs, toFileOutput } from './outputs.ts';
import type { CellMetadata, EditorCell, EditorNotebook, NotebookMetadata } from '../../core/notebook/editor-cells.ts';
import * as vscode from 'vscode';

/** The key of what is ours in the metadata of cells and notebooks. */
const key = 'promptnb';

export function toNotebookData({ cells, metadata }: EditorNotebook): vscode.NotebookData {
  const data = new vscode.NotebookData(cells.map(toCellData));
  data.metadata = { [key]: metadata };
  return data;
}

export function fromNotebookData(data: vscode.NotebookData): EditorNotebook {
  return { metadata: own<NotebookMetadata>(data.metadata), cells: data.cells.map(fromCellData) };
}

export function toCellData({ kind, languageId, text, metadata, output }: EditorCell): vscode.NotebookCellData {
  const data = new vscode.NotebookCellData(kind === 'markup' ? vscode.NotebookCellKind.Markup : vscode.NotebookCellKind.Code, text, languageId);
  data.metadata = withOwn(undefined, metadata);
  data.outputs = output === null ? [] : [toFileOutput(output)];
  return data;
}

function fromCellData({ kind, languageId, value, metadata, outputs }: vscode.NotebookCellData): EditorCell {
  return { kind: kindOf(kind), languageId, text: value, metadata: own<CellMetadata>(metadata), output: fromOutputs(outputs ?? []) };
}

/** A cell of an open notebook as it is now. */
export function fromCell(cell: vscode.NotebookCell): EditorCell {
  return { kind: kindOf(cell.kind), languageId: cell.document.languageId, text: cell.document.getText(), metadata: cellMetadata(cell), output: fromOutputs(cell.outputs) };
}

export function fromDocument(notebook: vscode.NotebookDocument): EditorNotebook {
  return { metadata: own<NotebookMetadata>(notebook.metadata), cells: notebook.getCells().map(fromCell) };
}

export function cellMetadata(cell: vscode.NotebookCell): CellMetadata {
  return own<CellMetadata>(cell.metadata);
}

/** The cell's metadata with ours replaced; what others keep there stays. */
export function withOwn(metadata: Readonly<Record<string, unknown>> | undefined, ours: CellMetadata): Record<string, unknown> {
  return { ...metadata, [key]: ours };
}

function own<T extends object>(metadata: Readonly<Record<string, unknown>> | undefined): T {
  const value = metadata?.[key];
  return (typeof value === 'object' && value !== null ? value : {}) as T;
}

function kindOf(kind: vscode.NotebookCellKind): EditorCell['kind'] {
  return kind === vscode.NotebookCellKind.Markup ? 'markup' : 'code';
}
