import { createServer } from 'node:net';
import { join } from 'node:path';
import { spawn, type ChildProcess } from 'node:child_process';

/** VS Code, served to browsers on this machine. */
export interface ServedVscode {
  /** `http://127.0.0.1:8123`. */
  readonly origin: string;
  readonly process: ChildProcess;
  /** What it has said so far. */
  log(): string;
  close(): Promise<void>;
}

export interface ServeOptions {
  /** The folder of VS Code's server (`get-vscode.ts`). */
  readonly vscode: string;
  /** Where it keeps settings, state and extensions. */
  readonly data: string;
  readonly extensions?: string;
  /** Whether folders are trusted without asking. */
  readonly trust?: boolean;
  /** Lets a page run tests: without it the workbench ignores where they are. */
  readonly driver?: boolean;
  readonly port?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Starts VS Code's server on loopback; ready when this resolves. @throws Error with what it said when it does not come up. */
export async function serveVscode({ vscode, data, extensions, trust = true, driver = false, port, environment = {} }: ServeOptions): Promise<ServedVscode> {
  const place = port ?? (await freePort());
  const args = [
    join(vscode, 'out', 'server-main.js'), '--host', '127.0.0.1', '--port', String(place), '--without-connection-token', '--accept-server-license-terms',
    '--server-data-dir', data, '--disable-telemetry', ...(extensions === undefined ? [] : ['--extensions-dir', extensions]),
    ...(trust ? ['--disable-workspace-trust'] : []), ...(driver ? ['--enable-smoke-test-driver'] : []),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
  let said = '';
  const origin = `http://127.0.0.1:${place}`;
  await new Promise<void>((resolve, reject) => {
    const listen = (piece: string): void => {
      said = (said + piece).slice(-100_000);
      if (said.includes('Extension host agent started')) resolve();
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', listen);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`VS Code's server ended with status ${code}:\n${said.slice(-2000)}`)));
  });
  return {
    origin,
    process: child,
    log: () => said,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(late);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
