import type { CheckResult, RunError, RunEvent, RunStatus, StepId } from '../trace/event.ts';
import type { Json, JsonSchema } from '../json.ts';
import type { Message, Source } from '../prompt/message.ts';
import type { FinishReason, Model, SamplingConfig } from '../models/model.ts';
import type { Host } from '../engine/host.ts';
import type { Meter } from '../engine/meter.ts';
import type { Queues } from '../engine/queue.ts';
import type { OptionNode } from '../prompt/options.ts';
import type { Problem } from '../problem.ts';
import type { Purpose } from '../trace/event.ts';
import type { Tool } from '../tools/tool.ts';

/** What techniques wrap: from a request to its outcome. Events are emitted on the way. */
export type Run = (request: RunRequest, context: RunContext) => Promise<Outcome>;

export interface RunRequest {
  readonly messages: readonly Message[];
  readonly config: SamplingConfig;
  readonly tools: readonly Tool[];
  readonly output?: { readonly name: string; readonly schema: JsonSchema };
  readonly purpose: Purpose;
  readonly model: Model;
  /** Tells samples of one request apart in the cache, so that it never fakes variety. */
  readonly sample: number;
  /** The step that this is part of. */
  readonly parent: StepId;
}

/** What came of a request. Failures and cancels are outcomes; only bugs throw. */
export interface Outcome {
  readonly status: Exclude<RunStatus, 'skipped'>;
  /** Why the model stopped; null where it did not come to its end. */
  readonly finish: FinishReason | null;
  readonly text: string;
  /** The parsed value where the cell declares one, else the text. */
  readonly value: Json;
  /** The model's last message, tool calls included, to continue from. */
  readonly message: Message | null;
  readonly checks: readonly CheckResult[];
  readonly attempts: number;
  readonly error: RunError | null;
  readonly taint: readonly Source[];
}

/** What a run gives its techniques. */
export interface RunContext {
  readonly host: Host;
  readonly signal: AbortSignal;
  /** Aborts when nothing more may be sent in this run, since a server refused the key: what is under way goes on. Its reason is a ModelError. */
  readonly halted: AbortSignal;
  /** Counts calls, tokens, cost and time, and stops at limits. */
  readonly meter: Meter;
  /** Who may send to which server now. */
  readonly queues: Queues;
  readonly cacheMode: 'on' | 'off' | 'refresh';
  /** Tools that may write or send without a person. */
  readonly allowed: ReadonlySet<string>;
  emit(event: RunEvent): void;
  step(): StepId;
  /** The model that a technique names: a judge, say. @throws ModelError when there is none of this name. */
  model(name: string): Promise<Model>;
}

/**
 * One option of a prompt cell's front matter = one technique = one file. The declaration feeds completion, hover, problems and the
 * table in the docs; `wrap` is absent where the option only declares.
 */
export interface Technique<V = unknown> {
  readonly name: string;
  /** What it does, one or two sentences of Markdown. */
  readonly doc: string;
  /** An example value, as YAML, for completion and docs. */
  readonly example: string;
  /** Reads the option's value from the YAML, with problems where it is no good. `undefined` when it cannot be used. */
  parse(node: OptionNode): { readonly value: V | undefined; readonly problems: readonly Problem[] };
  wrap?(value: V, next: Run): Run;
}
