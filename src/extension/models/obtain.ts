import type { LocalName } from '../../node/local/names.ts';
import { ModelError } from '../../core/models/model.ts';
import * as vscode from 'vscode';

const download = 'Download';
const others = 'Other Models…';

/**
 * Gets the weights of a local model with consent: says what it is, how large, under which licence and from where, then shows how far it
 * is, and can be cancelled and gone on with later. null: the person said no. Whoever wants the same weights meanwhile waits for them.
 */
export function obtainInEditor({ cache }: { readonly cache: string }): (name: LocalName) => Promise<string | null> {
  const running = new Map<string, Promise<string | null>>();
  return (name) => {
    const key = JSON.stringify(name);
    let work = running.get(key);
    if (work === undefined) running.set(key, (work = obtain(name, cache).finally(() => running.delete(key))));
    return work;
  };
}

async function obtain(name: LocalName, cache: string): Promise<string | null> {
  const [{ obtainWeights }, { DownloadError }] = await Promise.all([import('../../node/local/obtain.ts'), import('../../node/local/download-error.ts')]);
  const abort = new AbortController();
  let bar: { readonly report: (received: number, total: number | null) => void; readonly close: () => void } | null = null;
  try {
    return await obtainWeights(name, {
      cache,
      signal: abort.signal,
      ...(process.env['HF_ENDPOINT'] !== undefined && { endpoint: process.env['HF_ENDPOINT'] }),
      confirm: async ({ title, from, size, license, to }) => {
        const amount = size === null ? 'its size is unknown' : `${megabytes(size)} MB`;
        const detail = `It is downloaded once (${amount}, ${license ?? 'licence not named'}) from ${from} to ${to}. After that it runs on this machine, without a key, and nothing is sent anywhere.`;
        const chosen = await vscode.window.showInformationMessage(`Download the model ${title}?`, { modal: true, detail }, download, others);
        if (chosen === others) void vscode.commands.executeCommand('promptnb.selectModel');
        if (chosen !== download) return false;
        bar = progressBar(title, () => abort.abort(new DOMException('The download was cancelled.', 'AbortError')));
        return true;
      },
      onProgress: ({ received, total }) => bar?.report(received, total),
    });
  } catch (error) {
    if (abort.signal.aborted) throw new ModelError('model-missing', 'The download was cancelled. What has come is kept.', { sent: false, hint: 'Run the cell again to go on with it, or select another model.' });
    if (error instanceof DownloadError) throw new ModelError('unavailable', error.message, { hint: error.hint, sent: false, cause: error });
    throw error;
  } finally {
    (bar as { readonly close: () => void } | null)?.close();
  }
}

function progressBar(title: string, cancel: () => void): { readonly report: (received: number, total: number | null) => void; readonly close: () => void } {
  let close = (): void => {};
  let report = (_received: number, _total: number | null): void => {};
  let shown = 0;
  void vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: `Downloading ${title}`, cancellable: true }, (progress, token) => {
    token.onCancellationRequested(cancel);
    report = (received, total) => {
      const percent = total === null || total === 0 ? 0 : (100 * received) / total;
      if (percent - shown < 1 && received !== total) return;
      progress.report({ increment: percent - shown, message: `${megabytes(received)}${total === null ? '' : ` of ${megabytes(total)}`} MB` });
      shown = percent;
    };
    return new Promise<void>((resolve) => (close = resolve));
  });
  return { report: (received, total) => report(received, total), close: () => close() };
}

function megabytes(bytes: number): string {
  return Math.round(bytes / 1e6).toLocaleString('en-US');
}
