/**
 * The picture of the last failure, while it is taken: whoever puts things away after a test waits for it. What runs the tests and the tests
 * themselves are two bundles, so it stands where both see it.
 */
export const failure: { picture?: Promise<void> } = ((globalThis as { promptnbFailure?: { picture?: Promise<void> } }).promptnbFailure ??= {});
