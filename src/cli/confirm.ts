import { createInterface } from 'node:readline/promises';
import { safeForTerminal } from '../core/safety/terminal.ts';
import type { Terminal } from './terminal.ts';

/** Asks a person; where none sits at a terminal the answer is no. */
export async function confirmOnTerminal(question: string, { errIsTerminal }: Pick<Terminal, 'errIsTerminal'>): Promise<boolean> {
  if (!errIsTerminal || process.stdin.isTTY !== true) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${safeForTerminal(question)} [y/N] `);
    return /^\s*y(?:es)?\s*$/i.test(answer);
  } catch {
    // Ctrl-C or Ctrl-D at the question.
    return false;
  } finally {
    lines.close();
  }
}
