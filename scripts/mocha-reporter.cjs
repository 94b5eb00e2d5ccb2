'use strict';
/** Writes what came of the tests to a file, for scripts/test.mjs; shows a dot for each test meanwhile. */
const { writeFileSync } = require('node:fs');

module.exports = class Reporter {
  constructor(runner, options) {
    const { output } = options.reporterOptions;
    const result = { passed: 0, failures: [], skipped: [] };
    const onTerminal = process.stdout.isTTY === true;
    const dot = (text) => onTerminal && process.stdout.write(text);
    runner.on('pass', () => {
      result.passed += 1;
      dot('.');
    });
    runner.on('pending', (test) => {
      result.skipped.push({ title: test.fullTitle(), reason: test.skipReason ?? '' });
      dot(',');
    });
    runner.on('fail', (test, error) => {
      const diff = error.showDiff !== false && 'expected' in error && !String(error.message).includes('\n') ? `\nexpected: ${show(error.expected)}\nactual:   ${show(error.actual)}` : '';
      result.failures.push({ title: test.fullTitle(), message: `${error.stack ?? error.message ?? error}${diff}` });
      dot('F');
    });
    runner.on('end', () => {
      if (onTerminal) process.stdout.write('\n');
      writeFileSync(output, JSON.stringify(result));
    });
  }
};

function show(value) {
  try {
    return JSON.stringify(value)?.slice(0, 2000) ?? String(value);
  } catch {
    return String(value);
  }
}
