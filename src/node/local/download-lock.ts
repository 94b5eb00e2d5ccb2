import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { DownloadError } from './download-error.ts';

/**
 * Makes sure that one process at a time downloads a file: a lock file with the process id, which counts for nothing once that process
 * is gone. Resolves to what takes the lock away.
 *
 * @throws DownloadError `busy`
 */
export async function holdLock(path: string): Promise<() => Promise<void>> {
  const busy = (who: string): DownloadError => new DownloadError('busy', `${who} is downloading this file right now.`, { hint: 'Wait until it is done.' });
  const mine = `${path}.${process.pid}.${randomUUID()}`;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      // Linked, not opened: the lock must never be seen without its process id.
      await writeFile(mine, String(process.pid));
      await link(mine, path);
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw new DownloadError('disk', `The file ${path} cannot be written: ${(error as Error).message}.`, { hint: 'Set PROMPTNB_CACHE to a folder that can be written.', cause: error });
      const pid = Number(await readFile(path, 'utf8').catch(() => ''));
      if (isAlive(pid)) throw busy(pid === process.pid ? 'This program' : `Another process (${pid})`);
      await rm(path, { force: true });
    } finally {
      await rm(mine, { force: true });
    }
  }
  throw busy('Another process');
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
