import type { ModelConfig, ModelRequest } from '../../src/core/models/model.ts';
import type { RunErrorCode } from '../../src/core/trace/event.ts';
import type { FaultServer, Script } from '../servers/fault-server.ts';
import type { LoggedRequest } from '../servers/log.ts';

/** Where a fault's model is said to be. `server` is null where nothing speaks HTTP. */
export interface Site {
  readonly baseUrl: string;
  readonly server: FaultServer | null;
  close(): Promise<void>;
}

/** One fault: what the server does, and what must come of it. */
export interface Fault {
  readonly name: string;
  /** What the server does, request by request. */
  readonly script?: Script;
  /** Another place than a server on loopback HTTP. */
  readonly site?: (script: Script) => Promise<Site>;
  /** Good calls before the one that is looked at, on the same connection. */
  readonly before?: number;
  readonly config?: Partial<ModelConfig>;
  readonly request?: Partial<ModelRequest>;
  readonly expected: Expected;
}

export interface Expected {
  readonly status: 'done' | 'failed' | 'incomplete' | 'limited';
  readonly code?: RunErrorCode;
  /** The message, which is one line in any case. */
  readonly message?: RegExp;
  readonly hint?: RegExp;
  /** The text that is kept, whole. */
  readonly text?: string | RegExp;
  /** Requests that the server saw, those `before` not counted. */
  readonly requests: number;
  /** Tries in the record, where they are more than the requests: those that reached no server. */
  readonly tries?: number;
  /** Calls in the record, where the server cannot know that it was asked. */
  readonly calls?: number;
  /**
   * Where the tokens come from: `server`: they equal what it sent, and say so; `counted`: some usage never came, and the total says that
   * it is an estimate; `none`: nothing was answered. Default: `server` when it is done, `none` when it failed, else `counted`.
   */
  readonly tokens?: 'server' | 'counted' | 'none';
  /** The status in the error. */
  readonly httpStatus?: number;
  /** Milliseconds that the engine waited between tries, in order. */
  readonly waits?: readonly (number | readonly [least: number, most: number])[];
  /** A note in the record. */
  readonly note?: RegExp;
  /** Anything else that the server's log must show. */
  readonly log?: (log: readonly LoggedRequest[]) => void;
}

/** Errors that no retry mends, and those that every try meets. */
export const tries = 4;
