'use strict';
/**
 * Writes what came of the tests to a file, for scripts/test.mjs; shows a dot for each test meanwhile, at a terminal. The file is there from
 * the start and is written again before each test, so that a process that dies in the middle has said what passed, and where it was.
 */
const { writeFileSync } = require('node:fs');
const { inspect } = require('node:util');

module.exports = class Reporter {
  constructor(runner, options) {
    const { output } = options.reporterOptions;
    const result = { passed: 0, failures: [], skipped: [], at: '', ended: false };
    const dot = (text) => process.stdout.isTTY === true && process.stdout.write(text);
    const write = () => writeFileSync(output, JSON.stringify(result));
    const at = (runnable) => {
      result.at = runnable.fullTitle();
      write();
    };
    runner.on('test', at);
    runner.on('hook', at);
    runner.on('pass', () => {
      result.passed += 1;
      dot('.');
    });
    runner.on('pending', (test) => {
      result.skipped.push({ title: test.fullTitle(), reason: reasonOf(test) });
      dot(',');
    });
    runner.on('fail', (test, error) => {
      result.failures.push({ title: test.fullTitle(), message: messageOf(error) });
      dot('F');
    });
    runner.on('end', () => {
      dot('\n');
      result.ended = true;
      write();
    });
    write();
  }
};

/** `test/skip.ts` leaves the reason at the test, or at the suite when a hook gave up for all of it. */
function reasonOf(test) {
  for (let at = test; at !== undefined; at = at.parent) if (at.skipReason !== undefined) return at.skipReason;
  return 'it gives no reason';
}

function messageOf(error) {
  const cause = error.cause === undefined ? '' : `\ncaused by ${inspect(error.cause)}`;
  return `${error.stack ?? error.message ?? inspect(error)}${cause}`;
}
