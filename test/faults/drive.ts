import { createHash } from 'node:crypto';
import { callModel } from '../../src/core/engine/call.ts';
import { createMeter, type Limits, type Meter } from '../../src/core/engine/meter.ts';
import { createQueues } from '../../src/core/engine/queue.ts';
import { emptyRecord, reduce } from '../../src/core/trace/reduce.ts';
import { nodeFetch } from '../../src/node/models/fetch.ts';
import { openai } from '../../src/core/models/openai.ts';
import type { Host } from '../../src/core/engine/host.ts';
import type { Model, ModelConfig } from '../../src/core/models/model.ts';
import type { Message } from '../../src/core/prompt/message.ts';
import type { Outcome, Run, RunContext, RunRequest } from '../../src/core/techniques/technique.ts';
import type { RunEvent } from '../../src/core/trace/event.ts';
import type { ModelCallStep, RunRecord } from '../../src/core/trace/record.ts';

/** The key of all tests. It looks like no provider's, so that only masking by value can hide it. */
export const key = 'Zq7fault93Kd0aPwVx';

/** A host whose waits take no time: its clock jumps ahead by what was waited. */
export interface TestHost extends Host {
  /** Milliseconds of each wait, in order. */
  readonly waits: readonly number[];
  /** Sets the clock forward, or back. */
  jump(ms: number): void;
}

export function testHost(overrides: Partial<Host> = {}): TestHost {
  const waits: number[] = [];
  let ahead = 0;
  return {
    waits,
    jump: (ms) => void (ahead += ms),
    now: () => Date.now() + ahead,
    random: () => 0.5,
    async sleep(ms, signal) {
      waits.push(ms);
      ahead += ms;
      await new Promise(setImmediate);
      signal.throwIfAborted();
    },
    fetch: nodeFetch(),
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    secret: async (name) => (name === 'FAULT_KEY' ? key : undefined),
    readFile: async () => {
      throw new Error('No files here.');
    },
    matches: async (pattern, flags, text) => new RegExp(pattern, flags).test(text),
    confirm: async () => true,
    ...overrides,
  };
}

/** A model at this address. Timers are long unless a test is about them, since machines that run tests are slow at times. */
export function openModel(baseUrl: string, host: Host, config: Partial<ModelConfig> = {}): Promise<Model> {
  return openai.open(
    {
      id: 'fault', provider: 'openai', model: 'fault-model', baseUrl, apiKeyEnv: 'FAULT_KEY',
      ...config,
      // On loopback a server counts as this machine's own, which costs nothing: these tests are about one far away.
      capabilities: { local: false, ...config.capabilities },
      timeouts: { connectMs: 20_000, firstTokenMs: 20_000, idleMs: 20_000, ...config.timeouts },
    },
    host,
  );
}

export function userMessage(text: string): Message {
  return { role: 'user', content: [{ text, source: { kind: 'literal' }, taint: [] }] };
}

export interface Driving {
  readonly model: Model;
  readonly host: Host;
  readonly request?: Partial<RunRequest>;
  readonly signal?: AbortSignal;
  readonly limits?: Limits;
  readonly meter?: Meter;
  readonly queues?: RunContext['queues'];
  /** Aborts when nothing more may be sent. */
  readonly halted?: AbortSignal;
  readonly cacheMode?: RunContext['cacheMode'];
  /** Tools that may write or send. */
  readonly allowed?: readonly string[];
  /** What runs: a model call alone where absent, or with techniques around it. */
  readonly run?: Run;
  /** Is told of each event as it happens. */
  readonly watch?: (event: RunEvent) => void;
}

export interface Driven {
  readonly outcome: Outcome;
  readonly record: RunRecord;
  readonly events: readonly RunEvent[];
}

/** Runs a request through the engine, and folds what it emits to a record. */
export async function drive(driving: Driving): Promise<Driven> {
  const { model, host } = driving;
  const events: RunEvent[] = [];
  const record = emptyRecord();
  let steps = 0;
  const emit = (event: RunEvent): void => {
    events.push(event);
    reduce(record, event);
    driving.watch?.(event);
  };
  const context: RunContext = {
    host, emit,
    signal: driving.signal ?? new AbortController().signal,
    halted: driving.halted ?? new AbortController().signal,
    meter: driving.meter ?? createMeter(driving.limits ?? {}, 'the run'),
    queues: driving.queues ?? createQueues(() => host.now()),
    cacheMode: driving.cacheMode ?? 'off',
    allowed: new Set(driving.allowed),
    step: () => (steps += 1),
    model: async () => model,
  };
  emit({ type: 'run-start', version: 1, at: host.now(), id: 'f00d00', group: 'f00d00', notebook: 'faults.promptnb', cell: 'fault', index: 1, in: '0', model: model.id });
  const outcome = await (driving.run ?? callModel)(
    { messages: [userMessage('Tell a story.')], config: {}, tools: [], purpose: 'answer', model, sample: 0, parent: 0, ...driving.request },
    context,
  );
  const { status, text, value, taint, checks, attempts, error } = outcome;
  emit({ type: 'run-end', at: host.now(), status, text, value, taint, checks, attempts, error });
  return { outcome, record, events };
}

export function modelCalls(record: RunRecord): readonly ModelCallStep[] {
  return record.steps.filter((step) => step.kind === 'model-call');
}
