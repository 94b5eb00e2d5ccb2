import type { LiveUpdate } from './live.ts';
import type { RunRecord } from './record.ts';

/** What our renderer asks of the extension. It is the work of a page: whoever takes one looks at it with {@link readRequest} first. */
export type RendererRequest =
  /** An output of this run is on the screen, or no longer. */
  | { readonly type: 'watch'; readonly run: string }
  | { readonly type: 'unwatch'; readonly run: string }
  /** The whole record: a trace is opened. */
  | { readonly type: 'record'; readonly run: string }
  /** The whole text of a result that the output holds a part of. */
  | { readonly type: 'text'; readonly run: string }
  | { readonly type: 'stop'; readonly run: string };

/** What the extension tells the renderer. */
export type RendererMessage =
  | ({ readonly type: 'live'; readonly run: string } & LiveUpdate)
  | { readonly type: 'record'; readonly run: string; readonly record: RunRecord }
  | { readonly type: 'no-record'; readonly run: string; readonly why: string }
  | { readonly type: 'text'; readonly run: string; readonly text: string };

const types: readonly string[] = ['watch', 'unwatch', 'record', 'text', 'stop'] satisfies RendererRequest['type'][];

/** The request in a message from a page; null when it is none. */
export function readRequest(message: unknown): RendererRequest | null {
  if (typeof message !== 'object' || message === null) return null;
  const { type, run } = message as { readonly type?: unknown; readonly run?: unknown };
  if (typeof type !== 'string' || !types.includes(type) || typeof run !== 'string' || !/^[0-9a-f]{4,64}$/.test(run)) return null;
  return { type, run } as RendererRequest;
}
