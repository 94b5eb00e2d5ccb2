import type { Json, JsonSchema } from '../json.ts';

/** What running a tool can change: nothing; it reads; it writes here; it sends something out (design/5-safety). */
export type Effect = 'none' | 'read' | 'write' | 'send';

/** A tool that a model may call. One file each in `tools/`; `index.ts` is the list. */
export interface Tool {
  /** As the model and `tools:` name it: letters, digits, `_`, `-`. */
  readonly name: string;
  /** What the model reads to decide when to call it; also its hover. */
  readonly description: string;
  /** JSON Schema of its input; arguments are validated against it before `run` sees them. */
  readonly parameters: JsonSchema;
  readonly effect: Effect;
  /** Returns what the model reads. @throws Error whose message is told to the model as the call's result. */
  run(input: Json, context: ToolContext): Promise<ToolResult>;
}

export interface ToolContext {
  readonly signal: AbortSignal;
}

export interface ToolResult {
  readonly text: string;
}
