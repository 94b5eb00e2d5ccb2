import { notAfterBraces, scanTag, type TagToken } from './tag-scanner.ts';
import type { ProblemList } from './problem-list.ts';

/** The pieces of a body, in order, without gaps; positions are offsets into the body. */
export type Token = TextToken | CommentToken | TagToken;

/** Literal text: `body.slice(start, end)`, after white-space control cut it. The backslash of an escape stands between two texts. */
export interface TextToken {
  readonly kind: 'text';
  start: number;
  end: number;
}

export interface CommentToken {
  readonly kind: 'comment';
  readonly start: number;
  readonly end: number;
  readonly stripBefore: boolean;
  readonly stripAfter: boolean;
}

/**
 * Cuts a body into text, comments and tags, in linear time, by the rules of Handlebars' lexer: `\{{` makes the braces literal up to
 * the next tag, `\\{{` is a backslash and a tag. White-space control and lone lines are applied to the texts.
 */
export function lex(body: string, list: ProblemList): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  let textStart = 0;
  const pushText = (end: number): void => {
    if (end > textStart) tokens.push({ kind: 'text', start: textStart, end });
  };
  for (;;) {
    const open = body.indexOf('{{', position);
    if (open < 0) break;
    const backslashes = open > textStart && body[open - 1] === '\\' ? (open - 1 > textStart && body[open - 2] === '\\' ? 2 : 1) : 0;
    if (backslashes === 1) {
      pushText(open - 1);
      textStart = open;
      position = open + 2;
      continue;
    }
    pushText(backslashes === 2 ? open - 1 : open);
    if (body.startsWith('{{{{', open)) {
      position = skipRawBlock(body, open, list);
      textStart = open;
      continue;
    }
    const mark = commentMark(body, open);
    const token = mark === null ? scanTag(body, open, list) : scanComment(body, { start: open, mark }, list);
    tokens.push(token);
    position = token.end;
    textStart = token.end;
  }
  pushText(body.length);
  controlWhiteSpace(body, tokens);
  return tokens;
}

/** Where the `!` of the comment that opens here stands; null when it is no comment. */
function commentMark(body: string, open: number): number | null {
  const mark = /\{\{~?\s*/y;
  mark.lastIndex = open;
  mark.test(body);
  return body[mark.lastIndex] === '!' ? mark.lastIndex : null;
}

/** `{{! … }}` ends at the first `}}`; `{{!-- … --}}` may hold tags, and `{{!--}}` is whole. One that does not end takes the rest of the body. */
function scanComment(body: string, { start, mark }: { readonly start: number; readonly mark: number }, list: ProblemList): CommentToken {
  const stripBefore = body[start + 2] === '~';
  const opened = start + (stripBefore ? 3 : 2);
  const inner = mark + 1;
  if (mark > opened) list.add('bad-tag', notAfterBraces('!'), { start: mark, end: inner, fix: { title: 'Remove the space', span: { start: opened, end: mark }, text: '' } });
  const long = body.startsWith('--', inner);
  const close = long ? /--~?\}\}/g : /\}\}/g;
  close.lastIndex = inner;
  const match = close.exec(body);
  if (match === null) {
    const ending = long ? '--}}' : '}}';
    list.add('unclosed-comment', `This comment does not end: close it with \`${ending}\`.`, {
      start, end: inner, fix: { title: `Add \`${ending}\``, span: { start: body.length, end: body.length }, text: ending },
    });
    return { kind: 'comment', start, end: body.length, stripBefore, stripAfter: false };
  }
  const end = match.index + match[0].length;
  return { kind: 'comment', start, end, stripBefore, stripAfter: body[end - 3] === '~' };
}

/** Handlebars' raw blocks are not part of the language: the braces stay text. */
function skipRawBlock(body: string, start: number, list: ProblemList): number {
  let end = start + 4;
  while (body[end] === '{') end++;
  list.add('not-in-language', 'Four braces begin a raw block in Handlebars, which the language does not have: write `\\{{` for literal braces.', {
    start, end, fix: { title: 'Make the braces literal', span: { start, end: start + 4 }, text: '\\{{\\{{' },
  });
  return end;
}

/**
 * `{{~` and `~}}` take all white space on their side. A block tag, a comment or a partial alone on its line takes the line: the white
 * space before it and after it, and the line end. The line is judged as written, before anything was taken, as in Handlebars.
 */
function controlWhiteSpace(body: string, tokens: readonly Token[]): void {
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    if (token.kind === 'text') continue;
    const before = tokens[index - 1];
    const after = tokens[index + 1];
    if (token.stripBefore && before?.kind === 'text') before.end = trimmedEnd(body, before);
    if (token.stripAfter && after?.kind === 'text') after.start = trimmedStart(body, after);
    if (token.kind === 'tag' && !token.ownsLine) continue;
    const lineStart = blankBefore(body, token.start);
    const lineEnd = blankAfter(body, token.end);
    if (lineStart === null || lineEnd === null) continue;
    if (token.kind === 'tag') {
      token.indent = indentOf(token, { body, lineStart, before, previous: tokens[index - 2] });
      token.lineEnd = body.slice(lineEnd.text, lineEnd.end) === '' || token.stripAfter ? '' : '\n';
    }
    if (before?.kind === 'text') before.end = Math.max(before.start, Math.min(before.end, lineStart));
    if (after?.kind === 'text') after.start = Math.min(after.end, Math.max(after.start, lineEnd.end));
  }
}

/**
 * The white space that a tag alone on its line takes before it. What an earlier `~}}` has taken is none; only that of an opening tag, which
 * Handlebars applies later, leaves it.
 */
function indentOf(token: TagToken, place: { readonly body: string; readonly lineStart: number; readonly before: Token | undefined; readonly previous: Token | undefined }): string {
  const { body, lineStart, before, previous } = place;
  if (token.stripBefore || before?.kind !== 'text') return '';
  const opens = previous?.kind === 'tag' && (previous.sigil === '#' || previous.sigil === 'else');
  return opens ? body.slice(lineStart, token.start) : body.slice(Math.max(lineStart, before.start), before.end);
}

function trimmedEnd(body: string, { start, end }: TextToken): number {
  return start + body.slice(start, end).trimEnd().length;
}

function trimmedStart(body: string, { start, end }: TextToken): number {
  return end - body.slice(start, end).trimStart().length;
}

/** Where the line begins, when only blanks stand between there and `position`. */
function blankBefore(body: string, position: number): number | null {
  let start = position;
  while (start > 0 && isBlank(body[start - 1]!)) start--;
  return start === 0 || isLineEnd(body[start - 1]!) ? start : null;
}

/** Where the line's text and its line end end, when only blanks stand after `position`. */
function blankAfter(body: string, position: number): { readonly text: number; readonly end: number } | null {
  let text = position;
  while (text < body.length && isBlank(body[text]!)) text++;
  if (text === body.length) return { text, end: text };
  if (!isLineEnd(body[text]!)) return null;
  return { text, end: body.startsWith('\r\n', text) ? text + 2 : text + 1 };
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}

function isLineEnd(character: string): boolean {
  return character === '\n' || character === '\r';
}
