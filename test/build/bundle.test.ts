import assert from 'node:assert/strict';
import { answer, toolsThenText } from '../servers/behaviours/good.ts';
import { basename, join } from 'node:path';
import { bundle } from '../../esbuild.mjs';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { root } from '../rules/project.ts';
import { oldestNode, runProgram, type Ended } from './program.ts';
import { skip } from '../skip.ts';
import { startFaultServer, type FaultServer } from '../servers/fault-server.ts';
import { tmpdir } from 'node:os';

/** The bundle as a person has it: a folder far from the sources and from their packages. */
describe('The bundle', () => {
  let folder: string;
  let outputs: ReadonlyMap<string, Awaited<ReturnType<typeof bundle>>['outputs'][string]>;
  let server: FaultServer | undefined;
  const oldest = oldestNode();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'promptnb-bundle-'));
    const built = await bundle(join(folder, 'dist'));
    outputs = new Map(Object.entries(built.outputs).map(([path, output]) => [basename(path), output]));
    server = await startFaultServer([answer('Fine.')]);
  });
  after(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const promptnb = (args: readonly string[], node = process.execPath): Promise<Ended> =>
    runProgram(node, [join(folder, 'dist', 'cli.js'), ...args], { cwd: folder, env: { PROMPTNB_CACHE: join(folder, 'cache'), OPENAI_API_KEY: 'test-key-of-nobody', OPENAI_BASE_URL: server!.baseUrl } });

  const notebook = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return name;
  };

  /** What a chunk brings with it at once, without being asked: its own sources, and those of the chunks that it imports. */
  const loadedWith = (name: string): ReadonlySet<string> => {
    const chunks = new Set<string>();
    const visit = (one: string): void => {
      if (chunks.has(one)) return;
      chunks.add(one);
      for (const { path, kind, external } of outputs.get(one)!.imports) if (kind === 'import-statement' && external !== true) visit(basename(path));
    };
    visit(name);
    return new Set([...chunks].flatMap((one) => Object.keys(outputs.get(one)!.inputs)));
  };
  const packagesIn = (name: string): readonly string[] => [...new Set([...loadedWith(name)].map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]).filter((one) => one !== undefined))].sort();
  const chunkOf = (source: string): string => [...outputs].find(([, output]) => output.entryPoint === source)![0];

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    assert.deepEqual(await promptnb(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('starts with commander alone, and `check` adds only what reads notebooks', () => {
    assert.deepEqual(packagesIn('cli.js'), ['commander']);
    const check = packagesIn(chunkOf('src/cli/commands/check.ts'));
    for (const heavy of ['openai', 'ajv', 'ajv-formats', 'js-tiktoken', 'zod', 'jsonrepair']) assert.ok(!check.includes(heavy), heavy);
    // The measure itself measures: what `run` may need some day is found in the bundle, in other chunks.
    assert.ok(check.includes('yaml'));
    assert.ok([...outputs.values()].some((output) => Object.keys(output.inputs).some((path) => path.includes('node_modules/openai/'))));
  });

  it('holds no engine of local models, and nothing of the tests', () => {
    const sources = [...outputs.values()].flatMap((output) => Object.keys(output.inputs));
    assert.deepEqual(sources.filter((path) => /node-llama-cpp|\.test\.ts$|^test\//.test(path)), []);
  });

  it('needs nothing but Node and itself, and in the editor VS Code', () => {
    const external = [...outputs].flatMap(([name, output]) => output.imports.filter((one) => one.external === true && !(one.path === 'vscode' && name === 'extension.js')).map((one) => one.path));
    assert.deepEqual(external.filter((name) => !name.startsWith('node:') && !builtin(name)), []);
  });

  it('holds no path of the machine that it was made on', () => {
    for (const name of readdirSync(join(folder, 'dist'))) assert.ok(!readFileSync(join(folder, 'dist', name), 'utf8').includes(root), name);
  });

  it('checks the examples', async () => {
    cpSync(join(root, 'examples', 'quickstart.promptnb'), join(folder, 'quickstart.promptnb'));
    assert.deepEqual(await promptnb(['check', 'quickstart.promptnb']), { status: 0, stdout: '', stderr: '' });
  });

  it('runs a cell with a regular expression, which a thread of its own decides', async () => {
    server!.follow([answer('Fine, 42.')]);
    const ended = await promptnb(['run', notebook('regex.promptnb', '```{prompt a}\n---\ncheck:\n  - matches: /\\b\\d+\\./\n---\nHow many?\n```\n'), '--model', 'openai:gpt-test']);
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, /✓ matches/);
  });

  it('runs a tool, a schema and a count of tokens', async () => {
    server!.follow([toolsThenText([{ name: 'calculator', arguments: '{"expression":"1/3*3"}' }], 'It is')]);
    const tool = await promptnb(['run', notebook('tool.promptnb', '```{prompt a}\n---\ntools: [calculator]\n---\nCount.\n```\n'), '--model', 'openai:gpt-test']);
    assert.deepEqual([tool.status, tool.stdout.trim()], [0, 'It is: 1'], tool.stderr);
    server!.follow([answer('{"n": 1}')]);
    const schema = await promptnb(['run', notebook('schema.promptnb', '```{prompt a}\n---\noutput:\n  schema:\n    n: integer\n---\nCount.\n```\n'), '--model', 'openai:gpt-test']);
    assert.equal(schema.status, 0, schema.stderr);
    const tokens = await promptnb(['tokens', 'schema.promptnb', '--model', 'openai:gpt-4o']);
    assert.equal(tokens.status, 0, tokens.stderr);
    assert.match(tokens.stdout, /\d/);
  });

  it('runs on the oldest Node that it says it runs on', async function () {
    if (oldest.program === null) skip(this, oldest.missing);
    server!.follow([answer('Fine.')]);
    const ended = await promptnb(['run', notebook('old.promptnb', '```{prompt a}\n---\ncheck:\n  - matches: /^Fine/\n---\nWell?\n```\n'), '--model', 'openai:gpt-test'], oldest.program);
    assert.deepEqual([ended.status, ended.stdout.trim()], [0, 'Fine.'], ended.stderr);
  });

  it('stays as it was when a build fails, and the build says why', async () => {
    const copy = join(folder, 'copy');
    for (const path of ['esbuild.mjs', 'package.json']) cpSync(join(root, path), join(copy, path));
    const bare = await runProgram(process.execPath, ['esbuild.mjs'], { cwd: copy });
    assert.deepEqual([bare.status, bare.stdout], [1, '']);
    assert.match(bare.stderr, /^Nothing can be built before the packages are installed: run `npm ci`/);
    for (const name of ['esbuild', '@esbuild']) cpSync(join(root, 'node_modules', name), join(copy, 'node_modules', name), { recursive: true });
    const broken = await runProgram(process.execPath, ['esbuild.mjs', join(folder, 'dist')], { cwd: copy });
    assert.deepEqual([broken.status, broken.stdout], [1, '']);
    assert.match(broken.stderr, /Could not resolve "src\/cli\/main\.ts"[^]*The build failed: /);
    assert.ok(existsSync(join(folder, 'dist', 'cli.js')));
    assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('dist-')), []);
  });
});

function builtin(name: string): boolean {
  return process.getBuiltinModule(name) !== undefined;
}
