import assert from 'node:assert/strict';
import { barrels, cycles, moduleState, wallBreaches } from './walls.ts';
import { ESLint } from 'eslint';
import { importsOf, type Files } from './imports.ts';
import { join } from 'node:path';
import { projectFiles, read, root } from './project.ts';
import ts from 'typescript';

const files: Files = new Map(projectFiles('src/**/*.ts').map((path) => [path, read(path)]));
const withFile = (path: string, text: string): Files => new Map([...files, [path, text]]);

/** State that a module may keep, and why nobody can feel it. */
const harmless: readonly string[] = [
  // Ranks of encodings, once they are read: data that never changes.
  'src/core/tokens/count.ts: loaded = new Map<EncodingName, Promise<Encoder>>()',
];

describe('The walls between the rooms', () => {
  it('hold', () => {
    assert.ok(files.size > 100, 'the files were found');
    assert.deepEqual(wallBreaches(files), []);
  });

  for (const [path, text] of [
    ['src/core/x.ts', "import { readFileSync } from 'node:fs';"],
    ['src/core/x.ts', 'import { readFileSync } from "node:fs";'],
    ['src/core/x.ts', "const one = 1; import { readFileSync } from 'node:fs';"],
    ['src/core/x.ts', "import fs = require('node:fs');"],
    ['src/core/x.ts', "const fs = require('node:fs');"],
    ['src/core/x.ts', "const fs = await import('node:fs');"],
    ['src/core/x.ts', 'const fs = await import(`node:fs`);'],
    ['src/core/x.ts', "const name = 'node:fs';\nconst fs = await import(name);"],
    ['src/core/x.ts', "const fs = await import('node:' + 'fs');"],
    ['src/core/x.ts', '/// <reference types="node" />'],
    ['src/core/x.ts', "export { join } from 'node:path';"],
    ['src/core/x.ts', "import { homedir } from 'os';"],
    ['src/core/x.ts', "import type { Uri } from 'vscode';"],
    ['src/core/x.ts', "export type Place = import('vscode').Uri;"],
    ['src/core/x.ts', "import leftPad from 'left-pad';"],
    ['src/core/x.ts', "import { Ajv } from 'ajv';"],
    ['src/core/x.ts', "import { type Ajv } from 'ajv';"],
    ['src/core/x.ts', "import { createNodeHost } from '../node/host.ts';"],
    ['src/core/x.ts', "import {\n  type A,\n  createNodeHost,\n} from '../node/host.ts';"],
    ['src/core/x.ts', "const host = await import('../node/host.ts');"],
    ['src/core/x.ts', "export * from '../node/host.ts';"],
    ['src/core/x.ts', "import { x } from '../../test/loopback.ts';"],
    ['src/core/x.ts', "import { x } from './gone.ts';"],
    ['src/core/x.ts', "import './problem.ts';"],
    ['src/core/notebook/x.ts', "import { runNotebook } from '../engine/run-notebook.ts';"],
    ['src/core/prompt/x.ts', "const engine = await import('../engine/run-notebook.ts');"],
    ['src/core/tools/x.ts', "import { openai } from '../models/openai.ts';"],
    ['src/core/models/x.ts', "import { techniques } from '../techniques/index.ts';"],
    ['src/core/x.ts', "import { runNotebook } from './engine/run-notebook.ts';"],
    ['src/node/x.ts', "import { runCommand } from '../cli/commands/run.ts';"],
    ['src/node/x.ts', "import * as vscode from 'vscode';"],
    ['src/node/x.ts', "import { x } from './regex/worker.ts';"],
    ['src/cli/x.ts', "import * as vscode from 'vscode';"],
    ['src/cli/x.ts', "import { x } from './main.ts';"],
    ['src/renderer/x.ts', "import { createNodeHost } from '../node/host.ts';"],
    ['src/renderer/x.ts', "import { join } from 'node:path';"],
    ['src/extension/x.ts', "import { runCommand } from '../cli/commands/run.ts';"],
    ['src/elsewhere/x.ts', "import { join } from 'node:path';"],
  ] as const) {
    it(`would not let pass in ${path}: ${text.replace(/\s+/g, ' ')}`, () => {
      assert.ok(wallBreaches(withFile(path, text)).some((breach) => breach.startsWith(`${path} imports`)));
    });
  }

  for (const [path, text] of [
    ['src/core/x.ts', "// import { readFileSync } from 'node:fs';\nconst text = \"import { x } from 'vscode';\";"],
    ['src/core/x.ts', "import type { Ajv } from 'ajv';\nconst ajv = await import('ajv');"],
    ['src/core/notebook/x.ts', "import type { RunEvent } from '../engine/run-notebook.ts';"],
    ['src/core/engine/x.ts', "import { openai } from '../models/openai.ts';"],
    ['src/node/x.ts', "import { readFileSync } from 'node:fs';\nimport { openai } from '../core/models/openai.ts';"],
    ['src/extension/x.ts', "import * as vscode from 'vscode';\nimport { createNodeHost } from '../node/host.ts';"],
  ] as const) {
    it(`let pass in ${path}: ${text.replace(/\s+/g, ' ')}`, () => assert.deepEqual(wallBreaches(withFile(path, text)).filter((breach) => breach.startsWith(`${path} `)), []));
  }

  it('tell what is gone at run time from what is not', () => {
    const kinds = (text: string): readonly boolean[] => importsOf('src/core/x.ts', text).map((one) => one.typeOnly);
    assert.deepEqual(
      kinds("import type { A } from './a.ts';\nexport type { A } from './a.ts';\nimport { type A, type B } from './a.ts';\nimport { type A, b } from './a.ts';\nimport c, { type A } from './a.ts';"),
      [true, true, false, false, false],
    );
  });

  it('have no cycle of modules, and one would be found', () => {
    assert.deepEqual(cycles(files), []);
    assert.deepEqual(cycles(new Map([['src/core/a.ts', "import { b } from './b.ts';"], ['src/core/b.ts', 'import { a } from "./a.ts";']])), [['src/core/a.ts', 'src/core/b.ts', 'src/core/a.ts']]);
    assert.deepEqual(cycles(new Map([['src/core/a.ts', "import type { b } from './b.ts';"], ['src/core/b.ts', "import { a } from './a.ts';"]])), []);
  });

  it('have no barrel, and one would be found', () => {
    assert.deepEqual(barrels(files), []);
    const texts = ["/** All. */\nexport * from './a.ts';\nexport { b } from './b.ts';\n", "import { b } from './b.ts';\nexport { b };\n", "export type { A } from './a.ts';\n"];
    for (const text of texts) assert.deepEqual(barrels(new Map([['src/core/index.ts', text]])), ['src/core/index.ts'], text);
    assert.deepEqual(barrels(new Map([['src/core/index.ts', "import { a } from './a.ts';\nexport const all = [a];\n"]])), []);
  });

  it('hold no state and do nothing when they are loaded', () => {
    assert.deepEqual(moduleState(files).filter((line) => !harmless.includes(line)), []);
    assert.deepEqual(harmless.filter((line) => !moduleState(files).includes(line)), [], 'what is excused is still there');
  });

  for (const text of ['let count = 0;', 'export let count = 0;', 'var count = 0;', 'const kept = new Map<string, number>();', 'const kept: string[] = [];', 'const kept = {} as Record<string, string>;', "register('tool');", 'tools.push(1);', 'if (true) register();', 'for (const one of [1]) register(one);', 'await load();']) {
    it(`would find the state in: ${text}`, () => assert.equal(moduleState(new Map([['src/core/x.ts', text]])).length, 1));
  }

  for (const text of ['const words = new Set(["a"]);', 'export const list = [1, 2];', 'declare const VERSION: string | undefined;', 'export function f(): void {\n  let count = 0;\n  count += 1;\n}', 'export class E extends Error {}', 'export type A = string;']) {
    it(`finds none in: ${text.replace(/\s+/g, ' ')}`, () => assert.deepEqual(moduleState(new Map([['src/core/x.ts', text]])), []));
  }
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
  // Where CI is set, types would come from the file on the disk instead of the text.
  const eslint = new ESLint({ cwd: root, overrideConfig: { languageOptions: { parserOptions: { disallowAutomaticSingleRunInference: true } } } });
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
