import { parentPort } from 'node:worker_threads';

/** What is asked of the worker, and what it answers. A pattern that does not compile is answered, not thrown. */
export interface RegexRequest {
  readonly pattern: string;
  readonly flags: string;
  readonly text: string;
}

export type RegexReply = 'ready' | { readonly matches: boolean } | { readonly invalid: string };

// One request at a time: whoever asks ends this thread when it takes too long.
parentPort!.on('message', ({ pattern, flags, text }: RegexRequest) => parentPort!.postMessage(answer({ pattern, flags, text })));
parentPort!.postMessage('ready' satisfies RegexReply);

function answer({ pattern, flags, text }: RegexRequest): RegexReply {
  let regex: RegExp;
  try {
    regex = new RegExp(pattern, flags);
  } catch (error) {
    return { invalid: error instanceof Error ? error.message : String(error) };
  }
  return { matches: regex.test(text) };
}
