import { openai } from './openai.ts';
import type { Provider } from './model.ts';
import { replay } from './replay.ts';

/** The providers that need nothing but the host. `local` (a child process) and `lm` (the editor) are added where those are. */
export const providers: readonly Provider[] = [openai, replay];
