/** How the command line ends (docs/cli.md, "Exit status"). */
export const exitStatus = { done: 0, failed: 1, wrongUse: 2, interrupted: 130 } as const;

/** Wrong use, or something that keeps a command from beginning: told in one line, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null) {
    super(message);
    this.hint = hint;
  }
}
