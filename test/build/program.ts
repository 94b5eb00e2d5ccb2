import { delimiter, join } from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import { read } from '../rules/project.ts';

export interface Ended {
  /** null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly cwd: string;
  /** On top of what a program needs to run: nothing else of this process's environment reaches it. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end. */
export function runProgram(command: string, args: readonly string[], { cwd, env = {} }: ProgramOptions): Promise<Ended> {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(?:PATH|HOME|TMPDIR|TEMP|TMP|LANG|SYSTEMROOT|USERPROFILE)$/i.test(name)));
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...kept, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) child[stream].setEncoding('utf8').on('data', (piece: string) => (text[stream] += piece));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...text }));
  });
}

/**
 * The oldest Node that package.json says this runs on, where there is one on the PATH besides the project's own. What runs before
 * anything is installed, and the bundle, are tried on it.
 */
export function oldestNode(): { readonly program: string; readonly missing: null } | { readonly program: null; readonly missing: string } {
  const major = (JSON.parse(read('package.json')) as { engines: { node: string } }).engines.node.replace('>=', '');
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const program = join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
    try {
      if (!folder.includes('node_modules') && execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).startsWith(`v${major}.`)) return { program, missing: null };
    } catch {
      // None there, or not one that runs.
    }
  }
  return { program: null, missing: `There is no Node ${major} on the PATH. Install one beside the project's own to run this.` };
}
