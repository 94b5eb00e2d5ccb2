import type { RunEvent } from '../trace/event.ts';

/** Core's questions to the world. Node answers them for the command line and the editor; tests answer them with data. */
export interface Host {
  /** Milliseconds since 1970. */
  now(): number;
  /** A number in [0, 1), for jitter and run ids only, never for sampling. */
  random(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  readonly fetch: typeof fetch;
  /** SHA-256 of the text's UTF-8, in lower-case hex. */
  hash(text: string): string;
  /**
   * A key, or another value of the environment. The command line has it under the name of its variable; the editor keeps keys in its secret
   * store, each under the `endpoint` (`https://api.openai.com`) that it is for, so that it goes nowhere else. `name` is null where no
   * variable is known. Never a setting of a workspace.
   */
  secret(name: string | null, endpoint?: string): Promise<string | undefined>;
  /**
   * The bytes of a file that a notebook names, relative to the notebook, inside the workspace by real path.
   * @throws Error with a message for people when it is missing, outside, or too large.
   */
  readFile(path: string): Promise<Uint8Array>;
  /** Whether `pattern` (JavaScript syntax) matches `text`, bounded in time. @throws Error when it is invalid or takes too long. */
  matches(pattern: string, flags: string, text: string, signal: AbortSignal): Promise<boolean>;
  /** Asks the person before a run whose estimate is over a threshold; headless answers from the command line's flags. */
  confirm(question: Confirmation): Promise<boolean>;
  /** Completions by request hash; absent when there is none. */
  readonly cache?: CompletionCache;
  /** Where records of runs go; absent when they are not kept. */
  readonly records?: RecordStore;
}

export interface Confirmation {
  readonly kind: 'cost' | 'calls';
  readonly message: string;
}

/** A store of completions by key (a hex hash). A broken entry reads as missing. */
export interface CompletionCache {
  get(key: string): Promise<string | undefined>;
  put(key: string, text: string): Promise<void>;
}

export interface RecordStore {
  /** Opens the journal of a new run. The id is new among the notebook's runs. */
  create(): Promise<RecordWriter>;
}

export interface RecordWriter {
  readonly id: string;
  /** Where the record lies, relative to the notebook, with `/`: `.promptnb/runs/9f2c41.jsonl`. */
  readonly path: string;
  /** Appends to the journal: soon, not at once; the first event at once, so that a crash never leaves nothing. */
  append(event: RunEvent): void;
  /** Everything is on disk, or the error says why not. */
  close(): Promise<void>;
}
