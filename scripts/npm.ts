import { spawn } from 'node:child_process';

/** Runs npm, quietly. @throws Error with the end of what it said when it fails. */
export async function npm(args: readonly string[], cwd: string, environment: Readonly<Record<string, string>> = {}): Promise<void> {
  // Under `npm run` this is the very npm that runs; else the one on the path.
  const own = process.env['npm_execpath'];
  const [command, ...before] = own !== undefined && /\.c?js$/.test(own) ? [process.execPath, own] : ['npm'];
  const child = spawn(command, [...before, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' && command === 'npm', env: { ...process.env, ...environment } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4000)));
  const code = await new Promise<number | null>((done, fail) => child.once('close', done).once('error', fail));
  if (code !== 0) throw new Error(`npm ${args[0]} ended with status ${code}:\n${output.trim()}`);
}
