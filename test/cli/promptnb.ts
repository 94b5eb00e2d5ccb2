import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { readJournal } from '../../src/core/trace/journal.ts';
import type { RunRecord } from '../../src/core/trace/record.ts';

const root = join(import.meta.dirname, '..', '..');

/** The command line's own source, which Node runs as it is. */
export const source = join(root, 'src', 'cli', 'main.ts');

/** What is tested: the bundle, which starts sooner, where it is not older than any source; else the source. */
export const main = freshBundle() ?? source;

function freshBundle(): string | null {
  const bundle = join(root, 'dist', 'cli.js');
  const built = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'));
  return sources.every((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs < built) ? bundle : null;
}

/** The key of all tests. It looks like no provider's, so that only masking by value can hide it. */
export const key = 'Zq7cliTest93Kd0aPwVx';

export interface Ended {
  /** null when a signal ended it. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Given {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** Flags of Node itself. */
  readonly node?: readonly string[];
  /** What runs instead of {@link main}. */
  readonly program?: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when one of the streams holds the text; rejects when the process ends without. */
  seen(stream: 'stdout' | 'stderr', text: string): Promise<void>;
}

/** A folder of its own for one test, with the command line run in it as a process. */
export interface Workplace {
  readonly folder: string;
  /** Writes a file, and the folders above it. Returns its path. */
  write(name: string, content: string | Uint8Array): string;
  read(name: string): string;
  /** Writes a configuration whose default model `fast` is at this address. */
  config(baseUrl: string, more?: string): void;
  run(args: readonly string[], given?: Given): Promise<Ended>;
  start(args: readonly string[], given?: Given): Started;
  /** The records in .promptnb/runs, in the order in which they began. */
  records(folder?: string): readonly RunRecord[];
  /** Every file below the folder as one text, to look for what must be nowhere. */
  everything(): string;
}

const open: string[] = [];

export function workplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'promptnb-cli-'));
  open.push(folder);
  const start: Workplace['start'] = (args, { env = {}, input, node = [], program = main } = {}) => {
    const child = spawn(process.execPath, [...node, program, ...args], { cwd: folder, env: environment(folder, env), stdio: ['pipe', 'pipe', 'pipe'] });
    const text = { stdout: '', stderr: '' };
    const watchers = new Set<() => void>();
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (piece: string) => {
        text[stream] += piece;
        for (const watch of watchers) watch();
      });
    }
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => resolve({ status, signal, ...text }));
    });
    return {
      child, ended,
      seen: (stream, wanted) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            if (!text[stream].includes(wanted)) return;
            watchers.delete(look);
            resolve();
          };
          watchers.add(look);
          look();
          void ended.then((end) => reject(new Error(`It ended without ${JSON.stringify(wanted)} on ${stream}: ${JSON.stringify(end)}`)));
        }),
    };
  };
  return {
    folder, start,
    write(name, content) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    config(baseUrl, more = '') {
      writeFileSync(join(folder, 'promptnb.config.yaml'), configText(baseUrl, more));
    },
    run: (args, given) => start(args, given).ended,
    records(below = '.') {
      const runs = join(folder, below, '.promptnb', 'runs');
      let names: readonly string[] = [];
      try {
        names = readdirSync(runs);
      } catch {
        // No run was begun.
      }
      return names.map((name) => readJournal(readFileSync(join(runs, name), 'utf8'))).sort((a, b) => a.startedAt - b.startedAt || a.index - b.index);
    },
    everything: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => `${entry.name}\n${readFileSync(join(entry.parentPath, entry.name), 'latin1')}`)
        .join('\n'),
  };
}

/** On loopback a server counts as this machine's own, which costs nothing: these tests are about one far away, with a price. */
export function configText(baseUrl: string, more = ''): string {
  return `models:
  - id: fast
    provider: openai
    model: fault-model
    baseUrl: ${baseUrl}
    apiKeyEnv: TEST_KEY
    capabilities: { local: false }
    price: { input: 1, output: 2 }
    retry: { baseMs: 5 }
${more}default: fast
`;
}

/** Nothing of the machine that runs the tests: no key, no model, no colours. */
export function environment(folder: string, env: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  const home = join(folder, '.home');
  const all: Record<string, string | undefined> = { PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: home, PROMPTNB_CACHE: home, TEST_KEY: key, ...env };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Removes the folders of a test. */
export function cleanUp(): void {
  for (const folder of open.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A prompt cell as it stands in a file. */
export function prompt(name: string, body: string): string {
  return `\`\`\`{prompt${name === '' ? '' : ` ${name}`}}\n${body}\n\`\`\`\n`;
}
