import type { JsonObject } from '../json.ts';
import { messagesKey, neededSettings, settingsOf, type RecordedCompletion } from './recorded.ts';

/** One answer of a recorded request. */
export interface RecordedAnswer {
  readonly completion: RecordedCompletion;
  /** Which of its choices. */
  readonly choice: number;
}

/** Recorded answers, each handed out once. */
export interface AnswerBook {
  /** The next answer to this request, in the file's order; undefined when none is left. */
  take(asked: JsonObject): RecordedAnswer | undefined;
  /** The records that answer this request, handed out or not, in the file's order. */
  records(asked: JsonObject): readonly RecordedCompletion[];
}

/**
 * Answers by what was asked: the messages, and the sampling settings that a record gives. A look-up takes the same time however many
 * records ask the same with other settings (a seed each, say).
 */
export function newAnswerBook(completions: readonly RecordedCompletion[]): AnswerBook {
  const byMessages = new Map<string, Map<string, Shelf>>();
  for (const completion of completions) {
    const key = messagesKey(completion.request);
    const settings = neededSettings(completion);
    const names = [...settings.keys()];
    const shelves = entry(byMessages, key, () => new Map<string, Shelf>());
    const shelf = entry(shelves, names.join(' '), () => ({ names, queues: new Map<string, Queue>() }));
    entry(shelf.queues, valuesOf(names, settings), () => ({ completions: [], at: 0, choice: 0 })).completions.push(completion);
  }
  const queuesFor = (asked: JsonObject): readonly Queue[] => {
    const settings = settingsOf(asked);
    const shelves = [...(byMessages.get(messagesKey(asked))?.values() ?? [])];
    return shelves.map(({ names, queues }) => queues.get(valuesOf(names, settings))).filter((queue) => queue !== undefined);
  };
  return {
    take(asked) {
      const [first] = queuesFor(asked).filter((queue) => queue.at < queue.completions.length).sort((a, b) => next(a).line - next(b).line);
      if (first === undefined) return undefined;
      const answer = { completion: next(first), choice: first.choice };
      first.choice += 1;
      if (first.choice === answer.completion.choices.length) {
        first.at += 1;
        first.choice = 0;
      }
      return answer;
    },
    records: (asked) => queuesFor(asked).flatMap((queue) => queue.completions).sort((a, b) => a.line - b.line),
  };
}

/** Records that give the same settings, by their values. */
interface Shelf {
  readonly names: readonly string[];
  readonly queues: Map<string, Queue>;
}

/** Records that ask the same, and how far they are used up. */
interface Queue {
  readonly completions: RecordedCompletion[];
  at: number;
  choice: number;
}

function next(queue: Queue): RecordedCompletion {
  return queue.completions[queue.at]!;
}

function valuesOf(names: readonly string[], settings: ReadonlyMap<string, string>): string {
  return JSON.stringify(names.map((name) => settings.get(name) ?? null));
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
