/**
 * Loaded into a process before its program (`node --import`): makes the machine under it fail where the environment variable SPOIL says.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

export interface Spoil {
  /** Which files: a regular expression for their paths. */
  readonly path?: string;
  /** Which call of the system; `write` is any that writes content. */
  readonly call?: 'write' | 'rename' | 'mkdir';
  /** The error that it ends with, or a kill of the process, after half of the content is written. */
  readonly how?: 'ENOSPC' | 'EDQUOT' | 'EROFS' | 'kill';
  /** How many such calls succeed before. */
  readonly after?: number;
  /** The clock is set by so many milliseconds once it has been looked at so often. */
  readonly clock?: { readonly ms: number; readonly after: number };
}

const spoil = JSON.parse(process.env.SPOIL ?? '{}') as Spoil;
const paths = new Map<number, string>();
let calls = 0;

function hit(call: Spoil['call'], path: unknown): boolean {
  const name = typeof path === 'number' ? (paths.get(path) ?? '') : String(path);
  return spoil.call === call && spoil.path !== undefined && new RegExp(spoil.path).test(name) && (calls += 1) > (spoil.after ?? 0);
}

function fail(): never {
  if (spoil.how === 'kill') process.kill(process.pid, 'SIGKILL');
  throw Object.assign(new Error(`${spoil.how}: no, says the machine`), { code: spoil.how });
}

const real = { openSync: fs.openSync, writeSync: fs.writeSync, writeFileSync: fs.writeFileSync, renameSync: fs.renameSync, mkdirSync: fs.mkdirSync };
const realNow = Date.now;

if (spoil.call !== undefined) {
  Object.assign(fs, {
    openSync: (...given: Parameters<typeof fs.openSync>) => {
      const file = real.openSync(...given);
      paths.set(file, String(given[0]));
      return file;
    },
    writeSync: (file: number, bytes: Uint8Array, offset = 0) => {
      if (!hit('write', file)) return real.writeSync(file, bytes, offset);
      real.writeSync(file, bytes, offset, Math.floor((bytes.length - offset) / 2));
      fail();
    },
    writeFileSync: (path: string, text: string, ...rest: readonly []) => {
      if (!hit('write', path)) return real.writeFileSync(path, text, ...rest);
      real.writeFileSync(path, text.slice(0, text.length / 2));
      fail();
    },
    renameSync: (from: string, to: string) => (hit('rename', from) ? fail() : real.renameSync(from, to)),
    mkdirSync: (...given: Parameters<typeof fs.mkdirSync>) => (hit('mkdir', given[0]) ? fail() : real.mkdirSync(...given)),
  });
  syncBuiltinESMExports();
}
if (spoil.clock !== undefined) {
  const { ms, after } = spoil.clock;
  let looks = 0;
  Date.now = () => realNow() + ((looks += 1) > after ? ms : 0);
}
