import { canonicalJson, type JsonObject } from '../json.ts';
import { messagesKey, neededSettings, normalMessages, settingsOf, type NormalMessage, type RecordedCompletion } from './recorded.ts';
import { oneLine } from './openai/errors.ts';

/** Finds the recorded request most like the one that was asked, and where the two differ, in words that continue "which differs …". */
export type NearestFinder = (asked: JsonObject) => { readonly line: number; readonly where: string } | undefined;

/** Reads the records once, so that many misses in a large file stay bearable. */
export function nearestFinder(completions: readonly RecordedCompletion[]): NearestFinder {
  const all = completions.map((completion) => ({ line: completion.line, settings: neededSettings(completion), key: messagesKey(completion.request), messages: normalMessages(completion.request) }));
  return (asked) => {
    const messages = normalMessages(asked);
    const settings = settingsOf(asked);
    const key = messagesKey(asked);
    let best: { readonly recorded: (typeof all)[number]; readonly likeness: number } | undefined;
    for (const recorded of all) {
      const likeness = recorded.key === key ? Number.MAX_SAFE_INTEGER - differingSettings(settings, recorded.settings).length : alike(messages, recorded.messages);
      if (best === undefined || likeness > best.likeness) best = { recorded, likeness };
    }
    if (best === undefined) return undefined;
    const { recorded } = best;
    return { line: recorded.line, where: recorded.key === key ? inSettings(settings, recorded.settings) : inMessages(messages, recorded.messages) };
  };
}

/** Characters that two requests have in common, from the start and the end of each message; a message more or less, or from someone else, counts against it. */
function alike(asked: readonly NormalMessage[], recorded: readonly NormalMessage[]): number {
  let common = -5 * Math.abs(asked.length - recorded.length);
  for (let index = 0; index < Math.min(asked.length, recorded.length); index++) {
    const [a, b] = [asked[index]!, recorded[index]!];
    if (a.role !== b.role) {
      common -= 10;
      continue;
    }
    const start = commonStart(a.text, b.text);
    common += 10 + start - Math.max(a.text.length, b.text.length) / 1000;
    if (start < Math.min(a.text.length, b.text.length)) common += commonEnd(a.text.slice(start), b.text.slice(start));
    else if (a.text.length === b.text.length) common += 20;
  }
  return common;
}

type Settings = ReadonlyMap<string, string>;

function differingSettings(asked: Settings, recorded: Settings): readonly string[] {
  return [...recorded].filter(([name, value]) => asked.get(name) !== value).map(([name]) => name);
}

function inSettings(asked: Settings, recorded: Settings): string {
  return differingSettings(asked, recorded).map((name) => `in \`${name}\` (recorded ${recorded.get(name)!}, asked ${asked.get(name) ?? 'nothing'})`).join(' and ');
}

function inMessages(asked: readonly NormalMessage[], recorded: readonly NormalMessage[]): string {
  for (let index = 0; index < Math.min(asked.length, recorded.length); index++) {
    const [a, b] = [asked[index]!, recorded[index]!];
    const message = `message ${index + 1}`;
    if (a.role !== b.role) return `in the role of ${message} (recorded ${b.role}, asked ${a.role})`;
    if (a.text !== b.text) {
      const at = commonStart(a.text, b.text);
      return `in ${message} (${a.role}) at character ${at + 1}: recorded ${excerpt(b.text, at)}, asked ${excerpt(a.text, at)}`;
    }
    if (canonicalJson(a.calls) !== canonicalJson(b.calls)) return `in the tool calls of ${message}`;
    if (a.rest !== b.rest) return `in the media of ${message}`;
  }
  return `in the number of messages (recorded ${recorded.length}, asked ${asked.length})`;
}

/** A few characters around a place, quoted, on one line. */
function excerpt(text: string, at: number): string {
  const from = Math.max(0, at - 15);
  const piece = text.slice(from, at + 25);
  return `"${from > 0 ? '…' : ''}${oneLine(piece, 40)}${at + 25 < text.length ? '…' : ''}"`;
}

function commonStart(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at;
}

function commonEnd(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at < most && a.charCodeAt(a.length - 1 - at) === b.charCodeAt(b.length - 1 - at)) at += 1;
  return at;
}
