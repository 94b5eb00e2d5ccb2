/** How deep JSON may be nested. Much that reads JSON walks it by recursion, so deeper text is refused before it is parsed. */
export const maxJsonDepth = 500;

/** How deep brackets and braces are nested in a JSON text, those in strings not counted. Linear; the text need not be JSON. */
export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 92) at++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 91 || code === 123) deepest = Math.max(deepest, ++depth);
    else if (code === 93 || code === 125) depth--;
  }
  return deepest;
}
