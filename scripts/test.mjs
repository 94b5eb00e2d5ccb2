/**
 * `npm test [-- LAYER …]`: installs what is missing, builds, checks types and style, and runs every layer of tests. A layer is a folder of
 * test/ that holds tests, and the unit tests beside the code. The last line counts everything, whatever happens. Runs on any Node from 20
 * on, with nothing installed; the tests themselves run on the project's own Node.
 */
import { environment, install, node, root } from './install.mjs';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { layers } from './layers.mjs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/** No layer takes longer by itself: one that does hangs, and is ended so that the others are counted. */
const layerMinutes = 15;

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const skips = [];

try {
  const wanted = process.argv.slice(2);
  const chosen = choose(wanted);
  if (chosen !== null) {
    install();
    if (wanted.length === 0) {
      command('build', ['esbuild.mjs']);
      command('types of core', ['node_modules/typescript/bin/tsc', '-p', 'src/core']);
      command('types', ['node_modules/typescript/bin/tsc', '-p', '.']);
      command('types of pages', ['node_modules/typescript/bin/tsc', '-p', 'src/renderer']);
      command('lint', ['node_modules/eslint/bin/eslint.js', '.']);
    }
    const more = {
      ...(chosen.some((layer) => layer.needsModel) && get('embedded model', ['get-llama.ts', 'get-model.ts'], 'PROMPTNB_NO_LOCAL')),
      ...(chosen.some((layer) => layer.needsVscode) && get('VS Code', [join('vscode', 'get-vscode.ts'), join('vscode', 'get-chromium.ts')], 'PROMPTNB_NO_VSCODE')),
    };
    for (const layer of chosen) runLayer(layer, more);
  }
} catch (error) {
  fail('project', 'what the tests need', error.message);
}
for (const { layer, title, reason } of skips) console.log(`skipped  ${layer}: ${title}: ${reason}`);
for (const { layer, title, message } of failures) console.log(`\nFAILED  ${layer}: ${title}\n${message}`);
console.log(`${failures.length > 0 ? '\n' : ''}${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** The layers that were asked for, all without a name; null when there is none of a name, which has been told then. */
function choose(wanted) {
  const all = layers(readdirSync(join(root, 'test'), { recursive: true }));
  const unknown = wanted.find((name) => !all.some((layer) => layer.name === name));
  if (unknown === undefined) return all.filter((layer) => wanted.length === 0 || wanted.includes(layer.name));
  fail('project', `npm test -- ${wanted.join(' ')}`, `There is no layer ${unknown}. There are: ${all.map((layer) => layer.name).join(', ')}.`);
  return null;
}

function command(title, args) {
  const started = performance.now();
  const { status, stdout, stderr, error } = spawnSync(node, args, { cwd: root, encoding: 'utf8', env: environment(), maxBuffer: 1 << 28 });
  if (status === 0) total.passed += 1;
  else fail('project', title, error?.message ?? `${stdout}${stderr}`.trimEnd());
  tell(title, started, status === 0 ? 'ok' : 'FAILED');
}

/** Gets what some tests need. Where it cannot be had, they are skipped and say why: the variable of this name holds the reason. */
function get(title, scripts, variable) {
  const started = performance.now();
  for (const script of scripts) {
    const { status, stderr } = spawnSync(node, [join('scripts', script)], { cwd: root, encoding: 'utf8', env: environment(), stdio: ['ignore', 'ignore', 'pipe'] });
    process.stderr.write(stderr);
    if (status !== 0) {
      tell(title, started, 'cannot be had here; the tests that need it are skipped');
      return { [variable]: `${title} cannot be had here. ${stderr.trim().replace(/\s*\n\s*/g, ' ')}` };
    }
  }
  tell(title, started, 'there');
  return {};
}

function runLayer({ name, spec, program }, more) {
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'promptnb-test-'));
  const output = join(folder, 'report.json');
  const { status, signal } = spawnSync(
    node,
    program === null
      ? ['node_modules/mocha/bin/mocha.js', '--no-config', '--fail-zero', '--forbid-only', '--timeout', '60000', '--exit', '--reporter', 'scripts/mocha-reporter.cjs', '--reporter-option', `output=${output}`, spec]
      : [program, output],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: environment(more), timeout: layerMinutes * 60_000, killSignal: 'SIGKILL' },
  );
  const result = existsSync(output) ? JSON.parse(readFileSync(output, 'utf8')) : null;
  rmSync(folder, { recursive: true, force: true });
  total.passed += result?.passed ?? 0;
  for (const { title, message } of result?.failures ?? []) fail(name, title, message);
  for (const { title, reason } of result?.skipped ?? []) skip(name, title, reason);
  if (result?.ended !== true) {
    const how = signal === 'SIGKILL' && performance.now() - started >= layerMinutes * 60_000 ? `it took more than ${layerMinutes} minutes and was ended` : `status ${status ?? signal}; what it says stands above`;
    fail(name, 'the layer itself', `It did not run to its end (${how}).${result === null ? '' : ` It was at: ${result.at}`}`);
  } else if (status !== 0 && result.failures.length === 0) fail(name, 'the layer itself', `It ended with status ${status ?? signal}, and no test says why: is there any?`);
  tell(name, started, result === null ? 'FAILED' : `${result.passed} passed, ${result.failures.length} failed, ${result.skipped.length} skipped${result.ended ? '' : ', not finished'}`);
}

function fail(layer, title, message) {
  total.failed += 1;
  failures.push({ layer, title, message });
}

function skip(layer, title, reason) {
  total.skipped += 1;
  skips.push({ layer, title, reason });
}

function tell(title, started, text) {
  console.log(`${title.padEnd(16)} ${text} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
