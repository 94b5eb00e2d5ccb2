import { redactor, type RedactorStream } from '../core/safety/redact.ts';
import type { Host } from '../core/engine/host.ts';

/** Where secrets come from, and a memory of those that are known, so that they are taken out of whatever is written. */
export interface Secrets {
  readonly secret: Host['secret'];
  /** The text without the secrets that were handed out or {@link know | made known}. */
  redact(text: string): string;
  /** Takes these out of texts, too, before anybody has asked for them: people put keys into prompts. */
  know(secrets: Iterable<string>): void;
  /** The same for text that comes piece by piece, of the secrets that are known when it begins. */
  stream(): RedactorStream;
}

export function trackedSecrets(read: Host['secret']): Secrets {
  const known = new Set<string>();
  let redact = redactor([]);
  const know = (secrets: Iterable<string>): void => {
    const fresh = [...secrets].filter((value) => value !== '' && !known.has(value));
    for (const value of fresh) known.add(value);
    if (fresh.length > 0) redact = redactor([...known]);
  };
  return {
    async secret(name, endpoint) {
      const value = await read(name, endpoint);
      // Addresses and names of accounts are no secrets.
      if (value !== undefined && !/_(?:URL|ID)$/i.test(name ?? '')) know([value]);
      return value === '' ? undefined : value;
    },
    redact: (text) => redact.text(text),
    know,
    stream: () => redact.stream(),
  };
}

/** Values of fewer letters in variables with such names are settings rather than keys. */
const shortestSecret = 16;

function isSecretName(name: string): boolean {
  return /(?:^|_)(?:API_?KEY|ACCESS_?KEY|TOKEN|SECRET|PASSWORD)$/i.test(name);
}

/** Secrets in the variables of an environment. Those that are keys by their names are known from the start. */
export function environmentSecrets(environment: Readonly<Record<string, string | undefined>>): Secrets {
  const secrets = trackedSecrets(async (name) => (name !== null && Object.hasOwn(environment, name) ? environment[name] : undefined));
  secrets.know(Object.entries(environment).flatMap(([name, value]) => (isSecretName(name) && value !== undefined && value.length >= shortestSecret ? [value] : [])));
  return secrets;
}
