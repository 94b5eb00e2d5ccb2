import { type ChildProcess, fork } from 'node:child_process';
import type { Load, ToChild, ToParent } from './protocol.ts';
import { ModelError } from '../../core/models/model.ts';

/** What a child says to one question, or that it is gone and will say nothing more. */
export type Answer = ToParent | { readonly type: 'gone'; readonly error: ModelError };

/** `Omit` on each member of a union. */
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
export type Question = WithoutId<Exclude<ToChild, { readonly type: 'cancel' }>>;

/** A running child and its one model. */
export interface Child {
  readonly pid: number | undefined;
  /** Whether it ended, or was told to: it will answer nothing more. */
  readonly gone: boolean;
  /** Resolves when the model is loaded; rejects when it cannot be, or the child is gone. */
  readonly loaded: Promise<void>;
  ask(question: Question, listen: (answer: Answer) => void): number;
  cancel(id: number): void;
  /** Whether the child keeps this process alive. */
  hold(on: boolean): void;
  /** Kills it and resolves when it is gone. Nothing is lost: a child holds no state. */
  end(): Promise<void>;
}

export interface ChildOptions {
  /** The child's program: a JavaScript bundle, or TypeScript during development. */
  readonly file: string;
  /** What messages call the model. */
  readonly name: string;
  readonly load: Load;
}

export function startChild({ file, name, load }: ChildOptions): Child {
  const child = fork(file, [], {
    // Flags of this process (a debugger's port, a test runner's hooks) are not meant for the child.
    execArgv: [],
    env: childEnvironment(process.env),
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const complaint = lastWords(child);
  const listeners = new Map<number, (answer: Answer) => void>();
  let nextId = 1;
  let gone = false;
  let ended: ModelError | undefined;
  const exited = new Promise<void>((resolve) => {
    const leave = (error: ModelError): void => {
      if (gone) return;
      gone = true;
      for (const listen of [...listeners.values()]) listen({ type: 'gone', error });
      listeners.clear();
      resolve();
    };
    child.once('exit', (code, signal) => leave(ended ?? crashed(name, { code, signal, complaint: complaint() })));
    child.once('error', (error) => leave(ended ?? new ModelError('unavailable', `The process for the local model ${name} cannot be started: ${error.message}`, { sent: false, cause: error })));
  });
  child.on('message', (message) => {
    const answer = message as ToParent;
    listeners.get(answer.id)?.(answer);
    if (answer.type !== 'started' && answer.type !== 'delta') listeners.delete(answer.id);
  });
  const send = (message: ToChild): void => {
    // A child that is going away takes no message; its `exit` tells everyone who waits.
    if (child.connected) child.send(message, () => {});
  };
  const ask: Child['ask'] = (question, listen) => {
    const id = nextId++;
    if (gone) queueMicrotask(() => listen({ type: 'gone', error: ended ?? crashed(name, { code: child.exitCode, signal: child.signalCode, complaint: complaint() }) }));
    else {
      listeners.set(id, listen);
      send({ ...question, id });
    }
    return id;
  };
  const loaded = new Promise<void>((resolve, reject) => {
    ask({ type: 'load', ...load }, (answer) => {
      if (answer.type === 'loaded') resolve();
      else if (answer.type === 'gone') reject(answer.error);
      else reject(new ModelError('unavailable', `The local model ${name} cannot be loaded: ${answer.type === 'failed' ? answer.message : answer.type}`, { sent: false, hint: `Is ${load.modelPath} a whole GGUF file of a kind that llama.cpp knows, and is there memory for it? Download it again, or choose another model.` }));
    });
  });
  // Whoever needs the model awaits this; nobody else is told.
  loaded.catch(() => {});
  return {
    pid: child.pid,
    get gone() {
      return gone || ended !== undefined;
    },
    loaded,
    ask,
    cancel: (id) => send({ type: 'cancel', id }),
    hold(on) {
      if (on) child.ref();
      else child.unref();
      if (on) child.channel?.ref();
      else child.channel?.unref();
    },
    end() {
      ended ??= new ModelError('unavailable', `The local model ${name} was closed.`);
      child.ref();
      child.kill('SIGKILL');
      return exited;
    },
  };
}

function crashed(name: string, { code, signal, complaint }: { readonly code: number | null; readonly signal: string | null; readonly complaint: string }): ModelError {
  const how = signal === null ? `with status ${code ?? 'unknown'}` : `by signal ${signal}`;
  return new ModelError('model-crash', `The process of the local model ${name} ended ${how} in the middle of its work${complaint === '' ? '.' : `: ${complaint}`}`, {
    hint: 'Run it again: a new process is started. If it happens again, the model may be too large for the memory, or its file damaged.',
  });
}

/** The end of what the child wrote to its error output, as one line. */
function lastWords(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => (text = (text + piece).slice(-4000)));
  (child.stderr as unknown as { unref?(): void } | null)?.unref?.();
  return () => text.trim().split('\n').at(-1)?.trim().slice(0, 300) ?? '';
}

/** The variables that a program needs to run, and no others: the child computes, and has no use for keys. */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const wanted = /^(PATH|HOME|USERPROFILE|TMPDIR|TEMP|TMP|LANG|LC_.*|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|OMP_.*|GGML_.*|SNAP)$/i;
  const kept: NodeJS.ProcessEnv = Object.fromEntries(Object.entries(env).filter(([name]) => wanted.test(name)));
  // In an Electron host (an editor's extensions) the executable is Node only when it is told so.
  return process.versions['electron'] === undefined ? kept : { ...kept, ELECTRON_RUN_AS_NODE: '1' };
}
