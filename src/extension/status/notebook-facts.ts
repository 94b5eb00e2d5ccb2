import { config as configOption } from '../../core/techniques/config.ts';
import { insertedText } from '../../core/values/inserted-text.ts';
import { inspectCells, type CellFacts } from '../../core/engine/inspect.ts';
import { messageText } from '../../core/prompt/message.ts';
import { model as modelOption } from '../../core/techniques/model.ts';
import type { CellStatus, ModelFrom } from '../../core/language/cell-status.ts';
import { embeddedModel, type EditorModels } from '../models/editor-models.ts';
import type { Kernels } from '../run/kernels.ts';
import type { Model, ModelConfig } from '../../core/models/model.ts';
import type { OpenNotebook } from '../notebook/open-notebook.ts';
import type { Program, PromptCell } from '../../core/engine/program.ts';
import type { Sessions } from '../run/sessions.ts';
import type { TokenCounts } from '../../node/tokens/counter.ts';
import type * as vscode from 'vscode';

/** What the lines under the cells of a notebook tell, looked up once for each state of the notebook. */
export interface NotebookFacts {
  status(cell: vscode.NotebookCell): Promise<CellStatus | null>;
  /** The model that would answer a cell, and who says so. */
  modelOf(cell: PromptCell, notebook: OpenNotebook): { readonly id: string; readonly from: ModelFrom };
}

export interface FactsSources {
  readonly sessions: Sessions;
  readonly models: EditorModels;
  readonly kernels: Kernels;
  readonly counts: TokenCounts;
}

export function notebookFacts({ sessions, models, kernels, counts }: FactsSources): NotebookFacts {
  const inspected = new WeakMap<Program, { readonly picked: string | undefined; readonly facts: Promise<ReadonlyMap<PromptCell, CellFacts>> }>();

  const modelOf = (cell: PromptCell, { document, program }: OpenNotebook): { readonly id: string; readonly from: ModelFrom } => {
    const list = models.list(sessions.get(document).folder);
    const own = cell.options.get(modelOption);
    if (own !== undefined) return { id: own, from: 'cell' };
    const picked = kernels.picked(document);
    if (picked !== undefined) return { id: picked, from: 'picked' };
    if (program.options.model !== undefined) return { id: program.options.model, from: 'notebook' };
    if (list.default !== undefined) return { id: list.default, from: 'default' };
    return { id: embeddedModel, from: 'embedded' };
  };
  const factsOf = (notebook: OpenNotebook): Promise<ReadonlyMap<PromptCell, CellFacts>> => {
    const { program, document } = notebook;
    const picked = kernels.picked(document);
    const before = inspected.get(program);
    if (before !== undefined && before.picked === picked) return before.facts;
    const { host, folder } = sessions.get(document);
    const facts = inspectCells({ program, host, model: async (cell) => models.peek(modelOf(cell, notebook).id, { host, folder }) });
    inspected.set(program, { picked, facts });
    return facts;
  };
  /** What is known of a model; nobody is asked. */
  const known = async (id: string, document: vscode.NotebookDocument): Promise<{ readonly model: Model | null; readonly config: ModelConfig | null }> => {
    const { host, folder } = sessions.get(document);
    return { model: await models.peek(id, { host, folder }), config: models.config(id, folder) };
  };
  const promptStatus = async (cell: PromptCell, notebook: OpenNotebook): Promise<CellStatus> => {
    const model = modelOf(cell, notebook);
    const [facts, { model: open, config }] = await Promise.all([factsOf(notebook).then((all) => all.get(cell)), known(model.id, notebook.document)]);
    const texts = (facts?.messages ?? []).map(messageText);
    const counted = texts.length === 0 ? null : await counts.count(texts, config?.tokenizer ?? config?.model ?? 'estimate');
    return {
      name: cell.name, model,
      // 3 a message and 3 to prime the answer (OpenAI's cookbook): a count of a whole request is never exact.
      tokens: counted === null ? null : { count: counted.counts.reduce((sum, one) => sum + one + 3, 3), kind: 'estimate' },
      contextWindow: open?.contextWindow ?? null, price: open?.price ?? null,
      maxOutputTokens: cell.options.get(configOption)?.maxOutputTokens ?? open?.config.maxOutputTokens ?? null,
      facts: facts ?? null,
    };
  };
  return {
    modelOf,
    async status(cell) {
      const notebook = sessions.get(cell.notebook).notebook;
      const index = notebook.indexOf(cell);
      const prompt = notebook.program.prompts.find((one) => one.index === index);
      if (prompt !== undefined) return promptStatus(prompt, notebook);
      const data = notebook.program.data.find((one) => one.index === index);
      if (data === undefined) return null;
      const counted = data.file === null ? await counts.count([insertedText(data.value)], 'o200k') : null;
      return { name: data.name, model: null, tokens: counted === null ? null : { count: counted.counts[0]!, kind: counted.kind }, contextWindow: null, price: null, maxOutputTokens: null, facts: null };
    },
  };
}
