import { CommandError, exitStatus } from '../exit.ts';
import { counterFor, encodingFor } from '../../core/tokens/count.ts';
import { encodingNames } from '../../core/tokens/encodings.ts';
import { readFileSync } from 'node:fs';
import type { Terminal } from '../terminal.ts';

export interface TokensOptions {
  readonly model?: string | undefined;
  readonly encoding?: string | undefined;
  readonly ids: boolean;
  readonly format: 'text' | 'json';
}

/** `promptnb tokens`: the tokens of files, or of what comes on standard input, byte order mark included. */
export async function tokensCommand(paths: readonly string[], options: TokensOptions, terminal: Terminal): Promise<number> {
  if (options.model !== undefined && options.encoding !== undefined) throw new CommandError('`--model` and `--encoding` exclude each other: give one.');
  const wanted = options.encoding ?? options.model?.replace(/^openai:/, '') ?? 'o200k';
  const known = encodingFor(wanted);
  if (known === undefined && options.encoding !== undefined) throw new CommandError(`There is no encoding \`${options.encoding}\`.`, `There are ${encodingNames.map((name) => `\`${name}\``).join(', ')}.`);
  const counter = await counterFor(known ?? 'o200k');
  const encoding = fullName(known ?? 'o200k');
  const files: object[] = [];
  let total = 0;
  for (const path of paths.length === 0 ? ['-'] : paths) {
    const text = readText(path);
    const counted = counter.count(text);
    // The encoding of a model that nobody knows is a guess.
    const kind = known === undefined ? 'estimate' : counted.kind;
    total += counted.tokens;
    if (options.format === 'json') files.push({ path, tokens: counted.tokens, kind, encoding, ...(options.ids && { ids: counter.encode(text) }) });
    else terminal.out(`${options.ids ? `${counter.encode(text).join(' ')}\n` : ''}${String(counted.tokens).padStart(8)}  ${path === '-' ? 'standard input' : terminal.shown(path)}  ${terminal.style.dim(`${kind}, ${encoding}`)}\n`);
  }
  if (options.format === 'json') terminal.out(`${JSON.stringify({ files })}\n`);
  else if (paths.length > 1) terminal.out(`${String(total).padStart(8)}  in all\n`);
  return exitStatus.done;
}

function readText(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw new CommandError(`${path === '-' ? 'Standard input' : path} cannot be read: ${(error as Error).message}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CommandError(`${path === '-' ? 'Standard input' : path} is not UTF-8 text, and tokens are counted of text.`);
  }
}

function fullName(encoding: string): string {
  return encoding === 'gpt2' ? encoding : `${encoding}_base`;
}
