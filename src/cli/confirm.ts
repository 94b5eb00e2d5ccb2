import { createInterface } from 'node:readline/promises';
import { safeForTerminal } from '../core/safety/terminal.ts';
import type { Terminal } from './terminal.ts';

/** Asks a person; where none sits at a terminal the answer is no. Ends with no when the signal aborts. */
export async function confirmOnTerminal(question: string, { errIsTerminal }: Pick<Terminal, 'errIsTerminal'>, signal: AbortSignal): Promise<boolean> {
  if (!errIsTerminal || process.stdin.isTTY !== true || signal.aborted) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // While a question stands, Ctrl-C is a key like others: it means here what it means elsewhere.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([lines.question(`${safeForTerminal(question)} [y/N] `, { signal }), closed]);
    return /^\s*y(?:es)?\s*$/i.test(answer);
  } catch {
    // Interrupted: the cursor stands behind the question.
    process.stderr.write('\n');
    return false;
  } finally {
    lines.close();
  }
}
