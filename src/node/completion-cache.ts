import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { CompletionCache } from '../core/engine/host.ts';
import { ignoreInGit } from './records.ts';
import { join } from 'node:path';

/**
 * Completions beside a notebook, in `.promptnb/cache/`, one file a key, in 256 folders by the key's first two digits. Each is written
 * to a temporary file and renamed, so a reader sees all of it or nothing. `redact` takes keys out of what is kept.
 */
export function createCompletionCache(folder: string, { redact }: { readonly redact: (text: string) => string }): CompletionCache {
  const cache = join(folder, '.promptnb', 'cache');
  let number = 0;
  const fileOf = (key: string): { folder: string; file: string } => {
    if (!/^[0-9a-f]{16,}$/.test(key)) throw new Error('A cache key must be hexadecimal.');
    const shelf = join(cache, key.slice(0, 2));
    return { folder: shelf, file: join(shelf, `${key.slice(2)}.json`) };
  };
  return {
    async get(key) {
      try {
        return readFileSync(fileOf(key).file, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async put(key, text) {
      const place = fileOf(key);
      const temporary = `${place.file}.${process.pid}.${(number += 1)}.tmp`;
      const write = (): void => {
        writeFileSync(temporary, redact(text));
        renameSync(temporary, place.file);
      };
      try {
        try {
          write();
        } catch (error) {
          // The first on its shelf; or somebody has cleaned up since.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
          mkdirSync(place.folder, { recursive: true });
          ignoreInGit(join(folder, '.promptnb'));
          write();
        }
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
    },
  };
}
