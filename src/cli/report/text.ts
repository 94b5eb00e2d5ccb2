import { createLiveLine, type LiveLine } from './live-line.ts';
import { errorLines, oneLine } from '../print-problems.ts';
import { livePhrase, newProgress, noteProgress, type Progress } from '../../core/trace/progress.ts';
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
  readonly progress: Progress;
  record: RunRecord;
  /** Text that came before it was this cell's turn. */
  held: string;
  /** Text on the screen that is part of the answer. */
  shown: string;
  headed: boolean;
  /** Whether any text of it has been written. */
  begun: boolean;
  result: CellResult | null;
}

export interface TextReporterOptions {
  /** Without progress and summaries: only what went wrong is told. */
  readonly quiet: boolean;
  /** Whether more than one cell may run, so that each needs its name. */
  readonly several: boolean;
  /** Whether this cell was asked for. Results of others, which it needs, are shown to people only: a program gets what it asked for. */
  readonly wanted: (cell: PromptCell) => boolean;
  /** Whether results go to stdout as text. */
  readonly results: boolean;
  /** Whether a line may be drawn on a terminal: not where others write to it at the same time. */
  readonly line: boolean;
}

/** Results on stdout, everything else on stderr. */
export function textReporter(terminal: Terminal, { quiet, several, wanted, results, line }: TextReporterOptions): Reporter {
  const { out, err, style, errIsTerminal } = terminal;
  // Results in another format are somebody else's to print: here they count as not shown.
  const outIsTerminal = terminal.outIsTerminal && results;
  const running: Running[] = [];
  let atLineStart = true;
  let headed = 0;
  let bodies = 0;
  let lastError = '';
  const live: LiveLine | null = line && !quiet && errIsTerminal ? createLiveLine({ text: () => liveText(running), shared: outIsTerminal }, terminal) : null;
  const toErr = (text: string): void => (live === null ? err(text) : live.above(text, err));
  const write = (text: string): void => {
    if (text === '' || !results) return;
    if (live === null || !outIsTerminal) out(text);
    else live.above(text, out);
    atLineStart = text.endsWith('\n');
  };
  /** Lines for stderr, which begin on a line of their own on a screen that both share. */
  const problem = (lines: string): void => {
    if (outIsTerminal && !atLineStart) write('\n');
    toErr(lines);
  };
  const note = (line: string): void => {
    if (!quiet) problem(`${line}\n`);
  };

  const head = (entry: Running): void => {
    if (entry.headed) return;
    entry.headed = true;
    // Where results go elsewhere the summary tells whose they are.
    if (!outIsTerminal) return;
    if (headed++ > 0) note('');
    if (several) note(style.bold(nameOf(entry.cell)));
  };

  const show = (entry: Running, text: string): void => {
    head(entry);
    entry.shown += text;
    body(entry, outIsTerminal ? entry.filter.push(text) : text);
  };

  /** A part of a cell's text. In a pipe a blank line stands between the texts of two cells. */
  const body = (entry: Running, text: string): void => {
    if (text === '' || (!outIsTerminal && !wanted(entry.cell))) return;
    if (!entry.begun && !outIsTerminal && bodies++ > 0) write('\n');
    entry.begun = true;
    write(text);
  };

  /** Text of the foreground cell goes out as it comes, where it will not have to be taken back. */
  const event = (happened: RunEvent, cell: PromptCell, record: RunRecord): void => {
    let entry = running.find((one) => one.cell === cell);
    if (entry === undefined) {
      entry = { cell, record, filter: terminalFilter(), progress: newProgress(), held: '', shown: '', headed: false, begun: false, result: null };
      running.push(entry);
    }
    entry.record = record;
    noteProgress(entry.progress, happened);
    const first = running[0] === entry;
    const prefix = several && !(first && outIsTerminal) ? `${nameOf(cell)}: ` : '';
    switch (happened.type) {
      case 'text-delta':
        if (!isAnswer(record, happened.step)) break;
        if (first && streams(cell, outIsTerminal)) show(entry, happened.text);
        else entry.held += happened.text;
        break;
      case 'attempt-start':
        if (happened.number === 1) break;
        if (first) head(entry);
        note(style.dim(`${prefix}attempt ${happened.number} of ${happened.of}`));
        restart(entry);
        break;
      case 'model-call-start':
        if (happened.purpose === 'judge' || (entry.shown === '' && entry.held === '')) break;
        if (first && outIsTerminal && entry.shown !== '' && !atLineStart) write('\n');
        if (happened.purpose === 'repair') note(style.dim(`${prefix}asking for a repair: the answer does not follow its form`));
        restart(entry);
        break;
      case 'wait-start': {
        if (happened.reason === 'queue') break;
        const wait = happened.until === null ? '' : ` ${seconds(Math.max(0, happened.until - happened.at))}`;
        note(style.yellow(`${prefix}waiting${wait}: ${oneLine(happened.text)}`));
        break;
      }
      case 'note':
        note(style.dim(`${prefix}${oneLine(happened.text)}`));
        break;
      case 'tool-call-end':
        if (first) head(entry);
        note(style.dim(`${prefix}${toolLine(record, happened.step)}`));
        break;
      case 'attempt-end':
        if (happened.passed === happened.checks || isLastAndKept(record, happened.step)) break;
        if (first) head(entry);
        for (const step of record.steps) if (step.kind === 'check' && step.parent === happened.step && step.passed !== true) note(`${prefix}${checkLine(step)}`);
        break;
      default:
        break;
    }
  };

  const checkLine = ({ name, passed, reason }: { readonly name: string; readonly passed: boolean | null; readonly reason: string }): string => {
    const mark = passed === true ? style.green('✓') : passed === false ? style.red('✗') : style.yellow('?');
    return `${mark} ${oneLine(name)}${passed === true || reason === '' ? '' : style.dim(` — ${oneLine(reason)}`)}`;
  };

  const finish = (entry: Running): void => {
    const result = entry.result!;
    head(entry);
    // What is on the screen is the result, unless another attempt was better or the text waited for its turn.
    if (entry.shown === result.text) body(entry, entry.filter.end());
    else {
      if (entry.shown !== '' && !atLineStart) write('\n');
      if (entry.shown !== '' && result.text !== '') note(style.dim('the best attempt:'));
      body(entry, outIsTerminal ? safeForTerminal(result.text) : result.text);
    }
    if (!atLineStart) write('\n');
    summary(result);
  };

  const summary = (result: CellResult): void => {
    const failed = result.status !== 'done' && result.status !== 'cancelled';
    // Quiet is not mute: what makes the command fail is told.
    const tell = (line: string): void => (quiet ? problem(`${nameOf(result)}: ${line}\n`) : note(line));
    for (const check of result.checks) if (!quiet || check.passed !== true) tell(checkLine(check));
    const mark = result.status === 'done' ? style.green('✓') : failed && result.status !== 'skipped' ? style.red('✗') : style.yellow('–');
    const name = several ? `${nameOf(result)} · ` : '';
    note(`${mark} ${style.dim(`${name}${oneLine(summaryParts(result).join(' · '))}`)}`);
    if (result.error !== null) {
      const lines = errorLines(result.error, style);
      // One reason for many cells is told once.
      if (lines !== lastError) problem(quiet ? `${nameOf(result)}: ${lines}` : lines);
      lastError = lines;
    }
    if (result.recordError !== null) problem(style.yellow(`The record of ${nameOf(result)} is not whole: ${oneLine(result.recordError)}`) + '\n');
  };

  return {
    event,
    result(result) {
      const entry = running.find((one) => one.cell.index === result.index);
      if (entry === undefined) {
        if (outIsTerminal && headed++ > 0 && running.length === 0) note('');
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
      if (outcome === null || !several || outcome.cells.length < 2) return;
      if (outIsTerminal) note('');
      note(style.dim(totalLine(outcome)));
    },
  };
}

function liveText(running: readonly Running[]): string | null {
  const [first] = running;
  if (first === undefined) return null;
  const parts = [nameOf(first.cell), ...livePhrase(first.progress, first.record, Date.now())];
  if (running.length > 1) parts.push(`${running.length - 1} more running`);
  return oneLine(parts.join(' · '));
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

/** The checks of such an attempt stand with the result. */
function isLastAndKept(record: RunRecord, id: number): boolean {
  const step = record.steps[id - 1];
  return step?.kind === 'attempt' && step.number === step.of && step.kept;
}

function toolLine(record: RunRecord, id: number): string {
  const step = record.steps[id - 1];
  if (step?.kind !== 'tool-call') return '';
  const result = oneLine(step.output ?? '');
  return `${oneLine(`${step.name}(${step.arguments})`)} ${step.failed ? '✗' : '→'} ${result.length > 200 ? `${result.slice(0, 199)}…` : result}`;
}

function nameOf({ name, number }: { readonly name: string | null; readonly number: number }): string {
  return name ?? `#${number}`;
}

function totalLine({ cells, calls, usage, cost }: { readonly cells: readonly CellResult[]; readonly calls: number; readonly usage: Usage | null; readonly cost: Cost | null }): string {
  const done = cells.filter((cell) => cell.status === 'done').length;
  const parts = [done === cells.length ? `${done} cells` : `${done} of ${cells.length} cells done`, `${calls} ${calls === 1 ? 'call' : 'calls'}`];
  if (usage !== null && calls > 0) parts.push(tokens(usage));
  if (cost !== null && calls > 0) parts.push(money(cost));
  return parts.join(' · ');
}
