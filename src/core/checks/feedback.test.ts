import assert from 'node:assert/strict';
import { failureFeedback } from './feedback.ts';

describe('failureFeedback', () => {
  it('names what failed and why, what passed, and asks for a whole new answer', () => {
    const text = failureFeedback([
      { name: 'The poem has four lines.', passed: true, reason: 'It has four.' },
      { name: 'The poem does not rhyme.', passed: false, reason: 'Lines 1 and 3 rhyme: day, way.' },
    ]);
    assert.match(text, /does not meet this requirement:\n- The poem does not rhyme\.\n {2}Why it fails: Lines 1 and 3 rhyme: day, way\./);
    assert.match(text, /must stay so:\n- The poem has four lines\./);
    assert.match(text, /new, complete answer that meets all of them/);
    assert.doesNotMatch(text, /It has four\./);
  });

  it('says what could not be decided', () => {
    const text = failureFeedback([{ name: 'It rhymes.', passed: null, reason: 'The judge was silent.' }]);
    assert.doesNotMatch(text, /must stay so/);
    assert.match(text, /It rhymes\. \(This could not be decided: The judge was silent\.\)/);
  });

  it('stays short whatever the reasons are', () => {
    assert.ok(failureFeedback([{ name: 'n'.repeat(1e6), passed: false, reason: 'r'.repeat(1e7) }]).length < 2000);
  });
});
