/**
 * A timer that is cheap to put off: {@link Deadline.extend} only notes the time, and the timer that is running finds out when it
 * fires. Times are from a clock that does not jump (`performance.now`).
 */
export interface Deadline {
  /** From now on, `ms` from now; what happens then is `expire`. */
  set(ms: number, expire: () => void): void;
  /** The same limit, counted from now. */
  extend(): void;
  stop(): void;
}

/** The longest that `setTimeout` can wait; longer limits are none. */
const longestTimer = 2_147_483_647;

export function newDeadline(): Deadline {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let limit = 0;
  let due = 0;
  let act: () => void = () => {};
  const check = (): void => {
    const left = due - performance.now();
    if (left <= 0) act();
    else timer = setTimeout(check, Math.min(Math.ceil(left), longestTimer));
  };
  return {
    set(ms, expire) {
      clearTimeout(timer);
      limit = ms;
      due = performance.now() + ms;
      act = expire;
      timer = setTimeout(check, Math.min(ms, longestTimer));
    },
    extend() {
      due = performance.now() + limit;
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
