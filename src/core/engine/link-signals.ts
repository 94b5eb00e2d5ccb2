/**
 * A signal of its own that aborts with the first of several. `unlink` takes its listeners away: `AbortSignal.any` keeps them as long as
 * the sources live, and one source lives through ten thousand runs. So do those that clients add and never take away: they go with this
 * signal.
 */
export function linkSignals(sources: readonly (AbortSignal | null)[]): { readonly signal: AbortSignal; unlink(): void } {
  const signals = sources.filter((source) => source !== null);
  const controller = new AbortController();
  const listeners = signals.map((signal) => {
    const abort = (): void => controller.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    return { signal, abort };
  });
  return {
    signal: controller.signal,
    unlink() {
      for (const { signal, abort } of listeners) signal.removeEventListener('abort', abort);
    },
  };
}
