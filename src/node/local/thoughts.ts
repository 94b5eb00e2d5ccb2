/** A piece of an answer, told apart. */
export interface Piece {
  readonly kind: 'thought' | 'text';
  readonly text: string;
}

/** Tells a model's thoughts, which its answer begins with, from what it says. */
export interface ThoughtFilter {
  push(text: string): readonly Piece[];
  /** What was held back, at the end. */
  rest(): readonly Piece[];
}

const opening = '<think>';
const closing = '</think>';

/** `begun`: the prompt has opened the thoughts already. White space around thoughts belongs to nobody. */
export function createThoughtFilter({ begun }: { readonly begun: boolean }): ThoughtFilter {
  let state: 'start' | 'thinking' | 'after' | 'answer' = begun ? 'thinking' : 'start';
  let held = '';

  const step = (): Piece | undefined => {
    switch (state) {
      case 'start': {
        const text = held.trimStart();
        if (text.length < opening.length && opening.startsWith(text)) return undefined;
        if (!text.startsWith(opening)) return all('answer');
        state = 'thinking';
        held = text.slice(opening.length);
        return { kind: 'thought', text: '' };
      }
      case 'thinking': {
        const end = held.indexOf(closing);
        const shown = end >= 0 ? end : held.length - beginningAtEnd(held);
        const piece: Piece = { kind: 'thought', text: held.slice(0, shown) };
        held = held.slice(end >= 0 ? end + closing.length : shown);
        if (end >= 0) state = 'after';
        else if (shown === 0) return undefined;
        return piece;
      }
      case 'after':
        held = held.trimStart();
        return held === '' ? undefined : all('answer');
      case 'answer':
        return held === '' ? undefined : all('answer');
    }
  };
  const all = (next: 'answer'): Piece => {
    state = next;
    const piece: Piece = { kind: 'text', text: held };
    held = '';
    return piece;
  };

  return {
    push(text) {
      held += text;
      const pieces: Piece[] = [];
      for (let piece = step(); piece !== undefined; piece = step()) if (piece.text !== '') pieces.push(piece);
      return pieces;
    },
    rest() {
      const piece: Piece = { kind: state === 'thinking' ? 'thought' : 'text', text: held };
      held = '';
      return piece.text === '' || state === 'after' ? [] : [piece];
    },
  };
}

/** For models that do not think aloud. */
export const withoutThoughts: ThoughtFilter = { push: (text) => (text === '' ? [] : [{ kind: 'text', text }]), rest: () => [] };

/** How many characters at the end may be the beginning of the closing mark. */
function beginningAtEnd(text: string): number {
  for (let length = Math.min(closing.length - 1, text.length); length > 0; length--) if (closing.startsWith(text.slice(-length))) return length;
  return 0;
}

/** Whether a chat template is one of a model that thinks before it speaks. */
export function knowsThoughts(template: string | null): boolean {
  return template !== null && (template.includes(opening) || template.includes(closing));
}

/** Whether a prompt ends with thoughts that have been opened. */
export function opensThoughts(prompt: string): boolean {
  return prompt.trimEnd().endsWith(opening);
}
