import { createLiveLine, type LiveLine } from './live-line.ts';
import { money, seconds, summaryParts, tokens } from '../../core/trace/summary.ts';
import { output } from '../../core/techniques/output.ts';
import { retry } from '../../core/techniques/retry.ts';
import { safeForTerminal, terminalFilter, type TerminalFilter } from '../../core/safety/terminal.ts';
import { tools } from '../../core/techniques/tools.ts';
import type { CellResult } from '../../core/engine/result.ts';
import type { Cost, RunEvent } from '../../core/trace/event.ts';
import type { PromptCell } from '../../core/engine/program.ts';
import type { Reporter } from './reporter.ts';
import type { RunRecord } from '../../core/trace/record.ts';
import type { Terminal } from '../terminal.ts';
import type { Usage } from '../../core/models/model.ts';

/** A cell that has begun. Only the first of those that run shows its text as it comes; the others wait for their turn. */
interface Running {
  readonly cell: PromptCell;
  readonly filter: TerminalFilter;
  record: RunRecord;
  /** Text that came before it was this cell's turn. */
  held: string;
  /** Text on the screen that is part of the answer. */
  shown: string;
  headed: boolean;
  phase: string;
  result: CellResult | null;
}

/** Results on stdout, everything else on stderr. */
export function textReporter(terminal: Terminal, { quiet, several }: { readonly quiet: boolean; readonly several: boolean }): Reporter {
  const { out, err, style, outIsTerminal, errIsTerminal } = terminal;
  const running: Running[] = [];
  let atLineStart = true;
  let begun = 0;
  const live: LiveLine | null = quiet || !errIsTerminal ? null : createLiveLine(() => liveText(running), terminal);
  const above = (write: () => void): void => (live === null ? write() : live.above(write));
  const write = (text: string): void => {
    if (text === '') return;
    above(() => out(text));
    atLineStart = text.endsWith('\n');
  };
  const note = (text: string): void => {
    if (quiet) return;
    above(() => {
      if (!atLineStart && outIsTerminal) out('\n');
      err(`${text}\n`);
    });
    if (outIsTerminal) atLineStart = true;
  };

  const head = (entry: Running): void => {
    if (entry.headed) return;
    entry.headed = true;
    if (begun++ > 0) write('\n');
    if (several) note(style.bold(nameOf(entry.cell)));
  };

  const show = (entry: Running, text: string): void => {
    head(entry);
    const safe = outIsTerminal ? entry.filter.push(text) : text;
    entry.shown += text;
    write(safe);
  };

  /** Text of the foreground cell goes out as it comes, where it will not have to be taken back. */
  const event = (happened: RunEvent, cell: PromptCell, record: RunRecord): void => {
    let entry = running.find((one) => one.cell === cell);
    if (entry === undefined) {
      entry = { cell, record, filter: terminalFilter(), held: '', shown: '', headed: false, phase: 'starting', result: null };
      running.push(entry);
    }
    entry.record = record;
    entry.phase = phaseOf(happened) ?? entry.phase;
    const first = running[0] === entry;
    if (happened.type === 'text-delta' && isAnswer(record, happened.step)) {
      if (first && streams(cell, outIsTerminal)) show(entry, happened.text);
      else entry.held += happened.text;
    } else if (happened.type === 'attempt-start' && happened.number > 1) {
      if (first && outIsTerminal && entry.shown !== '') note(style.dim(`attempt ${happened.number} of ${happened.of}`));
      restart(entry);
    } else if (happened.type === 'model-call-start' && happened.purpose !== 'judge' && (entry.shown !== '' || entry.held !== '')) {
      if (first && outIsTerminal && entry.shown !== '' && !atLineStart) write('\n');
      restart(entry);
    } else if (happened.type === 'wait-start' && happened.reason !== 'queue' && !errIsTerminal) {
      const wait = happened.until === null ? '' : ` for ${seconds(Math.max(0, happened.until - happened.at))}`;
      note(`${nameOf(cell)}: waiting${wait}: ${safeForTerminal(happened.text)}`);
    } else if (happened.type === 'note') note(style.dim(`${nameOf(cell)}: ${safeForTerminal(happened.text)}`));
    else if (happened.type === 'tool-call-end' && first) note(style.dim(`  ${toolLine(record, happened.step)}`));
    else if (happened.type === 'check-end' && happened.passed !== true && !outIsTerminal) note(style.dim(`${nameOf(cell)}: check failed: ${checkLine(record, happened.step)}`));
  };

  const finish = (entry: Running): void => {
    const result = entry.result!;
    head(entry);
    // What is on the screen is the result, unless another attempt was better or the text waited for its turn.
    if (entry.shown !== result.text) {
      if (entry.shown !== '' && !atLineStart) write('\n');
      if (entry.shown !== '') note(style.dim('the best attempt:'));
      write(outIsTerminal ? safeForTerminal(result.text) : result.text);
    } else write(entry.filter.end());
    if (!atLineStart) write('\n');
    summary(result);
  };

  const summary = (result: CellResult): void => {
    for (const check of result.checks) {
      const mark = check.passed === true ? style.green('✓') : check.passed === false ? style.red('✗') : style.yellow('?');
      note(`${mark} ${safeForTerminal(check.name)}${check.passed === true || check.reason === '' ? '' : style.dim(` — ${safeForTerminal(check.reason.replace(/\s+/g, ' '))}`)}`);
    }
    const mark = result.status === 'done' ? style.green('✓') : result.status === 'cancelled' || result.status === 'skipped' ? style.yellow('–') : style.red('✗');
    const parts = summaryParts(result);
    note(`${mark} ${style.dim(`${several ? `${nameOf(result)} · ` : ''}${safeForTerminal(parts.join(' · '))}`)}`);
    if (result.error !== null) {
      note(`${style.red(result.error.code)}: ${safeForTerminal(result.error.message)}`);
      if (result.error.hint !== null) note(style.dim(`  ${safeForTerminal(result.error.hint)}`));
    }
    if (result.recordError !== null) note(style.yellow(`The record of this run is not whole: ${result.recordError}`));
  };

  return {
    event,
    result(result) {
      const entry = running.find((one) => one.cell.index === result.index);
      if (entry === undefined) {
        if (several) note('');
        return summary(result);
      }
      entry.result = result;
      while (running[0]?.result != null) {
        finish(running[0]);
        running.shift();
        const next = running[0];
        if (next !== undefined && next.held !== '' && streams(next.cell, outIsTerminal)) {
          const held = next.held;
          next.held = '';
          show(next, held);
        }
      }
    },
    end(outcome) {
      live?.stop();
      if (outcome !== null && several && outcome.cells.length > 1 && !quiet) err(`\n${style.dim(totalLine(outcome.cells.length, outcome))}\n`);
    },
  };
}

function restart(entry: Running): void {
  entry.shown = '';
  entry.held = '';
}

/** Whether a cell's text may go out before it is known that it is the result: always on a terminal, else where nothing can replace it. */
function streams({ options }: PromptCell, onTerminal: boolean): boolean {
  return onTerminal || (options.get(retry) === undefined && options.get(output) === undefined && options.get(tools) === undefined);
}

function isAnswer(record: RunRecord, step: number): boolean {
  const call = record.steps[step - 1];
  return call?.kind === 'model-call' && call.purpose !== 'judge';
}

function phaseOf(event: RunEvent): string | null {
  switch (event.type) {
    case 'model-call-start':
      return event.purpose === 'judge' ? 'judging' : event.purpose === 'repair' ? 'repairing' : 'connecting';
    case 'request-start':
      return event.try > 1 ? `try ${event.try}` : null;
    case 'response-start':
      return 'waiting for the first token';
    case 'text-delta':
      return 'streaming';
    case 'reasoning-delta':
      return 'reasoning';
    case 'tool-call-start':
      return `tool ${event.name}`;
    case 'check-start':
      return 'checking';
    case 'wait-start':
      return event.reason === 'queue' ? 'queued' : 'waiting';
    default:
      return null;
  }
}

function liveText(running: readonly Running[]): string | null {
  const [first] = running;
  if (first === undefined) return null;
  const { record } = first;
  const parts = [nameOf(first.cell), first.phase];
  if (record.usage !== null) parts.push(tokens(record.usage));
  if (record.cost !== null && record.cost.usd !== null) parts.push(money(record.cost));
  parts.push(seconds(Math.max(0, Date.now() - record.startedAt)));
  if (running.length > 1) parts.push(`${running.length - 1} more running`);
  return safeForTerminal(parts.join(' · '));
}

function toolLine(record: RunRecord, id: number): string {
  const step = record.steps[id - 1];
  return step?.kind === 'tool-call' ? safeForTerminal(`${step.name}(${step.arguments}) = ${(step.output ?? '').replace(/\s+/g, ' ').slice(0, 200)}`) : '';
}

function checkLine(record: RunRecord, id: number): string {
  const step = record.steps[id - 1];
  return step?.kind === 'check' ? safeForTerminal(`${step.name} — ${step.reason.replace(/\s+/g, ' ')}`) : '';
}

function nameOf({ name, number }: { readonly name: string | null; readonly number: number }): string {
  return name ?? `#${number}`;
}

function totalLine(count: number, { calls, usage, cost }: { readonly calls: number; readonly usage: Usage | null; readonly cost: Cost | null }): string {
  const parts = [`${count} cells`, `${calls} ${calls === 1 ? 'call' : 'calls'}`];
  if (usage !== null) parts.push(tokens(usage));
  if (cost !== null) parts.push(money(cost));
  return parts.join(' · ');
}
