import { inOrder } from '../../core/engine/graph.ts';
import { inputChoices, inputFromText, wrongInput } from '../../core/values/inputs.ts';
import { missingValues, type MissingValue } from '../../core/engine/missing.ts';
import { parameterValues } from '../../core/engine/parameters.ts';
import { parseParamValue } from '../../core/values/params.ts';
import type { Json } from '../../core/json.ts';
import type { OpenNotebook } from '../notebook/open-notebook.ts';
import type { PromptCell } from '../../core/engine/program.ts';
import * as vscode from 'vscode';

export interface AskedValues {
  readonly params: ReadonlyMap<string, Json>;
  readonly inputs: ReadonlyMap<string, Json>;
}

/**
 * Asks for the parameters and inputs that a run needs and that have no value; the answer of last time stands there to be taken over.
 * null: the person went away, and nothing is to run.
 */
export async function askValues(notebook: OpenNotebook, targets: readonly PromptCell[], remembered: vscode.Memento): Promise<AskedValues | null> {
  const { program, document } = notebook;
  const params = new Map<string, Json>();
  const inputs = new Map<string, Json>();
  const missing = missingValues(inOrder(targets, program.prompts), { program, params: parameterValues(program, params), inputs });
  const asked = new Set<string>();
  for (const [at, one] of missing.entries()) {
    if (asked.has(one.name)) continue;
    asked.add(one.name);
    const key = `promptnb.value ${document.uri.toString()} ${one.name}`;
    const text = await ask(one, { last: remembered.get<string>(key), step: at + 1, of: missing.length });
    if (text === undefined) return null;
    await remembered.update(key, text);
    const value = read(one, text);
    if ('problem' in value) return null;
    (one.kind === 'parameter' ? params : inputs).set(one.name, value.value);
  }
  return { params, inputs };
}

async function ask(missing: MissingValue, { last, step, of }: { readonly last: string | undefined; readonly step: number; readonly of: number }): Promise<string | undefined> {
  const title = `${missing.kind === 'parameter' ? 'Parameter' : 'Input'} ${missing.name}${of > 1 ? ` (${step} of ${of})` : ''}`;
  const prompt = missing.kind === 'parameter' ? (missing.declaration.description ?? 'A parameter of this notebook') : `What ${missing.cell.name ?? `cell #${missing.cell.number}`} asks for`;
  const choices = missing.kind === 'input' ? inputChoices(missing.schema) : null;
  if (choices !== null) return vscode.window.showQuickPick([...choices].sort((a, b) => Number(b === last) - Number(a === last)), { title, placeHolder: prompt, ignoreFocusOut: true });
  return vscode.window.showInputBox({
    title, prompt, ignoreFocusOut: true, ...(last !== undefined && { value: last }),
    validateInput: (text) => {
      const value = read(missing, text);
      return 'problem' in value ? value.problem : undefined;
    },
  });
}

function read(missing: MissingValue, text: string): { readonly value: Json } | { readonly problem: string } {
  if (missing.kind === 'parameter') return parseParamValue(missing.declaration, text);
  const value = inputFromText(missing.schema, text);
  const kind = wrongInput(missing.schema, value);
  return kind === null ? { value } : { problem: `It must be ${kind}.` };
}
