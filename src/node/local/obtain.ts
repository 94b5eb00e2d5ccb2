import { type Hub, type HubFileInfo, fileUrl, hubEndpoint, lookUp } from './hub.ts';
import { type LocalName, findWeights, weightsPath } from './names.ts';
import { DownloadError } from './download-error.ts';
import { type Progress, download } from './download.ts';
import { setTimeout as wait } from 'node:timers/promises';

/** What a person is asked before anything is downloaded. */
export interface DownloadQuestion {
  readonly title: string;
  /** `user/name/file.gguf`. */
  readonly file: string;
  /** The server it comes from. */
  readonly from: string;
  /** Bytes; null is unknown. */
  readonly size: number | null;
  readonly license: string | null;
  /** Where it will be kept. */
  readonly to: string;
}

export interface ObtainOptions {
  readonly cache: string;
  /** Nothing is downloaded unless this resolves to true. */
  readonly confirm: (question: DownloadQuestion) => Promise<boolean>;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
  /** `HF_ENDPOINT`: a mirror of the hub. */
  readonly endpoint?: string;
  /** `HF_TOKEN`. */
  readonly token?: string;
  readonly idleMs?: number;
  readonly tries?: number;
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * The weights that a name means: those on this machine, else downloaded from the hub with the person's consent, verified by their
 * SHA-256. Resolves to their path, or to null when there is nothing to download or the person said no.
 *
 * @throws DownloadError; the signal's reason when it aborts.
 */
export async function obtainWeights(name: LocalName, options: ObtainOptions): Promise<string | null> {
  const { cache, signal = new AbortController().signal } = options;
  const found = await findWeights(name, cache);
  if (found !== null || name.kind === 'path' || name.kind === 'unknown') return found;
  const hub: Hub = {
    endpoint: endpointOf(options.endpoint),
    fetch: options.fetch ?? fetch,
    idleMs: options.idleMs ?? 30_000,
    ...(options.token !== undefined && options.token !== '' && { token: options.token }),
  };
  const info = await describeFile(name, hub, signal);
  const to = weightsPath(cache, info.file);
  const title = name.kind === 'listed' ? name.model.title : info.file.file;
  const consent = await options.confirm({ title, file: `${info.file.repository}/${info.file.file}`, from: new URL(hub.endpoint).host, size: info.size, license: info.license, to });
  if (!consent) return null;
  await download({
    hub, to, signal,
    url: fileUrl(hub, info.file),
    size: info.size,
    sha256: info.sha256,
    tries: options.tries ?? 4,
    sleep: options.sleep ?? (async (milliseconds, aborted) => wait(milliseconds, undefined, { signal: aborted })),
    ...(options.onProgress !== undefined && { onProgress: options.onProgress }),
  });
  return to;
}

/** An empty variable says nothing. @throws DownloadError for what is no address. */
function endpointOf(text: string | undefined): string {
  const endpoint = text?.trim() || hubEndpoint;
  if (/^https?:\/\//i.test(endpoint) && URL.canParse(endpoint)) return endpoint;
  throw new DownloadError('offline', `HF_ENDPOINT is no address: ${endpoint.slice(0, 200)}`, { hint: `Write one like ${hubEndpoint}, or take it out of the environment.` });
}

/** Of a listed model everything is known without asking. */
async function describeFile(name: Extract<LocalName, { readonly kind: 'listed' | 'hub' | 'quantization' }>, hub: Hub, signal: AbortSignal): Promise<HubFileInfo> {
  switch (name.kind) {
    case 'listed':
      return { file: name.model.source, size: name.model.size, sha256: name.model.sha256, license: name.model.license };
    case 'hub':
      return lookUp(hub, name.file, signal);
    case 'quantization':
      return lookUp(hub, name, signal);
  }
}
