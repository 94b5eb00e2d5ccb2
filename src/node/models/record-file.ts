import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file that completions are recorded to. */
export interface RecordFile {
  /** Appends a line, after those of earlier calls. @throws the system's error, also for every later line. */
  append(line: string): Promise<void>;
  /** Lines that were written. */
  readonly lines: number;
  /** Everything is on disk. @throws the error that kept a line from being written. */
  close(): Promise<void>;
}

/**
 * Opens a file for recorded completions. The first line replaces what the file held, so that a replay gives this run's answers and
 * not an earlier one's; a run that records nothing leaves it as it is. `redact` takes keys out of each line.
 */
export function openRecordFile(path: string, { redact = (text: string) => text }: { readonly redact?: (text: string) => string } = {}): RecordFile {
  let file: Promise<FileHandle> | undefined;
  let last: Promise<void> = Promise.resolve();
  let lines = 0;
  const write = async (line: string): Promise<void> => {
    file ??= begin(path);
    await (await file).appendFile(`${redact(line)}\n`, 'utf8');
    lines += 1;
  };
  return {
    append(line) {
      last = last.then(() => write(line));
      // Whoever appends is told; the next one and close are told again.
      last.catch(() => {});
      return last;
    },
    get lines() {
      return lines;
    },
    async close() {
      try {
        await last;
      } finally {
        await (await file?.catch(() => undefined))?.close();
      }
    },
  };
}

async function begin(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  return open(path, 'w');
}
