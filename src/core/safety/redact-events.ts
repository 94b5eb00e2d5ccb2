import type { Redactor, RedactorStream } from './redact.ts';
import type { RunEvent } from '../trace/event.ts';

type Delta = Extract<RunEvent, { readonly type: 'text-delta' | 'reasoning-delta' | 'refusal-delta' | 'tool-call-delta' }>;

/**
 * Takes secrets out of a run's events while they come, also those that the pieces of an answer cut in two. What may be the beginning of
 * one is held back until more of its answer has come, or the answer is over.
 */
export interface EventRedactor {
  take(event: RunEvent): readonly RunEvent[];
  /** What was held back, when no more events come. */
  rest(): readonly RunEvent[];
}

/** Only the pieces of answers are looked at: secrets that stand whole in an event are for whoever writes it. */
export function eventRedactor(redactor: Pick<Redactor, 'stream'>): EventRedactor {
  const open = new Map<string, { readonly last: Delta; readonly stream: RedactorStream }>();

  const delta = (event: Delta): readonly RunEvent[] => {
    const key = `${event.step} ${event.type} ${event.type === 'tool-call-delta' ? event.index : ''}`;
    const stream = open.get(key)?.stream ?? redactor.stream();
    open.set(key, { last: event, stream });
    // Also where everything is held back: that something came, and when, is told.
    return [withText(event, stream.push(textOf(event)))];
  };

  const rest = (step: number | null): readonly RunEvent[] => {
    const held: RunEvent[] = [];
    for (const [key, { last, stream }] of open) {
      if (step !== null && last.step !== step) continue;
      open.delete(key);
      const text = stream.end();
      if (text !== '') held.push(withText(withoutHead(last), text));
    }
    return held;
  };

  return {
    take(event) {
      switch (event.type) {
        case 'text-delta':
        case 'reasoning-delta':
        case 'refusal-delta':
        case 'tool-call-delta':
          return delta(event);
        case 'request-start':
        case 'request-end':
        case 'model-call-end':
          return [...rest(event.step), event];
        case 'run-end':
          return [...rest(null), event];
        default:
          return [event];
      }
    },
    rest: () => rest(null),
  };
}

function textOf(event: Delta): string {
  return event.type === 'tool-call-delta' ? event.arguments : event.text;
}

function withText(event: Delta, text: string): Delta {
  return event.type === 'tool-call-delta' ? { ...event, arguments: text } : { ...event, text };
}

/** The id and the name of a call come with its first piece, and are told once. */
function withoutHead(event: Delta): Delta {
  return event.type === 'tool-call-delta' ? { type: event.type, at: event.at, step: event.step, index: event.index, arguments: '' } : event;
}
