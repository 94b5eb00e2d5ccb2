/** Holds text back while it may be the beginning of a stop sequence. */
export interface StopFilter {
  /** What may be shown now, and whether a stop sequence was met (then nothing after it counts). */
  push(text: string): { readonly text: string; readonly stopped: boolean };
  /** What was held back and is no stop sequence, at the end. */
  rest(): string;
}

/** The answer ends before the first place where one of these texts stands; empty texts are no stop sequences. */
export function createStopFilter(sequences: readonly string[]): StopFilter {
  const stops = sequences.filter((stop) => stop !== '');
  const longest = stops.reduce((length, stop) => Math.max(length, stop.length), 0);
  let held = '';
  return {
    push(text) {
      if (stops.length === 0) return { text, stopped: false };
      held += text;
      let end = -1;
      for (const stop of stops) {
        const at = held.indexOf(stop);
        if (at >= 0 && (end < 0 || at < end)) end = at;
      }
      if (end >= 0) {
        const shown = held.slice(0, end);
        held = '';
        return { text: shown, stopped: true };
      }
      const safe = held.length - heldLength(held, stops, longest);
      const shown = held.slice(0, safe);
      held = held.slice(safe);
      return { text: shown, stopped: false };
    },
    rest() {
      const text = held;
      held = '';
      return text;
    },
  };
}

/** How many characters at the end are the beginning of a stop sequence. */
function heldLength(text: string, stops: readonly string[], longest: number): number {
  for (let length = Math.min(longest - 1, text.length); length > 0; length--) {
    const end = text.slice(text.length - length);
    if (stops.some((stop) => stop.startsWith(end))) return length;
  }
  return 0;
}
