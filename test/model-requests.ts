import type { Host } from '../src/core/engine/host.ts';
import type { Message } from '../src/core/prompt/message.ts';
import type { ModelRequest, SamplingConfig } from '../src/core/models/model.ts';

/** A host that knows secrets and files given here, and the real `fetch`. */
export function plainHost({ secrets = {}, files = {}, now = () => 0, fetch = globalThis.fetch }: { readonly secrets?: Readonly<Record<string, string>>; readonly files?: Readonly<Record<string, string>>; readonly now?: () => number; readonly fetch?: typeof globalThis.fetch } = {}): Host {
  return {
    now,
    random: () => 0.5,
    hash: (text) => String(text.length),
    fetch,
    sleep: async () => {},
    secret: async (name) => secrets[name ?? ''],
    async readFile(path) {
      const text = files[path];
      if (text === undefined) throw new Error(`${path} is not there.`);
      return new TextEncoder().encode(text);
    },
    matches: async () => false,
    confirm: async () => true,
  };
}

export function message(role: Message['role'], text: string): Message {
  return { role, content: [{ text, source: { kind: 'literal' }, taint: [] }] };
}

export function userRequest(text: string, config: SamplingConfig = {}): ModelRequest {
  return { messages: [message('user', text)], config };
}
