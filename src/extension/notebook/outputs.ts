import { fileItem, runMimeType, type RunItem } from '../../core/trace/run-item.ts';
import type { Output } from '../../core/notebook/types.ts';
import * as vscode from 'vscode';

/** What is ours in an output's metadata. */
interface OutputMetadata {
  /** What is written into the file for this output; absent: nothing is, since it is an error, or goes on. */
  readonly saved?: Output['attributes'];
  /** What is written instead while a run goes on: the result that stood there before. */
  readonly before?: Output | null;
}

/** An output of the file. */
export function toFileOutput(output: Output): vscode.NotebookCellOutput {
  return make(fileItem(output), output.text, { saved: output.attributes });
}

/** The result of a run. `output` is what is written into the file. */
export function toResultOutput(item: RunItem, output: Output): vscode.NotebookCellOutput {
  return make(item, output.text, { saved: output.attributes });
}

/** A run that goes on; until it ends, the file keeps what stood there before. */
export function toLiveOutput(item: RunItem, before: Output | null): vscode.NotebookCellOutput {
  return make(item, 'Running …', { before });
}

/** A run that made nothing. It is not written into the file. */
export function toErrorOutput(item: RunItem): vscode.NotebookCellOutput {
  const { error } = item;
  return make(item, error === null ? `The run is ${item.status}.` : [error.message, ...(error.hint === null ? [] : [error.hint])].join('\n'), {});
}

/** What the file holds of a cell's outputs. */
export function fromOutputs(outputs: readonly vscode.NotebookCellOutput[]): Output | null {
  for (const { items, metadata } of outputs) {
    const ours = metadataOf(metadata);
    if (ours?.before !== undefined) return ours.before;
    const text = items.find((item) => item.mime === 'text/plain');
    // An output that came from elsewhere is kept by its text.
    if (text !== undefined && (ours === null || ours.saved !== undefined)) return { attributes: ours?.saved ?? [], text: new TextDecoder().decode(text.data) };
  }
  return null;
}

/** The item that our renderer draws. */
export function itemOf({ items }: vscode.NotebookCellOutput): RunItem | null {
  const item = items.find((one) => one.mime === runMimeType);
  return item === undefined ? null : (JSON.parse(new TextDecoder().decode(item.data)) as RunItem);
}

function make(item: RunItem, text: string, ours: OutputMetadata): vscode.NotebookCellOutput {
  return new vscode.NotebookCellOutput([vscode.NotebookCellOutputItem.json(item, runMimeType), vscode.NotebookCellOutputItem.text(text, 'text/plain')], { promptnb: ours });
}

function metadataOf(metadata: Readonly<Record<string, unknown>> | undefined): OutputMetadata | null {
  const ours = metadata?.['promptnb'];
  return typeof ours === 'object' && ours !== null ? ours : null;
}
