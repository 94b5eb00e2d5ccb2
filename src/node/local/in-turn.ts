/** Resolves when it is one's turn; call the result to let the next one in. Rejects with the signal's reason while waiting. */
export type Turn = (signal: AbortSignal) => Promise<() => void>;

/** One at a time, in the order of asking. */
export function inTurn(): Turn {
  const waiting: (() => void)[] = [];
  let taken = false;
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) taken = false;
    else next();
  };
  const once = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      leave();
    };
  };
  return (signal) => {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (!taken) {
      taken = true;
      return Promise.resolve(once());
    }
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', abort);
        resolve(once());
      };
      const abort = (): void => {
        waiting.splice(waiting.indexOf(go), 1);
        reject(signal.reason as Error);
      };
      waiting.push(go);
      signal.addEventListener('abort', abort, { once: true });
    });
  };
}
