import { spawn } from 'node:child_process';

export interface Measured {
  /** Seconds from start to exit. */
  readonly wall: number;
  /** Seconds of processor time, user and system. */
  readonly cpu: number;
  /** MiB at most. */
  readonly memory: number;
  readonly stdout: string;
}

/** Runs a process to its end and measures it from outside, with GNU time where it is there. @throws Error when it fails. */
export function measure(command: string, args: readonly string[], { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> }): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn('/usr/bin/time', ['-f', '%U %S %M', command, ...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (status) => {
      const wall = (performance.now() - started) / 1000;
      const [user, system, memory] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number);
      if (status !== 0) reject(new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr.slice(-2000)}`));
      else resolve({ wall, cpu: user! + system!, memory: memory! / 1024, stdout });
    });
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Runs two things in turn, so that both see the same weather, and gives what each took. */
export async function inTurn<A, B>(rounds: number, ours: () => Promise<A>, peer: () => Promise<B>): Promise<{ readonly ours: readonly A[]; readonly peer: readonly B[] }> {
  const a: A[] = [];
  const b: B[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      a.push(await ours());
      b.push(await peer());
    } else {
      b.push(await peer());
      a.push(await ours());
    }
  }
  return { ours: a, peer: b };
}
