import { CommandError, exitStatus } from '../exit.ts';
import { counterFor, encodingFor } from '../../core/tokens/count.ts';
import { encodingNamed, encodingNames, type EncodingName } from '../../core/tokens/encodings.ts';
import { FileError, readText } from '../../node/files.ts';
import { buffer } from 'node:stream/consumers';
import type { Terminal } from '../terminal.ts';
import type { TokenCount } from '../../core/models/model.ts';

export interface TokensOptions {
  readonly model?: string | undefined;
  readonly encoding?: string | undefined;
  readonly config?: string | undefined;
  readonly ids?: boolean;
  readonly format: 'text' | 'json';
}

/** How texts are counted. */
interface Counting {
  /** The encoding's full name; null where the model counts with a tokenizer of its own. */
  readonly encoding: string | null;
  count(text: string): Promise<TokenCount>;
  /** null where only the number can be had. */
  readonly ids: ((text: string) => readonly number[]) | null;
  close(): Promise<void>;
}

/** `promptnb tokens`: the tokens of files, or of what comes on standard input, byte order mark included. */
export async function tokensCommand(paths: readonly string[], options: TokensOptions, terminal: Terminal): Promise<number> {
  if (options.model !== undefined && options.encoding !== undefined) throw new CommandError('`--model` and `--encoding` exclude each other: give one.');
  const { out, outStyle, shown } = terminal;
  const counting = options.model === undefined ? await byEncoding(options.encoding ?? 'o200k') : await byModel(options.model, options.config);
  const { encoding, ids } = counting;
  try {
    if (options.ids && ids === null) throw new CommandError(`The ids of tokens cannot be had from ${options.model!}, only their number.`, 'Leave `--ids` out, or name an `--encoding`.');
    const counted: { path: string; tokens: number; kind: string; encoding: string | null; ids?: readonly number[] }[] = [];
    // Everything is read before anything is printed, so that a wrong name leaves no half of a list.
    for (const { path, text } of await readAll(paths.length === 0 ? ['-'] : paths)) {
      const { tokens, kind } = await counting.count(text);
      counted.push({ path, tokens, kind, encoding, ...(options.ids && { ids: ids!(text) }) });
    }
    if (options.format === 'json') {
      out(`${JSON.stringify({ files: counted })}\n`);
      return exitStatus.done;
    }
    for (const { path, tokens, kind, ids: found } of counted) {
      if (found !== undefined) out(`${found.join(' ')}\n`);
      out(`${String(tokens).padStart(8)}  ${path === '-' ? 'standard input' : shown(path)}  ${outStyle.dim(encoding === null ? `${kind}, the model’s own tokenizer` : `${kind}, ${encoding}`)}\n`);
    }
    if (counted.length > 1) out(`${String(counted.reduce((sum, one) => sum + one.tokens, 0)).padStart(8)}  in all\n`);
    return exitStatus.done;
  } finally {
    await counting.close();
  }
}

async function byEncoding(name: string): Promise<Counting> {
  const encoding = encodingNamed(name);
  if (encoding === undefined) throw new CommandError(`There is no encoding \`${name}\`.`, encodingFor(name) !== undefined ? `It is a model: write \`--model ${name}\`.` : `There are ${encodingNames.map((one) => `\`${one}\``).join(', ')}.`);
  return counted(encoding, null);
}

/** Counts as a model of the list does, or one named without a list, or one that is known by its bare name. */
async function byModel(name: string, config: string | undefined): Promise<Counting> {
  const { createSetup } = await import('../setup.ts');
  const { modelConfigFor } = await import('../../core/models/resolve.ts');
  const { ModelError } = await import('../../core/models/model.ts');
  const setup = createSetup({ config, environment: process.env, keep: false, confirm: async () => false });
  let own: Counting | undefined;
  try {
    const bare = setup.config.list.models.some((model) => model.id === name) ? undefined : encodingFor(name);
    if (bare !== undefined) return await counted(bare, null);
    const { provider, model, tokenizer } = modelConfigFor(name, setup.config.list);
    if (provider === 'openai' && tokenizer !== 'server') {
      const encoding = encodingFor(tokenizer ?? model);
      // The encoding of a model that nobody knows is a guess.
      return await counted(encoding ?? 'o200k', encoding === undefined ? 'estimate' : null);
    }
    const source = await setup.models(name);
    const opened = await source.open(source.picked ?? name);
    own = { encoding: null, count: (text) => opened.countTokens(text), ids: null, close: () => setup.close() };
    return own;
  } catch (error) {
    if (error instanceof ModelError) throw new CommandError(error.message, error.hint ?? null);
    throw error;
  } finally {
    if (own === undefined) await setup.close();
  }
}

async function counted(encoding: EncodingName, kind: 'estimate' | null): Promise<Counting> {
  const counter = await counterFor(encoding);
  return {
    encoding: encoding === 'gpt2' || encoding.includes('_') ? encoding : `${encoding}_base`,
    count: async (text) => (kind === null ? counter.count(text) : { ...counter.count(text), kind }),
    ids: (text) => counter.encode(text),
    close: async () => undefined,
  };
}

async function readAll(paths: readonly string[]): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const texts: { path: string; text: string }[] = [];
  for (const path of paths) texts.push({ path, text: path === '-' ? await readInput() : readFile(path) });
  return texts;
}

function readFile(path: string): string {
  try {
    return readText(path);
  } catch (error) {
    if (error instanceof FileError) throw new CommandError(`${path} cannot be counted: ${error.message}`);
    throw error;
  }
}

async function readInput(): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await buffer(process.stdin));
  } catch (error) {
    throw new CommandError(`Standard input cannot be counted: ${error instanceof TypeError ? 'it is not UTF-8 text.' : (error as Error).message}`);
  }
}
