import assert from 'node:assert/strict';
import fc from 'fast-check';
import { anyEvent, anyEvents, eventOf } from '../../../test/run-events.ts';
import { emptyRecord, reduce } from './reduce.ts';
import { isRunEvent } from './event-form.ts';
import { mergeDeltas, readJournal } from './journal.ts';
import { traceText } from './text.ts';
import type { RunEvent } from './event.ts';
import type { RunRecord } from './record.ts';

const begin: RunEvent = { type: 'run-start', version: 1, at: 10, id: 'a1', group: 'g', notebook: 'n.promptnb', cell: 'poem', index: 2, in: 'b7', model: 'fast' };
const start = (step: number, purpose: 'answer' | 'judge' = 'answer'): RunEvent => ({ type: 'model-call-start', at: 20, step, parent: 0, purpose, model: 'fast', request: { messages: [], config: {} } });
const say = (step: number, text: string): RunEvent => ({ type: 'text-delta', at: 30, step, text });
const end: RunEvent = { type: 'run-end', at: 40, status: 'done', text: 'whole', value: 'whole', taint: [], checks: [], attempts: 1, error: null };

function journal(events: readonly RunEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

describe('A journal', () => {
  it('is read as the record that its events fold to', () =>
    fc.assert(
      fc.property(anyEvents, (events) => {
        const all = [begin, ...events, end];
        assert.deepEqual(readJournal(journal(all)), all.reduce(reduce, emptyRecord()));
      }),
      { numRuns: 200 },
    ));

  it('does not mind blank lines, CRLF and a missing last line end', () => {
    const text = journal([begin, start(1), end]);
    for (const written of [text.trimEnd(), text.replaceAll('\n', '\r\n'), text.replaceAll('\n', '\n\n  \n')]) assert.deepEqual(readJournal(written), readJournal(text));
  });

  it('without an end is interrupted when its last event happened, with the text so far', () => {
    const rows: readonly (readonly [events: readonly RunEvent[], text: string, at: number])[] = [
      [[begin], '', 10],
      [[begin, start(1), say(1, 'half an'), say(1, ' answer')], 'half an answer', 30],
      [[begin, start(1), say(1, 'answer'), start(2, 'judge'), say(2, 'verdict')], 'answer', 30],
      [[begin, start(1), say(1, 'first'), start(2)], 'first', 20],
      [[begin, start(1), say(1, 'first'), start(2), say(2, 'sec')], 'sec', 30],
    ];
    for (const [events, text, at] of rows) {
      const record = readJournal(journal(events));
      assert.deepEqual([record.status, record.text, record.endedAt, record.damaged], ['interrupted', text, at, 0]);
    }
  });

  const noJournals: readonly (readonly [what: string, text: string])[] = [
    ['nothing', ''], ['blank lines', '\n\n'], ['something else', 'hello\n'], ['JSON of something else', '{"a":1}\n[1]\nnull\n'], ['events without a beginning', journal([start(1), end])],
    ['a beginning of another form', '{"type":"run-start","at":"soon","id":5}\n'], ['a beginning of another version', journal([{ ...begin, version: 2 } as unknown as RunEvent])],
  ];
  for (const [what, text] of noJournals) it(`is none where there is ${what}`, () => assert.throws(() => readJournal(text), /^Error: This is no record of a run: it has no line that starts one\.$/));

  it('counts lines that cannot be read, and leaves them out', () => {
    const lines = journal([begin, start(1), say(1, 'x'), end]).split('\n');
    const damaged = [lines[0], 'garbage', '{"type":"text-delta","at":1,"step":1', lines[1], '[]', 'null', '7', '{"type":5}', '{"at":1}', '{"type":"text-delta","at":1,"step":1}', lines[2], lines[3]].join('\n');
    assert.deepEqual(readJournal(damaged), { ...readJournal(journal([begin, start(1), say(1, 'x'), end])), damaged: 8 });
  });

  it('passes over events that only a later version knows, and counts them as no damage', () => {
    assert.equal(readJournal(`${journal([begin])}{"type":"dream-start","when":"now"}\n${journal([end])}`).damaged, 0);
  });

  it('cut anywhere is read as far as it goes', () =>
    fc.assert(
      fc.property(anyEvents, fc.nat(), (events, place) => {
        const head = journal([begin]);
        const bytes = new TextEncoder().encode(head + journal([...events, end]));
        const record = readJournal(new TextDecoder().decode(bytes.subarray(0, head.length + (place % (bytes.length - head.length)))));
        assert.ok(record.damaged <= 1);
        traceText(record);
      }),
      { numRuns: 200 },
    ));

  /** What a person, a merge or another program can do to one line. */
  const spoilt = fc.tuple(anyEvent, fc.nat(), fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 0.5, 1e300, [], {}, [null], { length: 1e9 }))).map(([event, place, value]) => {
    const entries = Object.entries(event);
    const key = entries[place % entries.length]![0];
    return JSON.stringify({ ...event, [key]: value });
  });

  it('with events of any other form throws nothing, and can be drawn', () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(spoilt, anyEvent.map((event) => JSON.stringify(event))), { maxLength: 30 }), (lines) => {
        traceText(readJournal(`${journal([begin])}${lines.join('\n')}`));
      }),
      { numRuns: 500 },
    ));

  it('cannot make a tree without end', () => {
    const loops = (events: readonly object[]): RunRecord => readJournal(journal([begin, ...(events as readonly RunEvent[])]));
    const check = (step: number, parent: number): object => ({ type: 'check-start', at: 1, step, parent, name: 'c', kind: 'code' });
    assert.equal(loops([check(1, 1), check(0, 0), check(1, 2), check(-1, 0), check(1.5, 0)]).damaged, 5);
    const record = loops(Array.from({ length: 50 }, (_, index) => check(1 + Math.floor(index / 2), Math.floor(index / 2))));
    assert.equal(record.steps.length, 25, 'a step that begins twice would be drawn twice as often at each depth');
    assert.ok(traceText(record).length < 5000);
  });

  it('cannot be deeper than what prints it can go', () => {
    const ends = (depth: number): string => journal([begin, end]).replace('"value":"whole"', `"value":${'['.repeat(depth)}${']'.repeat(depth)}`);
    const record = readJournal(ends(500));
    assert.deepEqual([record.damaged, JSON.stringify(record, null, 2).includes('[]')], [0, true]);
    assert.equal(readJournal(ends(200_000)).damaged, 1);
  });

  it('cannot ask for a list without end', () => {
    const call = { type: 'tool-call-delta', at: 1, step: 1, index: 4_000_000_000, arguments: '{}' } as const;
    assert.deepEqual([isRunEvent(call), isRunEvent({ ...call, index: -1 }), isRunEvent({ ...call, index: 3 })], [false, false, true]);
  });
});

describe('Neighbouring deltas', () => {
  it('of one step and kind are one, at the first one’s time', () => {
    assert.deepEqual(mergeDeltas(say(1, 'a'), { ...say(1, 'b'), at: 99 }), say(1, 'ab'));
    const fragment = { type: 'tool-call-delta', at: 1, step: 1, index: 0, id: 'c', name: 'add', arguments: '{' } as const;
    assert.deepEqual(mergeDeltas(fragment, { type: 'tool-call-delta', at: 2, step: 1, index: 0, arguments: '}' }), { ...fragment, arguments: '{}' });
  });

  const apart: readonly (readonly [what: string, a: RunEvent, b: RunEvent])[] = [
    ['of two steps', say(1, 'a'), say(2, 'b')],
    ['of two kinds', say(1, 'a'), { type: 'reasoning-delta', at: 30, step: 1, text: 'b' }],
    ['of two tool calls', { type: 'tool-call-delta', at: 1, step: 1, index: 0, arguments: '' }, { type: 'tool-call-delta', at: 1, step: 1, index: 1, arguments: '' }],
    ['where a new call begins', { type: 'tool-call-delta', at: 1, step: 1, index: 0, arguments: '' }, { type: 'tool-call-delta', at: 1, step: 1, index: 0, id: 'c', arguments: '' }],
    ['that are none', begin, end],
  ];
  for (const [what, a, b] of apart) it(`${what} stay apart`, () => assert.equal(mergeDeltas(a, b), null));

  it('keep the name of a tool that comes late', () => {
    const named = { type: 'tool-call-delta', at: 2, step: 1, index: 0, name: 'add', arguments: '}' } as const;
    const merged = mergeDeltas({ type: 'tool-call-delta', at: 1, step: 1, index: 0, arguments: '{' }, named);
    assert.ok(merged === null || (merged.type === 'tool-call-delta' && merged.name === 'add'));
  });
});

describe('The form of events', () => {
  it('is that of every event that there is', () => fc.assert(fc.property(anyEvent, isRunEvent), { numRuns: 500 }));

  it('needs each field that is always there', () =>
    fc.assert(
      fc.property(fc.constantFrom('run-start', 'attempt-end', 'model-call-start', 'tool-call-start', 'check-end', 'limit-reached', 'run-end', 'request-end', 'wait-start').chain((type) => eventOf(type)), (event) => {
        for (const key of Object.keys(event)) if (key !== 'error' && key !== 'value') assert.ok(!isRunEvent(Object.fromEntries(Object.entries(event).filter(([name]) => name !== key))), key);
      }),
    ));
});
