import { spawn } from 'node:child_process';

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
