import { exitStatus } from './exit.ts';

export interface Interrupt {
  /** Aborts at the first Ctrl-C, polite kill, or when the terminal is closed. */
  readonly signal: AbortSignal;
  /** Cancels as Ctrl-C does. */
  cancel(): void;
  stop(): void;
}

/** Ctrl-C and a polite kill cancel; a second one ends the process at once. `atOnce` is called before that. */
export function interruptible(atOnce: () => void): Interrupt {
  const controller = new AbortController();
  const cancel = (): void => controller.abort(new DOMException('The run was cancelled.', 'AbortError'));
  const onSignal = (): void => {
    if (controller.signal.aborted) {
      atOnce();
      process.exit(exitStatus.interrupted);
    }
    cancel();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    cancel,
    stop() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
