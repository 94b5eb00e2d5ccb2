import type { CheckResult } from '../trace/event.ts';
import type { Outcome, RunContext, RunRequest, Technique } from './technique.ts';
import { baseRun } from './base.ts';
import { stopped as stoppedBySignal } from '../engine/errors.ts';
import { judgeSentences } from '../checks/judge.ts';
import { parseChecks, type ParsedCheck } from '../checks/parse.ts';
import type { Verdict } from '../checks/check.ts';

/** Looks at the answer: code decides where it can, a model judges sentences. Failed checks are results, not failures of the run. */
export const check: Technique<readonly ParsedCheck[]> = {
  name: 'check',
  doc: 'What the answer must fulfil: sentences, which a model judges, and `contains`, `matches`, `equals`, `json`, `max_tokens`, `one_code_block`, which code decides. With `warn: true` a failure does not hold back the cells that use the result.',
  example: '\n  - The poem has four lines.\n  - contains: paper clip',
  parse: (node) => {
    const { checks, problems } = parseChecks(node);
    return { value: checks, problems };
  },
  wrap: (checks, next) => async (request, context) => {
    const outcome = await next(request, context);
    if (outcome.status !== 'done' || checks.length === 0) return outcome;
    const results = await runChecks(checks, outcome, { request, context });
    if (!('stopped' in results)) return { ...outcome, checks: results.checks };
    const { stopped } = results;
    return { ...outcome, checks: results.checks, status: stopped.status, error: stopped.error };
  },
};

interface Call {
  readonly request: RunRequest;
  readonly context: RunContext;
}

/** Results in the order of the checks. `stopped` is there when a limit or a cancel ended the judging. */
async function runChecks(checks: readonly ParsedCheck[], outcome: Outcome, call: Call): Promise<{ checks: CheckResult[]; stopped?: Outcome }> {
  const { request, context } = call;
  const { host } = context;
  const steps = checks.map((one) => {
    const step = context.step();
    context.emit({ type: 'check-start', at: host.now(), step, parent: request.parent, name: one.title, kind: one.kind });
    return step;
  });
  const verdicts: Verdict[] = await Promise.all(
    checks.map(async (one) => (one.kind === 'code' ? runCode(one, outcome, call) : { passed: null, reason: 'not judged' })),
  );
  const sentences = checks.flatMap((one, index) => (one.kind === 'judge' ? [{ index, sentence: one.sentence }] : []));
  // What was not decided when the run was stopped did not fail.
  const cut = context.signal.aborted && checks.some((one, index) => one.kind === 'code' && verdicts[index]!.passed === null);
  let stopped: Outcome | undefined = cut ? stoppedBySignal(outcome, context) : undefined;
  if (sentences.length > 0 && stopped === undefined) {
    const judged = await judgeSentences(
      { sentences: sentences.map((one) => one.sentence), request: request.messages, answer: outcome.text, taint: outcome.taint, native: request.model.capabilities.jsonSchema },
      async (messages, output) => {
        const { output: _form, ...rest } = request;
        const answer = await baseRun(
          { ...rest, messages, tools: [], config: { temperature: 0 }, purpose: 'judge', ...(output && { output: { name: 'verdict', schema: output } }) },
          context,
        );
        if (answer.status === 'cancelled' || answer.status === 'limited') stopped = answer;
        return { text: answer.text, error: answer.status === 'done' ? null : (answer.error?.message ?? `the judging call was ${answer.status}`), code: answer.error?.code ?? null };
      },
    );
    for (const [place, { index }] of sentences.entries()) verdicts[index] = judged[place]!;
  }
  for (const [index, verdict] of verdicts.entries()) {
    context.emit({ type: 'check-end', at: host.now(), step: steps[index]!, passed: verdict.passed, reason: verdict.reason });
  }
  const results = checks.map((one, index) => ({ name: one.title, passed: verdicts[index]!.passed, reason: verdicts[index]!.reason, ...(one.warn && { warn: true }) }));
  return { checks: results, ...(stopped && { stopped }) };
}

/** A check that breaks is undecided, with its message as the reason. */
async function runCode(one: Extract<ParsedCheck, { kind: 'code' }>, outcome: Outcome, { request, context }: Call): Promise<Verdict> {
  try {
    return await one.run(
      { text: outcome.text, value: outcome.value },
      { model: request.model, signal: context.signal, matches: (...args) => context.host.matches(...args) },
    );
  } catch (error) {
    return { passed: null, reason: error instanceof Error ? error.message : String(error) };
  }
}
