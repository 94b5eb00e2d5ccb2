export type DownloadErrorCode =
  | 'offline' // no connection to the hub could be made
  | 'not-found' | 'gated' | 'rate-limit' | 'server' | 'redirect' | 'bad-response'
  | 'cut' | 'stalled' // the connection died, or nothing came for a while; what came is kept
  | 'checksum' | 'no-checksum' | 'size'
  | 'disk-space' | 'disk' | 'busy';

/** Why a download failed. The message says what happened, the hint what to do. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  readonly code: DownloadErrorCode;
  readonly hint: string;
  /** Whether asking again soon, from where it stopped, may help. */
  readonly passing: boolean;

  constructor(code: DownloadErrorCode, message: string, { hint, passing = false, cause }: { readonly hint: string; readonly passing?: boolean; readonly cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.passing = passing;
  }
}
