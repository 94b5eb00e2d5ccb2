/**
 * `node test/vscode/run.ts REPORT [GROUP …]`: runs the tests in a real VS Code, each group in one of its own, and writes what came of them.
 * Tests of the group `host` run in the desktop VS Code where that can be downloaded and shown; all others need the page in front, and run
 * in the launcher's.
 */
import { build, type BuildOptions } from 'esbuild';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { canShowDesktop } from '../../scripts/vscode/desktop.ts';
import { getChromium } from '../../scripts/vscode/get-chromium.ts';
import { getVscode } from '../../scripts/vscode/get-vscode.ts';
import { join } from 'node:path';
import { packExtension } from '../../scripts/package.ts';
import { runTests } from '@vscode/test-electron';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

interface Report {
  passed: number;
  failures: { readonly title: string; readonly message: string }[];
  skipped: { readonly title: string; readonly reason: string }[];
  at: string;
  ended: boolean;
}

interface Group {
  readonly name: string;
  /** Whether folders are trusted without asking. */
  readonly trust: boolean;
  readonly desktop?: boolean;
  /** Whether the extension is packed and installed first, as a person would have it. */
  readonly packed?: boolean;
}

const groups: readonly Group[] = [
  { name: 'host', trust: true, desktop: true },
  { name: 'page', trust: true },
  { name: 'installed', trust: true, packed: true },
];

const root = join(import.meta.dirname, '..', '..');
const launcher = join(import.meta.dirname, 'launcher', 'code.ts');
const [output, ...names] = process.argv.slice(2);
const total: Report = { passed: 0, failures: [], skipped: [], at: 'getting VS Code', ended: false };
const write = (): void => {
  if (output !== undefined) writeFileSync(output, JSON.stringify(total));
};

write();
const missing = await prepare();
for (const group of groups.filter(({ name }) => names.length === 0 || names.includes(name))) {
  if (missing !== null) total.skipped.push({ title: group.name, reason: missing });
  else await run(group);
  write();
}
total.ended = true;
write();
for (const { title, message } of total.failures) console.error(`\n${title}\n${message}`);
if (output === undefined) console.error(`${total.passed} passed, ${total.failures.length} failed, ${total.skipped.length} skipped`);
process.exitCode = total.failures.length > 0 ? 1 : 0;

/** null: all is there; else why these tests cannot run here. */
async function prepare(): Promise<string | null> {
  try {
    getChromium();
    await getVscode();
    return null;
  } catch (error) {
    return `VS Code or Chromium cannot be had here: ${(error as Error).message.trim().replace(/\s*\n\s*/g, ' ')} Run \`node scripts/vscode/get-vscode.ts\` and \`node scripts/vscode/get-chromium.ts\` where there is a network.`;
  }
}

async function run({ name, trust, desktop = false, packed = false }: Group): Promise<void> {
  total.at = name;
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'promptnb-window-')));
  const report = join(folder, 'report.json');
  try {
    const tests = await bundle(name);
    mkdirSync(join(folder, 'workspace'));
    if (!packed) cpSync(join(import.meta.dirname, 'neighbour'), join(folder, 'extensions', 'test.neighbour-0.0.1'), { recursive: true });
    if (packed) await install(join(folder, 'extensions'), join(folder, 'data'));
    const executable = desktop && (await canShowDesktop()) ? undefined : launcher;
    await runTests({
      ...(executable !== undefined && { vscodeExecutablePath: executable }),
      // VS Code runs tests only beside an extension under development; where ours is installed, it is another one.
      extensionDevelopmentPath: packed ? join(import.meta.dirname, 'neighbour') : root,
      extensionTestsPath: tests,
      launchArgs: [join(folder, 'workspace'), `--user-data-dir=${join(folder, 'data')}`, `--extensions-dir=${join(folder, 'extensions')}`, ...(trust ? [] : ['--ask-for-trust'])],
      extensionTestsEnv: { PROMPTNB_REPORT: report, PROMPTNB_ROOT: root },
    });
  } catch (error) {
    if (!existsSync(report)) total.failures.push({ title: name, message: `VS Code did not run the tests: ${(error as Error).message}` });
  }
  if (existsSync(report)) add(name, JSON.parse(readFileSync(report, 'utf8')) as Report);
  rmSync(folder, { recursive: true, force: true });
}

/** Packs the extension and installs it with VS Code's own installer. */
async function install(extensions: string, data: string): Promise<void> {
  const vsix = await packExtension({ out: join(data, 'promptnb.vsix') });
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(await getVscode(), 'out', 'server-main.js'), '--install-extension', vsix, '--extensions-dir', extensions, '--server-data-dir', data, '--accept-server-license-terms'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The packed extension was not installed: ${stdout}${stderr}`);
}

function add(name: string, report: Report): void {
  total.passed += report.passed;
  total.failures.push(...report.failures);
  total.skipped.push(...report.skipped);
  if (!report.ended) total.failures.push({ title: name, message: `VS Code ended before the tests did. It was at: ${report.at}` });
  else if (report.passed + report.failures.length + report.skipped.length === 0) total.failures.push({ title: name, message: 'There is no test.' });
}

/** The tests of a group and what runs them as one module for the extension host. */
async function bundle(name: string): Promise<string> {
  const folder = join(root, 'artifacts', 'vscode-tests');
  const files = readdirSync(join(import.meta.dirname, name)).filter((file) => file.endsWith('.test.ts'));
  const shared = { bundle: true, platform: 'node', target: 'node24', format: 'cjs', packages: 'external', external: ['vscode'], sourcemap: 'inline', logLevel: 'warning', define: { 'import.meta.dirname': '__dirname', 'import.meta.url': '__filename' } } satisfies BuildOptions;
  await build({ ...shared, stdin: { contents: files.map((file) => `import './${file}';`).join('\n'), resolveDir: join(import.meta.dirname, name), sourcefile: `${name}.ts` }, outfile: join(folder, `${name}.tests.cjs`) });
  await build({ ...shared, entryPoints: [join(import.meta.dirname, 'support', 'suite.ts')], outfile: join(folder, `${name}.cjs`), define: { ...shared.define, TESTS: JSON.stringify(`./${name}.tests.cjs`) } });
  return join(folder, `${name}.cjs`);
}
