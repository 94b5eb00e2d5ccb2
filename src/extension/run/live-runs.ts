import { followRun, type LiveRun } from '../../core/trace/live.ts';
import type { RendererMessage } from '../../core/trace/renderer-messages.ts';
import type { RunEvent } from '../../core/trace/event.ts';
import type { RunRecord } from '../../core/trace/record.ts';

/** How often those who watch a run are told what is new, in milliseconds. */
const interval = 120;

/** The runs that go on in this window, for those who watch them. */
export interface LiveRuns {
  event(event: RunEvent, record: RunRecord): void;
  watch(run: string): void;
  unwatch(run: string): void;
  /** The record so far of a run that goes on. */
  record(run: string): RunRecord | undefined;
  dispose(): void;
}

interface Entry {
  readonly live: LiveRun;
  readonly record: RunRecord;
  news: boolean;
}

export function liveRuns({ tell, now }: { readonly tell: (message: RendererMessage) => void; readonly now: () => number }): LiveRuns {
  const runs = new Map<string, Entry>();
  const watched = new Map<string, number>();
  let timer: ReturnType<typeof setInterval> | null = null;
  const tick = (): void => {
    for (const [run, entry] of runs) {
      if (!watched.has(run) || !entry.news) continue;
      entry.news = false;
      tell({ type: 'live', run, ...entry.live.news(now()) });
    }
    if (runs.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
  return {
    event(event, record) {
      let entry = runs.get(record.id);
      if (entry === undefined) runs.set(record.id, (entry = { live: followRun(), record, news: false }));
      entry.live.note(event, record);
      entry.news = true;
      if (event.type === 'run-end') {
        if (watched.has(record.id)) tell({ type: 'live', run: record.id, ...entry.live.news(now()) });
        runs.delete(record.id);
      }
      timer ??= setInterval(tick, interval);
    },
    watch(run) {
      watched.set(run, (watched.get(run) ?? 0) + 1);
      const entry = runs.get(run);
      if (entry !== undefined) tell({ type: 'live', run, ...entry.live.snapshot(now()) });
    },
    unwatch(run) {
      const left = (watched.get(run) ?? 1) - 1;
      if (left > 0) watched.set(run, left);
      else watched.delete(run);
    },
    record: (run) => runs.get(run)?.record,
    dispose() {
      if (timer !== null) clearInterval(timer);
      timer = null;
    },
  };
}
