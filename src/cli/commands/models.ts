import { createSetup, type Setup } from '../setup.ts';
import { discoverServers } from '../../node/models/discover.ts';
import { exitStatus } from '../exit.ts';
import { listedModels } from '../../node/local/models.ts';
import { listModels, type ModelRow } from '../../core/models/listing.ts';
import { oneLine } from '../print-problems.ts';
import type { Price } from '../../core/models/model.ts';
import type { Terminal } from '../terminal.ts';

export interface ModelsOptions {
  readonly config?: string | undefined;
  readonly format: 'text' | 'json';
}

/** `promptnb models`: what is configured, what servers on this machine have, what is embedded; and why one cannot be used. */
export async function modelsCommand({ config, format }: ModelsOptions, terminal: Terminal): Promise<number> {
  const setup = createSetup({ config, environment: process.env, keep: false, confirm: async () => false, warn: (line) => terminal.err(`${line}\n`) });
  try {
    const { host, providers, config: { list } } = setup;
    const embedded = listedModels.map(({ id, contextWindow }) => ({ id: `local:${id}`, provider: 'local', model: id, contextWindow, price: { input: 0, output: 0 } }));
    const rows = await listModels({ list, providers, host, found: await discoverServers({ fetch: host.fetch }), embedded });
    if (format === 'json') terminal.out(`${JSON.stringify({ models: rows.map(rowJson) }, null, 2)}\n`);
    else printRows(rows, setup, terminal);
    return exitStatus.done;
  } finally {
    await setup.close();
  }
}

function rowJson({ id, provider, ready, why, contextWindow, price }: ModelRow): ModelRow {
  return { id, provider, ready, why, contextWindow, price };
}

function printRows(rows: readonly ModelRow[], { config: { list, path } }: Setup, { out, outStyle: style, shown }: Terminal): void {
  const configured = rows.slice(0, list.models.length);
  const others = rows.slice(list.models.length);
  const groups: readonly (readonly [string, readonly ModelRow[]])[] = [
    ['Configured', configured],
    ['Found on this machine', others.filter((row) => row.provider !== 'local')],
    ['Embedded', others.filter((row) => row.provider === 'local')],
  ];
  out(path === null ? 'There is no promptnb.config.yaml here or above.\n' : `Configuration: ${shown(path)}\n`);
  const width = Math.min(40, Math.max(...rows.map((row) => row.id.length)));
  for (const [title, inside] of groups) {
    if (inside.length === 0) continue;
    out(`\n${style.bold(title)}\n`);
    for (const row of inside) {
      const facts = [row.contextWindow === null ? '' : `${row.contextWindow.toLocaleString('en-US')} tokens`, priceText(row.price), row.id === list.default ? 'the default' : ''].filter((fact) => fact !== '');
      out(`${row.ready ? style.green('✓') : style.yellow('–')} ${shown(row.id).padEnd(width)}  ${facts.join(' · ')}\n`);
      if (row.why !== null) out(`  ${' '.repeat(width)}  ${style.dim(shown(oneLine(row.why)))}\n`);
    }
  }
  const key = (process.env.OPENAI_API_KEY ?? '').trim() !== '';
  out(`\n${style.bold('By name')}\n${key ? style.green('✓') : style.yellow('–')} ${'openai:NAME'.padEnd(width)}  ${key ? 'OPENAI_API_KEY is set' : style.dim('OPENAI_API_KEY is not set')}\n`);
}

function priceText(price: Price | null): string {
  if (price === null) return 'price unknown';
  return price.input === 0 && price.output === 0 ? 'free' : `$${price.input} in, $${price.output} out per million tokens`;
}
