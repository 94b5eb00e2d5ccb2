/** Waits until something holds, and gives what it gave. Fails with `what` after the time: no test waits longer than it must. */
export async function until<T>(what: string, look: () => T | Promise<T>, ms = 20_000): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found as NonNullable<Exclude<T, false>>;
    if (Date.now() > end) throw new Error(`Within ${ms} ms it did not come to this: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
