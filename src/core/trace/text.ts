import { lastAnswer } from './reduce.ts';
import { messageText } from '../prompt/message.ts';
import { money, seconds, summaryParts, tokens } from './summary.ts';
import type { CheckStep, AttemptStep, ModelCallStep, RunRecord, Step, ToolCallStep } from './record.ts';

/** A record as text for people: what was asked, what came, what was tried and looked at, step by step. */
export function traceText(record: RunRecord): string {
  const lines: string[] = [];
  const name = record.cell ?? `#${record.index}`;
  lines.push(`${name} · run ${record.id} · ${new Date(record.startedAt).toISOString()}`);
  const durationMs = record.endedAt === null ? null : Math.max(0, record.endedAt - record.startedAt);
  lines.push(summaryParts({ ...record, durationMs }).join(' · '));
  if (record.damaged > 0) lines.push(`${record.damaged} ${record.damaged === 1 ? 'line' : 'lines'} of the record could not be read and ${record.damaged === 1 ? 'is' : 'are'} missing here.`);
  if (record.limit !== null) lines.push(`Limit reached: ${record.limit.name}, at most ${record.limit.max}, ${record.limit.used} used.`);
  if (record.error !== null) lines.push(`${record.error.code}: ${record.error.message}`, ...(record.error.hint === null ? [] : [`  ${record.error.hint}`]));
  for (const step of record.steps.filter((one) => one.parent === 0)) lines.push('', ...stepLines(step, record));
  if (record.text !== '' && record.text !== lastAnswer(record)?.text) lines.push('', 'Result:', ...indented(record.text));
  return `${lines.join('\n')}\n`;
}

function stepLines(step: Step, record: RunRecord): string[] {
  const inner = record.steps.filter((one) => one.parent === step.step).flatMap((one) => stepLines(one, record));
  return [...ownLines(step), ...inner.map((line) => (line === '' ? line : `  ${line}`))];
}

function ownLines(step: Step): string[] {
  switch (step.kind) {
    case 'attempt':
      return [attemptLine(step)];
    case 'model-call':
      return callLines(step);
    case 'tool-call':
      return toolLines(step);
    case 'check':
      return [checkLine(step)];
  }
}

function attemptLine(step: AttemptStep): string {
  const checks = step.checks === 0 ? '' : ` · checks ${step.passed}/${step.checks}`;
  return `Attempt ${step.number} of ${step.of} · ${step.status ?? 'running'}${checks}${step.kept ? ' · kept' : ''}`;
}

const purposes = { answer: 'Model call', judge: 'Judge', repair: 'Repair' } as const;

function callLines(step: ModelCallStep): string[] {
  const parts = [`${purposes[step.purpose]} · ${step.model}`];
  if (step.status !== null && step.status !== 'done') parts.push(step.status);
  if (step.usage !== null) parts.push(tokens(step.usage));
  if (step.cost !== null) parts.push(money(step.cost));
  if (step.endedAt !== null) parts.push(seconds(Math.max(0, step.endedAt - step.startedAt)));
  if (step.source !== null && step.source !== 'live') parts.push(step.source === 'cache' ? 'cached' : 'replayed');
  const lines = [parts.join(' · ')];
  for (const message of step.request.messages) {
    lines.push(`  ${message.role}:`, ...indented(messageText(message), 4));
    for (const call of message.toolCalls ?? []) lines.push(`    → ${call.name}(${call.arguments})`);
  }
  for (const wait of step.waits) {
    const ms = (wait.endedAt ?? wait.startedAt) - wait.startedAt;
    lines.push(`  waited ${seconds(Math.max(0, ms))}: ${wait.text}`);
  }
  for (const one of step.tries) if (one.error !== null) lines.push(`  request ${one.number} failed: ${one.error.code}: ${one.error.message}`);
  for (const note of step.notes) lines.push(`  note: ${note}`);
  if (step.reasoning !== '') lines.push('  reasoning:', ...indented(step.reasoning, 4));
  if (step.refusal !== '') lines.push('  refusal:', ...indented(step.refusal, 4));
  if (step.text !== '') lines.push('  answer:', ...indented(step.text, 4));
  for (const call of step.toolCalls) lines.push(`  → ${call.name}(${call.arguments})`);
  return lines;
}

function toolLines(step: ToolCallStep): string[] {
  const lines = [`Tool ${step.name}(${step.arguments})${step.failed ? ' · failed' : ''}`];
  if (step.output !== null) lines.push(...indented(step.output));
  return lines;
}

function checkLine(step: CheckStep): string {
  const mark = step.passed === true ? '✓' : step.passed === false ? '✗' : '?';
  return `${mark} ${step.name}${step.reason === '' ? '' : ` — ${step.reason}`}`;
}

function indented(text: string, by = 2): string[] {
  return text.split('\n').map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}`));
}
