/**
 * `npm test [-- LAYER …]`: installs what is missing, builds, and runs every layer of tests. The last line counts them all. A layer is a
 * folder in test/ (and the unit tests beside the code); new ones are found by themselves.
 */
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { install, node, root, run } from './install.mjs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/** What must come first comes first; the rest by name. */
const order = ['rules', 'servers', 'faults'];
const last = ['examples', 'local', 'independent'];

const wanted = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const skips = [];

install();
// From here on the script itself runs on the project's own Node: this one may be too old to look for files by pattern.
if (!process.execPath.includes('node_modules') && process.env.PROMPTNB_TEST_NODE === undefined) {
  process.exit(run(node, [join('scripts', 'test.mjs'), ...wanted], { env: { ...process.env, PROMPTNB_TEST_NODE: '1' } }));
}

const layers = findLayers();
if (wanted.length === 0) {
  command('build', ['esbuild.mjs']);
  command('types of core', ['node_modules/typescript/bin/tsc', '-p', 'src/core']);
  command('types', ['node_modules/typescript/bin/tsc', '-p', '.']);
  command('lint', ['node_modules/eslint/bin/eslint.js', '.']);
}
const local = layers.some((layer) => layer.name === 'local' || layer.name === 'examples') ? getLocalModel() : {};
for (const layer of layers) mocha(layer, local);

for (const { layer, title, reason } of skips) console.log(`skipped: ${layer}: ${title}${reason === '' ? '' : `: ${reason}`}`);
for (const { layer, title, message } of failures) console.log(`\nFAILED  ${layer}: ${title}\n${message}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

function findLayers() {
  const folders = [...new Set(globSync('test/*/**/*.test.ts', { cwd: root }).map((file) => file.split(/[\\/]/)[1]))].sort();
  const rank = (name) => (order.includes(name) ? order.indexOf(name) : last.includes(name) ? 1000 + last.indexOf(name) : 100);
  folders.sort((a, b) => rank(a) - rank(b));
  const all = [{ name: 'unit', spec: 'src/**/*.test.ts' }, ...folders.map((name) => ({ name, spec: `test/${name}/**/*.test.ts` }))];
  if (wanted.length === 0) return all;
  const unknown = wanted.find((name) => !all.some((layer) => layer.name === name));
  if (unknown !== undefined) {
    console.error(`There is no layer ${unknown}. There are: ${all.map((layer) => layer.name).join(', ')}.`);
    process.exit(2);
  }
  return all.filter((layer) => wanted.includes(layer.name));
}

function command(title, args) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status === 0) total.passed += 1;
  else {
    total.failed += 1;
    failures.push({ layer: 'project', title, message: `${stdout}${stderr}` });
  }
  told(title, started, status === 0 ? 'ok' : 'FAILED');
}

/** Tests with the embedded model say that they are skipped, and why, where it cannot be had. */
function getLocalModel() {
  for (const script of ['get-llama.ts', 'get-model.ts']) {
    const { status, stderr } = spawnSync(process.execPath, [join('scripts', script)], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'inherit', 'pipe'] });
    process.stderr.write(stderr);
    if (status !== 0) return { PROMPTNB_NO_LOCAL: `The embedded model cannot be had here: ${stderr.trim().split('\n').at(-1)}` };
  }
  return {};
}

function mocha({ name, spec }, env) {
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'promptnb-test-'));
  const report = join(folder, 'report.json');
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/mocha/bin/mocha.js', '--no-config', '--fail-zero', '--timeout', '60000', '--exit', '--reporter', 'scripts/mocha-reporter.cjs', '--reporter-option', `output=${report}`, spec],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } },
  );
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null;
  rmSync(folder, { recursive: true, force: true });
  if (result === null) {
    total.failed += 1;
    failures.push({ layer: name, title: 'the layer itself', message: `It could not be run (status ${status}).` });
    return told(name, started, 'FAILED');
  }
  total.passed += result.passed;
  total.failed += result.failures.length;
  total.skipped += result.skipped.length;
  failures.push(...result.failures.map((failure) => ({ layer: name, ...failure })));
  skips.push(...result.skipped.map((skip) => ({ layer: name, ...skip })));
  if (status !== 0 && result.failures.length === 0) {
    total.failed += 1;
    failures.push({ layer: name, title: 'the layer itself', message: `It ended with status ${status}, and no test says why.` });
  }
  told(name, started, `${result.passed} passed, ${result.failures.length} failed, ${result.skipped.length} skipped`);
}

function told(title, started, text) {
  console.log(`${title.padEnd(16)} ${text} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
