import { lastAnswer } from './reduce.ts';
import { messageText } from '../prompt/message.ts';
import { money, seconds, summaryParts, tokens } from './summary.ts';
import type { CheckStep, AttemptStep, ModelCallStep, RunRecord, Step, ToolCallStep } from './record.ts';

/** How the parts of a trace look: colours on a terminal, nothing elsewhere. Every text of others goes through `safe`. */
export interface TraceLook {
  readonly style: Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow', (text: string) => string>>;
  safe(text: string): string;
}

const same = (text: string): string => text;
const plain: TraceLook = { style: { bold: same, dim: same, red: same, green: same, yellow: same }, safe: same };

/** A record as text for people: what was asked, what came, what was tried and looked at, step by step. */
export function traceText(record: RunRecord, look: TraceLook = plain): string {
  const { style, safe } = look;
  const lines: string[] = [];
  const name = record.cell ?? `#${record.index}`;
  lines.push(`${style.bold(safe(name))}${style.dim(` · run ${safe(record.id)} · ${timeText(record.startedAt)}`)}`);
  const durationMs = record.endedAt === null ? null : Math.max(0, record.endedAt - record.startedAt);
  lines.push(`${statusMark(record.status, look)} ${safe(summaryParts({ ...record, durationMs }).join(' · '))}`);
  if (record.damaged > 0) lines.push(style.yellow(`${record.damaged} ${record.damaged === 1 ? 'line' : 'lines'} of the record could not be read and ${record.damaged === 1 ? 'is' : 'are'} missing here.`));
  if (record.status === 'interrupted') lines.push(style.yellow('The record ends without the end of the run: it was cut by a crash or a kill.'));
  if (record.limit !== null) lines.push(`Limit reached: ${record.limit.name}, at most ${record.limit.max}, ${record.limit.used} used.`);
  if (record.error !== null) lines.push(`${style.red(safe(record.error.code))}: ${safe(record.error.message)}`, ...(record.error.hint === null ? [] : [style.dim(`  ${safe(record.error.hint)}`)]));
  const byParent = new Map<number, Step[]>();
  for (const step of record.steps) {
    const inner = byParent.get(step.parent);
    if (inner === undefined) byParent.set(step.parent, [step]);
    else inner.push(step);
  }
  for (const step of byParent.get(0) ?? []) lines.push(...apart(step), ...stepLines(step, byParent, look));
  if (record.text !== '' && record.text !== lastAnswer(record)?.text) lines.push('', style.bold('Result'), ...indented(safe(record.text)));
  return `${lines.join('\n')}\n`;
}

function stepLines(step: Step, byParent: ReadonlyMap<number, readonly Step[]>, look: TraceLook): string[] {
  const inner = (byParent.get(step.step) ?? []).flatMap((one) => stepLines(one, byParent, look));
  return [...ownLines(step, look), ...inner.map((line) => (line === '' ? line : `  ${line}`))];
}

/** A blank line before what is long, none between checks. */
function apart(step: Step): string[] {
  return step.kind === 'check' ? [] : [''];
}

function ownLines(step: Step, look: TraceLook): string[] {
  switch (step.kind) {
    case 'attempt':
      return [attemptLine(step, look)];
    case 'model-call':
      return callLines(step, look);
    case 'tool-call':
      return toolLines(step, look);
    case 'check':
      return [checkLine(step, look)];
  }
}

function attemptLine(step: AttemptStep, { style }: TraceLook): string {
  const checks = step.checks === 0 ? '' : ` · checks ${step.passed}/${step.checks}`;
  return `${style.bold(`Attempt ${step.number} of ${step.of}`)} · ${step.status ?? 'running'}${checks}${step.kept ? style.green(' · kept') : ''}`;
}

const purposes = { answer: 'Model call', judge: 'Judge', repair: 'Repair' } as const;

function callLines(step: ModelCallStep, { style, safe }: TraceLook): string[] {
  const parts: string[] = [safe(step.model)];
  if (step.status !== null && step.status !== 'done') parts.push(step.status);
  if (step.usage !== null) parts.push(tokens(step.usage));
  if (step.cost !== null) parts.push(money(step.cost));
  if (step.endedAt !== null) parts.push(seconds(Math.max(0, step.endedAt - step.startedAt)));
  if (step.source !== null && step.source !== 'live') parts.push(step.source === 'cache' ? 'cached' : 'replayed');
  const lines = [`${style.bold(purposes[step.purpose])} · ${parts.join(' · ')}`];
  for (const message of step.request.messages) {
    lines.push(style.dim(`  ${message.role}`));
    const text = messageText(message);
    if (text !== '') lines.push(...indented(safe(text), 4));
    for (const call of message.toolCalls ?? []) lines.push(`    → ${safe(`${call.name}(${call.arguments})`)}`);
  }
  const { tries } = step;
  for (const one of tries) if (one.error !== null) lines.push(`  ${style.red(`try ${one.number}${tries.length > 1 ? ` of ${tries.length}` : ''} failed`)}: ${safe(`${one.error.code}: ${one.error.message}`)}`);
  for (const wait of step.waits) {
    if (wait.reason === 'queue') lines.push(style.dim(`  queued ${waited(wait)}`));
    else lines.push(style.yellow(`  waited ${waited(wait)}: ${safe(wait.text)}`));
  }
  for (const note of step.notes) lines.push(style.yellow(`  note: ${safe(note)}`));
  if (step.reasoning !== '') lines.push(style.dim('  reasoning'), ...indented(safe(step.reasoning), 4));
  if (step.refusal !== '') lines.push(style.dim('  refusal'), ...indented(safe(step.refusal), 4));
  if (step.text !== '') lines.push(style.dim('  answer'), ...indented(safe(step.text), 4));
  for (const call of step.toolCalls) lines.push(`  → ${safe(`${call.name}(${call.arguments})`)}`);
  return lines;
}

function waited({ startedAt, endedAt }: ModelCallStep['waits'][number]): string {
  return endedAt === null ? '(the wait did not end)' : seconds(Math.max(0, endedAt - startedAt));
}

function toolLines(step: ToolCallStep, { style, safe }: TraceLook): string[] {
  const lines = [`${style.bold('Tool')} ${safe(`${step.name}(${step.arguments})`)}${step.failed ? style.red(' · failed') : ''}`];
  if (step.output !== null) lines.push(...indented(safe(step.output)));
  return lines;
}

function checkLine(step: CheckStep, { style, safe }: TraceLook): string {
  const mark = step.passed === true ? style.green('✓') : step.passed === false ? style.red('✗') : style.yellow('?');
  return `${mark} ${safe(step.name)}${step.reason === '' ? '' : style.dim(` — ${safe(step.reason)}`)}`;
}

function statusMark(status: RunRecord['status'], { style }: TraceLook): string {
  if (status === 'done') return style.green('✓');
  return status === 'cancelled' || status === 'skipped' || status === 'interrupted' || status === 'running' ? style.yellow('–') : style.red('✗');
}

/** A record from elsewhere may hold any number. */
function timeText(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : 'at an unknown time';
}

function indented(text: string, by = 2): string[] {
  return text.split('\n').map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}`));
}
