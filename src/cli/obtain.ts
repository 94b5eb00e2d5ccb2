import { cacheFolder } from '../node/cache-folder.ts';
import { confirmOnTerminal } from './confirm.ts';
import { obtainWeights } from '../node/local/obtain.ts';
import { ModelError } from '../core/models/model.ts';
import { DownloadError } from '../node/local/download-error.ts';
import type { LocalName } from '../node/local/names.ts';
import type { Terminal } from './terminal.ts';

export interface ConsentOptions {
  readonly terminal: Terminal;
  /** Consent given on the command line. */
  readonly yes: boolean;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/** Gets the weights of a local model: asked for on a terminal, or with `--yes`; never silently. */
export function obtainWithConsent({ terminal, yes, quiet, signal }: ConsentOptions): (name: LocalName) => Promise<string | null> {
  return async (name) => {
    const { err } = terminal;
    let shown = 0;
    try {
      return await obtainWeights(name, {
        cache: cacheFolder(), signal,
        ...(process.env.HF_ENDPOINT !== undefined && { endpoint: process.env.HF_ENDPOINT }),
        ...(process.env.HF_TOKEN !== undefined && { token: process.env.HF_TOKEN }),
        confirm: async ({ title, file, from, size, license, to }) => {
          const what = `${title} (${file}) from ${from}: ${size === null ? 'size unknown' : `${Math.round(size / 1e6)} MB`}, ${license ?? 'licence unknown'}, kept in ${to}`;
          if (yes) {
            if (!quiet) err(`Downloading ${what}\n`);
            return true;
          }
          return confirmOnTerminal(`Download ${what}?`, terminal, signal);
        },
        onProgress: ({ received, total }) => {
          if (quiet || Date.now() - shown < (terminal.errIsTerminal ? 200 : 5000)) return;
          shown = Date.now();
          const text = `${Math.round(received / 1e6)} of ${total === null ? '?' : Math.round(total / 1e6)} MB`;
          err(terminal.errIsTerminal ? `\r\x1b[2K${text}` : `${text}\n`);
        },
      });
    } catch (error) {
      if (signal.aborted) throw new ModelError('model-missing', 'The download was cancelled. What has come is kept.', { hint: 'Run it again to go on with it.', sent: false, cause: error });
      if (error instanceof DownloadError) throw new ModelError('unavailable', error.message, { hint: error.hint, sent: false, cause: error });
      throw error;
    } finally {
      if (terminal.errIsTerminal && shown > 0) err('\r\x1b[2K');
    }
  };
}
