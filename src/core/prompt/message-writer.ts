import type { MediaSegment, Message, Role, Segment, Source, TextSegment } from './message.ts';
import { isText } from './message.ts';
import type { Span } from '../problem.ts';

/** Where a piece of text came from, and where its tag or text stands. */
export interface Origin {
  readonly source: Source;
  readonly taint: readonly Source[];
  readonly span: Span;
}

/**
 * Collects segments into messages. A role tag begins a message; one that holds nothing but white space is dropped, as are runs of
 * white space between media and sections.
 */
export class MessageWriter {
  readonly #messages: Message[] = [];
  readonly #trim: boolean;
  readonly #indents: { readonly indent: string; pending: boolean }[] = [];
  #role: Role = 'user';
  #content: Segment[] = [];
  /** UTF-16 units of text and media so far. */
  length = 0;
  segments = 0;

  constructor(trim: boolean) {
    this.#trim = trim;
  }

  text(text: string, origin: Origin): void {
    if (text === '') return;
    const written = this.#indents.length === 0 ? text : this.#indented(text);
    this.#push({ text: written, ...origin }, written.length);
  }

  media(media: MediaSegment['media'], origin: Origin): void {
    const indent = this.#pendingIndent();
    if (indent !== '') this.#push({ text: indent, ...origin }, indent.length);
    this.#push({ media, ...origin }, media.url.length);
  }

  section(name: string, origin: Origin): void {
    this.#push({ text: '', section: name, ...origin }, 0);
  }

  role(role: Role, origin: Origin): void {
    // The white space before a partial stands before its first tag too, and so in the message that ends here.
    const indent = this.#pendingIndent();
    if (indent !== '') this.#push({ text: indent, ...origin }, indent.length);
    this.#endMessage();
    this.#role = role;
  }

  /** Sets `indent` before every line until {@link outdent}, as Handlebars does for a partial alone on its line. */
  indent(indent: string): void {
    this.#indents.push({ indent, pending: true });
  }

  outdent(): void {
    this.#indents.pop();
  }

  finish(): readonly Message[] {
    this.#endMessage();
    return this.#messages;
  }

  #push(segment: Segment, length: number): void {
    this.#content.push(segment);
    this.length += length;
    this.segments++;
  }

  #pendingIndent(): string {
    let indent = '';
    for (const one of this.#indents) {
      if (one.pending) indent += one.indent;
      one.pending = false;
    }
    return indent;
  }

  #indented(text: string): string {
    const start = this.#pendingIndent();
    const each = this.#indents.map((one) => one.indent).join('');
    const ends = text.endsWith('\n');
    const inner = ends ? text.slice(0, -1) : text;
    if (ends) for (const one of this.#indents) one.pending = true;
    return start + inner.replaceAll('\n', `\n${each}`) + (ends ? '\n' : '');
  }

  #endMessage(): void {
    const content = withoutBlankRuns(this.#content);
    this.#content = [];
    const kept = this.#trim ? trimmed(content) : content;
    if (kept.some((segment) => !isText(segment) || segment.text !== '')) this.#messages.push({ role: this.#role, content: kept });
  }
}

/** Leaves out runs of text between media, sections and the ends that are white space only, as dotprompt does. */
function withoutBlankRuns(content: readonly Segment[]): Segment[] {
  const kept: Segment[] = [];
  let run: TextSegment[] = [];
  const endRun = (): void => {
    if (run.some((segment) => segment.text.trim() !== '')) for (const segment of run) kept.push(segment);
    run = [];
  };
  for (const segment of content) {
    if (isText(segment) && segment.section === undefined) run.push(segment);
    else {
      endRun();
      kept.push(segment);
    }
  }
  if (kept.length === 0 && run.some((segment) => segment.text.trim() !== '')) return run;
  endRun();
  return kept;
}

/** Without white space at both ends of the message; a mark of a section stays where it is. */
function trimmed(content: readonly Segment[]): Segment[] {
  const segments = [...content];
  for (let index = 0; index < segments.length; index++) {
    const segment = segments[index]!;
    if (!isText(segment)) break;
    if (segment.section !== undefined) continue;
    const text = segment.text.trimStart();
    segments[index] = cut(segment, text, segment.text.length - text.length, 0);
    if (text !== '') break;
  }
  for (let index = segments.length - 1; index >= 0; index--) {
    const segment = segments[index]!;
    if (!isText(segment)) break;
    if (segment.section !== undefined) continue;
    const text = segment.text.trimEnd();
    segments[index] = cut(segment, text, 0, segment.text.length - text.length);
    if (text !== '') break;
  }
  return segments.filter((segment) => !isText(segment) || segment.text !== '' || segment.section !== undefined);
}

/** A literal's span shrinks with it, where text and span correspond. */
function cut(segment: TextSegment, text: string, before: number, after: number): TextSegment {
  if (before === 0 && after === 0) return segment;
  const { span } = segment;
  const exact = span !== undefined && segment.source.kind === 'literal' && span.end - span.start === segment.text.length;
  return { ...segment, text, ...(exact && { span: { start: span.start + before, end: span.end - after } }) };
}
