import xterm from '@xterm/headless';
import { spawn, spawnSync } from 'node:child_process';
import { environment, main } from './promptnb.ts';

/** What a person sees of a command in a terminal. */
export interface Shown {
  readonly status: number | null;
  /** The bytes as the terminal got them. */
  readonly raw: string;
  /** The lines of the screen and above it at the end, without the blank ones at the end. */
  readonly lines: readonly string[];
  /** The same after each piece of output, to see what was on the screen in between. */
  readonly moments: readonly (readonly string[])[];
}

export interface ScreenOptions {
  readonly folder: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Put around the command: `%` stands for it. */
  readonly shell?: string;
  /** What the person types once the terminal shows this. */
  readonly type?: { readonly when: RegExp; readonly keys: string };
}

/** Whether there is a `script` that gives a command a terminal, as util-linux has it. */
export const hasScript = spawnSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' }).status === 0;

/** Runs the command line in a terminal of its own, and draws what it writes as xterm does. */
export async function onScreen(args: readonly string[], { folder, columns = 80, rows = 24, env = {}, shell = '%', type }: ScreenOptions): Promise<Shown> {
  const quoted = [process.execPath, main, ...args].map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('script', ['-qec', `stty cols ${columns} rows ${rows}; ${shell.replace('%', quoted)}`, '/dev/null'], { cwd: folder, env: { ...environment(folder, env), TERM: 'xterm-256color' }, stdio: ['pipe', 'pipe', 'inherit'] });
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
  const moments: (readonly string[])[] = [];
  let raw = '';
  let typed = false;
  let drawing = Promise.resolve();
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    raw += piece;
    drawing = drawing.then(() => new Promise((resolve) => terminal.write(piece, () => {
      moments.push(linesOf(terminal));
      resolve();
    })));
    if (type !== undefined && !typed && type.when.test(raw)) {
      typed = true;
      child.stdin.write(type.keys);
    }
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  await drawing;
  const lines = linesOf(terminal);
  terminal.dispose();
  return { status, raw, lines, moments };
}

function linesOf(terminal: xterm.Terminal): readonly string[] {
  const { active } = terminal.buffer;
  const lines: string[] = [];
  for (let row = 0; row < active.length; row++) {
    const line = active.getLine(row)!;
    const text = line.translateToString(true);
    // A line that the terminal wrapped is one line of text.
    if (line.isWrapped && lines.length > 0) lines.push(`${lines.pop()!}${text}`);
    else lines.push(text);
  }
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
