/** Replaces every appearance of `key` in `text`, and whatever else looks like a provider's key. Keys of fewer than 4 letters are no keys. */
export function maskKey(text: string, key: string | undefined): string {
  const masked = key !== undefined && key.length >= 4 ? text.replaceAll(key, '[key]') : text;
  return masked.replace(/\b(?:sk|gsk|xai|key)-[A-Za-z0-9_*.-]{6,}/g, '[key]');
}
