import type { AnswerSource, RunEvent, StepId } from './event.ts';
import type { ModelCallStep, RunRecord, Step } from './record.ts';
import { addCost, addUsage } from './usage.ts';

/**
 * Folds an event into a record: the only maker of records. The record belongs to its fold and is changed in place, since a copy for
 * each token of a long stream would cost more than the stream; whoever draws takes the record after an event as a new one.
 * An event that names a step that never started is left out: a damaged journal still opens.
 */
export function reduce(record: RunRecord, event: RunEvent): RunRecord {
  switch (event.type) {
    case 'run-start': {
      const { type: _type, at, version: _version, ...start } = event;
      Object.assign(record, start, { startedAt: at, status: 'running' });
      return record;
    }
    case 'attempt-start':
      return push(record, {
        kind: 'attempt', step: event.step, parent: event.parent, startedAt: event.at, endedAt: null,
        number: event.number, of: event.of, status: null, text: '', passed: 0, checks: 0, kept: false,
      });
    case 'attempt-end':
      return change(record, event.step, 'attempt', (step) => {
        step.endedAt = event.at;
        step.status = event.status;
        step.text = event.text;
        step.passed = event.passed;
        step.checks = event.checks;
        step.kept = event.kept;
        if (event.kept) for (const other of record.steps) if (other.kind === 'attempt' && other.parent === step.parent && other !== step) other.kept = false;
      });
    case 'model-call-start':
      return push(record, {
        kind: 'model-call', step: event.step, parent: event.parent, startedAt: event.at, endedAt: null,
        purpose: event.purpose, model: event.model, request: event.request, tries: [], waits: [], notes: [],
        firstTokenAt: null, text: '', reasoning: '', refusal: '', toolCalls: [], logprobs: [],
        status: null, finish: null, source: null, usage: null, cost: null, error: null,
      });
    case 'request-start':
      return change(record, event.step, 'model-call', (step) => {
        // A new try starts its answer anew: what an earlier one had streamed was not the answer.
        step.text = '';
        step.reasoning = '';
        step.refusal = '';
        step.toolCalls = [];
        step.logprobs = [];
        step.firstTokenAt = null;
        step.tries.push({
          number: event.try, startedAt: event.at, respondedAt: null, endedAt: null, status: null, requestId: null, model: null,
          sent: false, usage: null, error: null,
        });
      });
    case 'response-start':
      return change(record, event.step, 'model-call', (step) => {
        const last = step.tries.at(-1);
        if (last === undefined) return;
        last.respondedAt = event.at;
        last.status = event.status ?? last.status;
        last.requestId = event.requestId ?? last.requestId;
        last.model = event.model ?? last.model;
      });
    case 'text-delta':
      return change(record, event.step, 'model-call', (step) => {
        step.firstTokenAt ??= event.at;
        step.text += event.text;
      });
    case 'reasoning-delta':
      return change(record, event.step, 'model-call', (step) => {
        step.firstTokenAt ??= event.at;
        step.reasoning += event.text;
      });
    case 'refusal-delta':
      return change(record, event.step, 'model-call', (step) => {
        step.firstTokenAt ??= event.at;
        step.refusal += event.text;
      });
    case 'tool-call-delta':
      return change(record, event.step, 'model-call', (step) => {
        step.firstTokenAt ??= event.at;
        // Where the beginning of an earlier call is missing, its place is kept.
        while (step.toolCalls.length < event.index) step.toolCalls.push({ id: '', name: '', arguments: '' });
        const call = step.toolCalls[event.index] ?? { id: '', name: '', arguments: '' };
        step.toolCalls[event.index] = {
          id: event.id ?? call.id,
          name: event.name ?? call.name,
          arguments: call.arguments + event.arguments,
        };
      });
    case 'logprobs':
      return change(record, event.step, 'model-call', (step) => {
        for (const token of event.tokens) step.logprobs.push(token);
      });
    case 'request-end':
      return change(record, event.step, 'model-call', (step) => {
        const last = step.tries.at(-1);
        if (last !== undefined) {
          last.endedAt = event.at;
          last.sent = event.sent;
          last.usage = event.usage;
          last.error = event.error ?? null;
          if (event.error?.status !== undefined) last.status = event.error.status;
        }
        if (!event.sent) return;
        record.calls += 1;
        record.usage = addUsage(record.usage, event.usage);
        // A refused request costs nothing: it does not make the total unknown.
        if (event.usage !== null) {
          record.cost = addCost(record.cost, event.cost);
          step.usage = addUsage(step.usage, event.usage);
          step.cost = addCost(step.cost, event.cost);
        }
      });
    case 'wait-start':
      return change(record, event.step, 'model-call', (step) => {
        step.waits.push({ reason: event.reason, text: event.text, startedAt: event.at, until: event.until, endedAt: null });
      });
    case 'wait-end':
      return change(record, event.step, 'model-call', (step) => {
        const last = step.waits.at(-1);
        if (last !== undefined) last.endedAt = event.at;
      });
    case 'note':
      return change(record, event.step, 'model-call', (step) => void step.notes.push(event.text));
    case 'model-call-end':
      return change(record, event.step, 'model-call', (step) => {
        step.endedAt = event.at;
        step.status = event.status;
        step.finish = event.finish;
        step.source = event.source;
        step.error = event.error ?? null;
        record.source = mixSource(record.source, event.source);
        // A cached answer took nothing, which is known: a call that was sent has been counted with its requests.
        if (event.source === 'cache') {
          step.usage = event.usage;
          step.cost = event.cost;
          record.usage = addUsage(record.usage, event.usage);
          record.cost = addCost(record.cost, event.cost);
        }
      });
    case 'tool-call-start':
      return push(record, {
        kind: 'tool-call', step: event.step, parent: event.parent, startedAt: event.at, endedAt: null,
        id: event.id, name: event.name, arguments: event.arguments, output: null, failed: false,
      });
    case 'tool-call-end':
      return change(record, event.step, 'tool-call', (step) => {
        step.endedAt = event.at;
        step.output = event.output;
        step.failed = event.error;
      });
    case 'check-start':
      return push(record, {
        kind: 'check', step: event.step, parent: event.parent, startedAt: event.at, endedAt: null,
        name: event.name, by: event.kind, passed: null, reason: '',
      });
    case 'check-end':
      return change(record, event.step, 'check', (step) => {
        step.endedAt = event.at;
        step.passed = event.passed;
        step.reason = event.reason;
      });
    case 'limit-reached':
      record.limit = { name: event.limit, max: event.max, used: event.used };
      return record;
    case 'run-end':
      record.endedAt = event.at;
      record.status = event.status;
      record.text = event.text;
      record.value = event.value;
      record.taint = event.taint;
      record.checks = event.checks;
      record.attempts = event.attempts;
      record.error = event.error;
      return record;
    default:
      // A journal of a newer version may hold events that this one does not know: they are left out.
      event satisfies never;
      return record;
  }
}

/** A record before its first event. */
export function emptyRecord(): RunRecord {
  return {
    version: 1, id: '', group: '', notebook: '', cell: null, index: 0, in: '', model: '', startedAt: 0, endedAt: null,
    status: 'running', text: '', value: null, taint: [], checks: [], attempts: 0, error: null, limit: null,
    calls: 0, usage: null, cost: null, source: null, steps: [], damaged: 0,
  };
}

/** Steps begin once, in the order of their numbers: what begins otherwise is left out, so that they stay a tree. */
function push(record: RunRecord, step: Step): RunRecord {
  if (step.step > (record.steps.at(-1)?.step ?? 0)) record.steps.push(step);
  return record;
}

function change<K extends Step['kind']>(record: RunRecord, id: StepId, kind: K, edit: (step: Extract<Step, { kind: K }>) => void): RunRecord {
  const step = findStep(record.steps, id);
  if (step?.kind === kind) edit(step as Extract<Step, { kind: K }>);
  return record;
}

/** Steps are numbered in the order they begin, so a step stands at its number less one unless the journal is damaged. */
function findStep(steps: readonly Step[], id: StepId): Step | undefined {
  const guess = steps[id - 1];
  return guess?.step === id ? guess : steps.findLast((step) => step.step === id);
}

function mixSource(before: AnswerSource | null, now: Exclude<AnswerSource, 'mixed'>): AnswerSource {
  return before === null || before === now ? now : 'mixed';
}

/** The model call of a record that gave its text: the last that answered, for captions. */
export function lastAnswer(record: RunRecord): ModelCallStep | undefined {
  return record.steps.findLast((step): step is ModelCallStep => step.kind === 'model-call' && step.purpose === 'answer');
}
