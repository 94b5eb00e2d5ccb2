import { createSetup } from '../setup.ts';
import { discoverServers } from '../../node/models/discover.ts';
import { exitStatus } from '../exit.ts';
import { listedModels } from '../../node/local/models.ts';
import { lookupPrice } from '../../core/models/prices.ts';
import { providerOf } from '../../core/models/resolve.ts';
import { ModelError, type ModelConfig, type Price } from '../../core/models/model.ts';
import type { Setup } from '../setup.ts';
import type { Terminal } from '../terminal.ts';

export interface ModelsOptions {
  readonly config?: string | undefined;
  readonly format: 'text' | 'json';
}

/** A row of `promptnb models`; unknown is null. */
interface Row {
  readonly id: string;
  readonly provider: string;
  readonly ready: boolean;
  readonly why: string | null;
  readonly contextWindow: number | null;
  readonly price: Price | null;
  readonly group: 'configured' | 'found on this machine' | 'embedded' | 'from the environment';
}

/** `promptnb models`: what is configured, what servers on this machine have, what is embedded; and why one cannot be used. */
export async function modelsCommand(options: ModelsOptions, terminal: Terminal): Promise<number> {
  const setup = createSetup({ config: options.config, environment: process.env, keep: false, confirm: async () => false });
  try {
    const [configured, found, embedded] = await Promise.all([configuredRows(setup), foundRows(setup), embeddedRows(setup)]);
    const rows = [...configured, ...environmentRows(), ...found, ...embedded];
    if (options.format === 'json') {
      terminal.out(`${JSON.stringify({ models: rows.map(({ group: _group, ...row }) => row) }, null, 2)}\n`);
      return exitStatus.done;
    }
    printRows(rows, setup, terminal);
    return exitStatus.done;
  } finally {
    await setup.close();
  }
}

async function configuredRows(setup: Setup): Promise<Row[]> {
  return Promise.all(setup.config.list.models.map(async (config) => {
    const readiness = await readinessOf(config, setup);
    const known = config.provider === 'openai' ? lookupPrice(`openai/${config.model}`) : undefined;
    return { id: config.id, provider: config.provider, ...readiness, contextWindow: config.contextWindow ?? known?.contextWindow ?? null, price: config.price ?? known?.price ?? null, group: 'configured' as const };
  }));
}

async function readinessOf(config: ModelConfig, { providers, host }: Setup): Promise<{ readonly ready: boolean; readonly why: string | null }> {
  try {
    const provider = providerOf(config, providers);
    return provider.ready === undefined ? { ready: true, why: null } : await provider.ready(config, host);
  } catch (error) {
    if (error instanceof ModelError) return { ready: false, why: error.message };
    throw error;
  }
}

function environmentRows(): Row[] {
  const has = (process.env.OPENAI_API_KEY ?? '').trim() !== '';
  return [{ id: 'openai:NAME', provider: 'openai', ready: has, why: has ? null : 'OPENAI_API_KEY is not set.', contextWindow: null, price: null, group: 'from the environment' }];
}

async function foundRows({ host }: Setup): Promise<Row[]> {
  const servers = await discoverServers({ fetch: host.fetch });
  return servers.flatMap(({ server, baseUrl, models, ready, why }) =>
    (models.length === 0 ? [''] : models).map((model): Row => ({
      id: model === '' ? `${server} (${baseUrl})` : model, provider: 'openai', ready: ready && model !== '',
      why: model === '' ? (why ?? `${server} at ${baseUrl} has no model.`) : (why ?? `${server}: put it into the model list with \`baseUrl: ${baseUrl}\`.`),
      contextWindow: null, price: null, group: 'found on this machine',
    })),
  );
}

async function embeddedRows({ local, host }: Setup): Promise<Row[]> {
  return Promise.all(listedModels.map(async (model): Promise<Row> => {
    const readiness = await local.ready!({ id: `local:${model.id}`, provider: 'local', model: model.id }, host);
    return { id: `local:${model.id}`, provider: 'local', ...readiness, contextWindow: model.contextWindow, price: { input: 0, output: 0 }, group: 'embedded' };
  }));
}

function printRows(rows: readonly Row[], { config }: Setup, { out, outStyle: style, shown }: Terminal): void {
  out(config.path === null ? 'No promptnb.config.yaml here or above.\n' : `Configuration: ${shown(config.path)}\n`);
  const width = Math.max(...rows.map((row) => row.id.length));
  for (const group of ['configured', 'from the environment', 'found on this machine', 'embedded'] as const) {
    const inside = rows.filter((row) => row.group === group);
    if (inside.length === 0) continue;
    out(`\n${style.bold(`${group[0]!.toUpperCase()}${group.slice(1)}`)}\n`);
    for (const row of inside) {
      const mark = row.ready ? style.green('✓') : style.dim('·');
      const facts = [row.contextWindow === null ? '' : `${row.contextWindow.toLocaleString('en-US')} tokens`, priceText(row.price)].filter((fact) => fact !== '').join(' · ');
      out(`${mark} ${shown(row.id.padEnd(width))}  ${facts}${row.why === null ? '' : `${facts === '' ? '' : '  '}${style.dim(shown(row.why))}`}\n`);
    }
  }
}

function priceText(price: Price | null): string {
  if (price === null) return '';
  return price.input === 0 && price.output === 0 ? 'free' : `$${price.input} in, $${price.output} out per million tokens`;
}
