import assert from 'node:assert/strict';
import { barrels, cycles, importsOf, wallBreaches, type Files } from './imports.ts';
import { ESLint } from 'eslint';
import { join } from 'node:path';
import { projectFiles, read, root } from './project.ts';
import ts from 'typescript';

const files: Files = new Map(projectFiles('src/**/*.ts').map((path) => [path, read(path)]));
const withFile = (path: string, text: string): Files => new Map([...files, [path, text]]);

describe('The walls between the rooms', () => {
  it('hold', () => {
    assert.ok(files.size > 100, 'the files were found');
    assert.deepEqual(wallBreaches(files), []);
  });

  for (const [path, text] of [
    ['src/core/x.ts', "import { readFileSync } from 'node:fs';"],
    ['src/core/x.ts', "import type { Uri } from 'vscode';"],
    ['src/core/x.ts', "import { homedir } from 'os';"],
    ['src/core/x.ts', "import leftPad from 'left-pad';"],
    ['src/core/x.ts', "import { createNodeHost } from '../node/host.ts';"],
    ['src/core/x.ts', "import {\n  type A,\n  createNodeHost,\n} from '../node/host.ts';"],
    ['src/core/x.ts', "const host = await import('../node/host.ts');"],
    ['src/core/x.ts', "export * from '../node/host.ts';"],
    ['src/core/x.ts', "import { Ajv } from 'ajv';"],
    ['src/core/x.ts', "import { x } from '../../test/loopback.ts';"],
    ['src/core/x.ts', "import './gone.ts';"],
    ['src/node/x.ts', "import { runCommand } from '../cli/commands/run.ts';"],
    ['src/node/x.ts', "import * as vscode from 'vscode';"],
    ['src/cli/x.ts', "import * as vscode from 'vscode';"],
    ['src/renderer/x.ts', "import { createNodeHost } from '../node/host.ts';"],
    ['src/renderer/x.ts', "import { join } from 'node:path';"],
  ] as const) {
    it(`would not let pass in ${path}: ${text.replace(/\s+/g, ' ')}`, () => {
      assert.ok(wallBreaches(withFile(path, text)).some((breach) => breach.startsWith(`${path} imports`)));
    });
  }

  it('tell types from values', () => {
    const kinds = (text: string): readonly boolean[] => importsOf('src/core/x.ts', text).map((one) => one.typeOnly);
    assert.deepEqual(kinds("import type { A } from './a.ts';\nimport { type A, type B } from './a.ts';\nimport { type A, b } from './a.ts';\nimport c, { type A } from './a.ts';\nexport type { A } from './a.ts';"), [true, true, false, false, true]);
  });

  it('have no cycle of modules, and one would be found', () => {
    assert.deepEqual(cycles(files), []);
    assert.deepEqual(cycles(new Map([['src/core/a.ts', "import { b } from './b.ts';"], ['src/core/b.ts', "import { a } from './a.ts';"]])), [['src/core/a.ts', 'src/core/b.ts', 'src/core/a.ts']]);
  });

  it('have no barrel, and one would be found', () => {
    assert.deepEqual(barrels(files), []);
    assert.deepEqual(barrels(new Map([['src/core/index.ts', "/** All. */\nexport * from './a.ts';\nexport { b } from './b.ts';\n"]])), ['src/core/index.ts']);
  });
});

describe('The compiler', function () {
  this.timeout(120_000);
  const config = ts.getParsedCommandLineOfConfigFile(join(root, 'src/core/tsconfig.json'), {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined })!;

  const errorsOf = (text: string): readonly number[] => {
    const path = join(root, 'src/core/planted.ts');
    const host = ts.createCompilerHost(config.options);
    const { getSourceFile, fileExists, readFile } = host;
    host.getSourceFile = (name, ...rest) => (name === path ? ts.createSourceFile(name, text, rest[0]) : getSourceFile.call(host, name, ...rest));
    host.fileExists = (name) => name === path || fileExists.call(host, name);
    host.readFile = (name) => (name === path ? text : readFile.call(host, name));
    const program = ts.createProgram([path], config.options, host);
    return ts.getPreEmitDiagnostics(program, program.getSourceFile(path)).map((diagnostic) => diagnostic.code);
  };

  it('takes what every host has in core', () => {
    assert.deepEqual(errorsOf('export const x = [new AbortController(), new TextEncoder(), setTimeout(() => 0, 1), crypto, fetch, structuredClone];'), []);
  });

  for (const [what, text] of [
    ['Node', 'export const x = process.env;'], ['Node’s types', 'export const x: Buffer = null!;'], ['Node’s modules', "export { join } from 'node:path';"],
    ['the DOM', 'export const x = document.title;'], ['the DOM’s types', 'export const x: HTMLElement = null!;'], ['window', 'export const x = window;'],
    ['vscode', "import { Uri } from 'vscode';\nexport const x = Uri;"], ['enums, which Node does not run', 'export enum X { A }'],
  ] as const) {
    it(`refuses ${what} in core`, () => assert.notDeepEqual(errorsOf(text), []));
  }
});

describe('The linter', function () {
  this.timeout(120_000);
  const eslint = new ESLint({ cwd: root });
  const rulesOf = async (text: string): Promise<readonly (string | null)[]> => (await eslint.lintText(text, { filePath: join(root, 'src/core/engine/slots.ts') }))[0]!.messages.map((message) => message.ruleId);

  for (const [rule, text] of [
    ['@typescript-eslint/no-floating-promises', 'export function x(): void {\n  Promise.resolve(1);\n}\n'],
    ['@typescript-eslint/no-explicit-any', 'export const x = (y: any): number => 1;\n'],
    ['no-restricted-globals', 'export const x = typeof self;\n'],
    ['eqeqeq', 'export const x = (y: number): boolean => y == 1;\n'],
  ] as const) {
    it(`finds what ${rule} forbids`, async () => assert.ok((await rulesOf(text)).includes(rule)));
  }
});
