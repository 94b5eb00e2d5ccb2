import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { linkSignals } from './link-signals.ts';

describe('Linked signals', () => {
  it('abort with the first of their sources, with its reason', () => {
    const [a, b] = [new AbortController(), new AbortController()];
    const { signal } = linkSignals([a.signal, null, b.signal]);
    assert.equal(signal.aborted, false);
    b.abort('second');
    a.abort('first');
    assert.deepEqual([signal.aborted, signal.reason], [true, 'second']);
  });

  it('are aborted at once where a source is', () => {
    assert.equal(linkSignals([new AbortController().signal, AbortSignal.abort('before')]).signal.reason, 'before');
  });

  it('leave nothing behind at their sources', () => {
    const source = new AbortController();
    const links = Array.from({ length: 100 }, () => linkSignals([source.signal, null]));
    assert.equal(getEventListeners(source.signal, 'abort').length, 100);
    for (const link of links) link.unlink();
    assert.equal(getEventListeners(source.signal, 'abort').length, 0);
    source.abort();
    assert.equal(links[0]!.signal.aborted, false);
  });
});
