/** Whether a text can be the address of an image or sound: http(s), or a data URL. */
export function isMediaUrl(url: string): boolean {
  return /^(?:https?:\/\/[^\s]+|data:[a-z]+\/[^,\s]*,)/i.test(url.length > 4096 ? url.slice(0, 4096) : url);
}

/** What is wrong with one that can not. */
export const noMediaUrl = 'This is no address of an image or sound: `media` takes an http(s) or data URL, or a cell with `file=`.';
