/** Characters of structure, each of which takes a parser about 10 µs and a kilobyte. Text takes next to nothing. */
const maxMarks = 500_000;
const maxLines = 2_000_000;

/** What a YAML parser must not be given, since it takes too much time and memory; null where there is nothing of the kind. Linear. */
export function measureYaml(text: string): { readonly code: string; readonly message: string } | null {
  let marks = 0;
  let lines = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10) lines++;
    else if (code === 45 || code === 63 || code === 58) marks += isSpace(text.charCodeAt(at + 1)) ? 1 : 0;
    else if (code === 35) marks += isSpace(text.charCodeAt(at - 1)) ? 1 : 0;
    else if (isMark(code)) marks++;
  }
  if (marks > maxMarks) return tooLarge(maxMarks, 'marks of structure');
  return lines > maxLines ? tooLarge(maxLines, 'lines') : null;
}

function tooLarge(most: number, of: string): { readonly code: string; readonly message: string } {
  return { code: 'too-large', message: `This YAML has more than ${most.toLocaleString('en-US')} ${of}: large data is better kept as JSON.` };
}

/** `[ ] { } , & * ! " ' %` */
function isMark(code: number): boolean {
  return code === 91 || code === 93 || code === 123 || code === 125 || code === 44 || code === 38 || code === 42 || code === 33 || code === 34 || code === 39 || code === 37;
}

/** Space, tab, LF, CR, or an end of the text. */
function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 9 || code === 13 || Number.isNaN(code);
}
