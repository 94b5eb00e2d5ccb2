import { redactor } from '../core/safety/redact.ts';
import type { Host } from '../core/engine/host.ts';

/** Where secrets come from, and a memory of those that were handed out, so that they are taken out of whatever is written. */
export interface Secrets {
  readonly secret: Host['secret'];
  /** The text without the secrets that were handed out. */
  redact(text: string): string;
}

export function trackedSecrets(read: Host['secret']): Secrets {
  const known = new Set<string>();
  let redact = redactor([]);
  return {
    async secret(name, endpoint) {
      const value = await read(name, endpoint);
      // Addresses and names of accounts are no secrets.
      if (value !== undefined && value !== '' && !/_(?:URL|ID)$/i.test(name ?? '') && !known.has(value)) {
        known.add(value);
        redact = redactor([...known]);
      }
      return value === '' ? undefined : value;
    },
    redact: (text) => redact.text(text),
  };
}

/** Secrets in the variables of an environment. */
export function environmentSecrets(environment: Readonly<Record<string, string | undefined>>): Secrets {
  return trackedSecrets(async (name) => (name === null ? undefined : environment[name]));
}
