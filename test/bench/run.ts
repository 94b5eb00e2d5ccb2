/**
 * `npm run bench [-- NAME …]`: ratios against peers, in one run on one machine (docs/benchmarks.md). Never a test: a slow machine is no
 * defect. Needs a build.
 */
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { inTurn, measure, median, type Measured } from './measure.ts';
import { join } from 'node:path';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readNotebook } from '../../src/core/notebook/read.ts';
import { tmpdir } from 'node:os';
import { writeNotebook } from '../../src/core/notebook/write.ts';

const root = join(import.meta.dirname, '..', '..');
const cli = join(root, 'dist', 'cli.js');
const here = (file: string): string => join(import.meta.dirname, file);
const folder = mkdtempSync(join(tmpdir(), 'promptnb-bench-'));
const wanted = process.argv.slice(2);
const fence = '```';

execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root, stdio: 'inherit' });
const server = await startServer();
const env = { OPENAI_API_KEY: 'sk-bench-0123456789abcdef', OPENAI_BASE_URL: server.baseUrl };

const benches: Readonly<Record<string, () => Promise<void>>> = {
  /** One answer of 20,000 chunks: processor time of the whole process. */
  async stream() {
    const notebook = cells(1, 20_000);
    const { ours, peer } = await inTurn(7, () => ourRun(notebook, 1), () => measure(process.execPath, [here('bare-client.ts'), server.baseUrl, '1', '1', '20000'], { cwd: folder }));
    const empty = await inTurn(7, () => ourRun(cells(1, 4), 1), () => measure(process.execPath, [here('bare-client.ts'), server.baseUrl, '1', '1', '4'], { cwd: folder }));
    report('a stream of 20,000 chunks, CPU of the process', { ours, peer }, 'cpu', 1.2);
    const net = (all: readonly Measured[], base: readonly Measured[]): number => median(all.map((one) => one.cpu)) - median(base.map((one) => one.cpu));
    line('the same without the start of the process', net(ours, empty.ours), net(peer, empty.peer), 1.2);
  },
  /** 10,000 runs of one call each, with their records. */
  async runs() {
    const count = 10_000;
    const notebook = cells(count, 4);
    const { ours, peer } = await inTurn(5, () => ourRun(notebook, 16), () => measure(process.execPath, [here('bare-client.ts'), server.baseUrl, String(count), '16', '4'], { cwd: folder }));
    report('10,000 one-call runs with records, 16 at a time', { ours, peer }, 'wall', 1.3);
    const small = await ourRun(cells(1000, 4), 16);
    console.log(`  memory: ${median(ours.map((one) => one.memory)).toFixed(0)} MiB with 10,000 runs, ${small.memory.toFixed(0)} MiB with 1,000; the bare client ${median(peer.map((one) => one.memory)).toFixed(0)} MiB`);
  },
  async notebook() {
    const text = bigNotebook();
    const read: number[] = [];
    const write: number[] = [];
    for (let round = 0; round < 7; round++) {
      const start = performance.now();
      const notebook = readNotebook(text);
      const middle = performance.now();
      writeNotebook(notebook);
      write.push(performance.now() - middle);
      read.push(middle - start);
    }
    console.log(`a notebook of ${(text.length / 1e6).toFixed(0)} MB and 2,000 cells: read ${read[0]!.toFixed(0)} ms at first, ${median(read).toFixed(0)} ms; write ${write[0]!.toFixed(0)} ms at first, ${median(write).toFixed(0)} ms (at most 150 each)`);
  },
  async check() {
    const file = join(root, 'examples', 'quickstart.promptnb');
    const { ours, peer } = await inTurn(15, () => measure(process.execPath, [cli, 'check', file], { cwd: folder }), () => measure(process.execPath, ['-e', '0'], { cwd: folder }));
    console.log(`promptnb check, from start to exit: ${(median(ours.map((one) => one.wall)) * 1000).toFixed(0)} ms (at most 150); Node that does nothing: ${(median(peer.map((one) => one.wall)) * 1000).toFixed(0)} ms`);
  },
};

try {
  for (const [name, bench] of Object.entries(benches)) if (wanted.length === 0 || wanted.includes(name)) await bench();
} finally {
  server.process.disconnect();
  rmSync(folder, { recursive: true, force: true });
}

function ourRun(notebook: string, atOnce: number): Promise<Measured> {
  // Each in a folder of its own: deleting ten thousand files keeps the disk busy for a while.
  const own = mkdtempSync(join(folder, 'run-'));
  copyFileSync(notebook, join(own, 'n.promptnb'));
  return measure(process.execPath, [cli, 'run', join(own, 'n.promptnb'), '--model', 'openai:bench', '--cache', 'off', '--concurrency', String(atOnce), '--quiet'], { cwd: folder, env });
}

function cells(count: number, chunks: number): string {
  const file = join(folder, `n${count}x${chunks}.promptnb`);
  writeFileSync(file, Array.from({ length: count }, (_, index) => `${fence}{prompt c${index}}\nCell ${index}: write chunks ${chunks}.\n${fence}\n\n`).join(''));
  return file;
}

function bigNotebook(): string {
  const body = 'Write about {{topic}} with many words in a line of text that is long enough.\n'.repeat(125);
  return `---\npromptnb: 1\n---\n${Array.from({ length: 2000 }, (_, index) => `\n# ${index}\n\n${fence}{prompt c${index}}\n${body}${fence}\n`).join('')}`;
}

function report(title: string, { ours, peer }: { readonly ours: readonly Measured[]; readonly peer: readonly Measured[] }, what: 'cpu' | 'wall', most: number): void {
  line(title, median(ours.map((one) => one[what])), median(peer.map((one) => one[what])), most);
}

function line(title: string, ours: number, peer: number, most: number): void {
  console.log(`${title}: ${ours.toFixed(2)} s, the bare client ${peer.toFixed(2)} s, ratio ${(ours / peer).toFixed(2)} (at most ${most})`);
}

function startServer(): Promise<{ readonly baseUrl: string; readonly process: ChildProcess }> {
  return new Promise((resolve) => {
    const child = fork(here('server.ts'), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    child.stdout!.once('data', (data: Buffer) => resolve({ baseUrl: `http://127.0.0.1:${data.toString().trim()}/v1`, process: child }));
  });
}
