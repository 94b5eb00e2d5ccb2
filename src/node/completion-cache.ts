import { mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import type { CompletionCache } from '../core/engine/host.ts';
import { ignoreInGit } from './records.ts';
import { join } from 'node:path';

/**
 * Completions beside a notebook, in `.promptnb/cache/`, one file a key, in 256 folders by the key's first two digits. Each is written
 * to a temporary file and renamed, so a reader sees all of it or nothing.
 */
export function createCompletionCache(folder: string): CompletionCache {
  const cache = join(folder, '.promptnb', 'cache');
  const made = new Set<string>();
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
      if (!made.has(place.folder)) {
        mkdirSync(place.folder, { recursive: true });
        if (made.size === 0) ignoreInGit(join(folder, '.promptnb'));
        made.add(place.folder);
      }
      const temporary = `${place.file}.${process.pid}.${(number += 1)}.tmp`;
      try {
        writeFileSync(temporary, text);
        renameSync(temporary, place.file);
      } catch (error) {
        try {
          unlinkSync(temporary);
        } catch {
          // It was not made.
        }
        throw error;
      }
    },
  };
}
