/** At most so many at once, first come first served. */
export function createSlots(count: number): { enter(): Promise<() => void> } {
  let free = Math.max(1, count);
  const waiting: (() => void)[] = [];
  let next = 0;
  const leave = (): void => {
    const wake = waiting[next];
    if (wake === undefined) {
      free += 1;
      return;
    }
    next += 1;
    // Ten thousand may wait: the list is cut now and then, not at each step.
    if (next > 1000) {
      waiting.splice(0, next);
      next = 0;
    }
    wake();
  };
  return {
    enter() {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(leave);
      }
      return new Promise((resolve) => waiting.push(() => resolve(leave)));
    },
  };
}
