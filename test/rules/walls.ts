import { dirname, join } from 'node:path/posix';
import { importsOf, parse, type Files, type Import } from './imports.ts';
import ts from 'typescript';

/** What core may import, besides itself. */
const corePackages = ['openai', 'js-tiktoken', 'yaml', 'ajv', 'ajv-formats', 'zod', 'eventsource-parser', 'partial-json', 'jsonrepair', 'bignumber.js'];

/** Packages that cost so much to load that they are imported when they are needed. */
const heavy = ['openai', 'ajv', 'ajv-formats', 'js-tiktoken', 'zod', 'jsonrepair', 'node-llama-cpp'];

/** Modules that are themselves loaded only when a request is made. */
const loadedLate = /^src\/core\/models\/openai\//;

/** Which rooms may import which. A room that is not named here has no place in src/. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  core: ['core'], node: ['node', 'core'], cli: ['cli', 'node', 'core'], extension: ['extension', 'node', 'core'], renderer: ['renderer', 'core'],
};

/** Within core: a folder may use what stands at its own height or below, types excepted. All others stand at 0. */
const heights: Readonly<Record<string, number>> = { models: 1, techniques: 2, engine: 2, language: 3 };

/** Programs of their own: what they do when they are loaded is what they are for, and nobody imports them. */
const programs = ['src/cli/main.ts', 'src/node/local/child.ts', 'src/node/regex/worker.ts', 'src/node/tokens/worker.ts'];

/** Breaches of the walls between rooms, each as a line that says what and where. Test files may import from everywhere. */
export function wallBreaches(files: Files): readonly string[] {
  return [...sources(files)].flatMap(([path, text]) => importsOf(path, text).flatMap((one) => breachesOf(path, one, files).map((breach) => `${path} imports ${one.specifier ?? 'what it computes'}: ${breach}`)));
}

function breachesOf(path: string, { specifier, typeOnly, dynamic, bare }: Import, files: Files): readonly string[] {
  const room = path.split('/')[1]!;
  const allowed = rooms[room];
  if (allowed === undefined) return [`there is no room ${room}; there are ${Object.keys(rooms).join(', ')}`];
  // Native engines lie where the person's cache is; only Node's side loads from there.
  if (specifier === null) return room === 'node' ? [] : ['what is imported must be seen in the text'];
  const breaches = bare ? ['it is loaded for what it does: nothing is registered by a side effect'] : [];
  if (specifier.startsWith('.')) {
    const target = join(dirname(path), specifier);
    const other = /^src\/([^/]+)\//.exec(target)?.[1];
    if (other === undefined || !allowed.includes(other)) breaches.push(`${room} may import ${allowed.join(', ')}`);
    if (!files.has(target)) breaches.push('there is no such file');
    if (programs.includes(target) && !typeOnly) breaches.push('it is a program of its own');
    const [low, high] = [height(path), height(target)];
    if (!typeOnly && low !== null && high !== null && low < high) breaches.push(`src/core/${target.split('/')[2]} stands above src/core/${path.split('/')[2]}`);
    return breaches;
  }
  const name = /^(?:@[^/]+\/)?[^/]*/.exec(specifier)![0];
  if (name === 'vscode') return room === 'extension' ? breaches : [...breaches, 'only src/extension may'];
  if (room === 'core' && !corePackages.includes(name)) breaches.push('core thinks, and asks its host for everything else');
  if (room === 'renderer' && specifier.startsWith('node:')) breaches.push('it runs in a browser');
  if (heavy.includes(name) && !typeOnly && !dynamic && !loadedLate.test(path)) breaches.push('it is heavy, so it is imported when it is needed');
  return breaches;
}

/** The height of a file in core, null for files elsewhere. */
function height(path: string): number | null {
  const folder = /^src\/core\/(?:([^/]+)\/)?/.exec(path);
  return folder === null ? null : (heights[folder[1] ?? ''] ?? 0);
}

/** Import cycles that exist at run time, each as the files on it. Types do not count, nor what is loaded when it is needed. */
export function cycles(files: Files): readonly (readonly string[])[] {
  const targets = new Map([...files].map(([path, text]) => [
    path,
    importsOf(path, text).flatMap(({ specifier, typeOnly, dynamic }) => (!typeOnly && !dynamic && specifier?.startsWith('.') === true ? [join(dirname(path), specifier)] : [])),
  ]));
  const found: string[][] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      found.push([...trail.slice(trail.indexOf(path)), path]);
      return;
    }
    state.set(path, 'open');
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of files.keys()) visit(path, []);
  return found;
}

/** Files that only hand on what others export. */
export function barrels(files: Files): readonly string[] {
  return [...sources(files)].filter(([path, text]) => {
    const { statements } = parse(path, text);
    const handsOn = (one: ts.Statement): boolean => ts.isExportDeclaration(one) && (one.exportClause === undefined || !ts.isNamedExports(one.exportClause) || one.exportClause.elements.length > 0);
    return statements.some(handsOn) && statements.every((one) => ts.isImportDeclaration(one) || ts.isExportDeclaration(one));
  }).map(([path]) => path);
}

/** What a module keeps or does beyond defining things: variables that change, empty collections, statements that run when it is loaded. */
export function moduleState(files: Files): readonly string[] {
  return [...sources(files)].filter(([path]) => !programs.includes(path)).flatMap(([path, text]) => {
    const source = parse(path, text);
    return source.statements.flatMap(stateOf).map((node) => `${path}: ${node.getText(source).split('\n')[0]!.slice(0, 80)}`);
  });
}

function stateOf(statement: ts.Statement): readonly ts.Node[] {
  if (ts.isVariableStatement(statement)) {
    if (statement.modifiers?.some((one) => one.kind === ts.SyntaxKind.DeclareKeyword) === true) return [];
    const { flags } = statement.declarationList;
    const isConst = (flags & ts.NodeFlags.Const) !== 0 && (flags & ts.NodeFlags.Let) === 0;
    return isConst ? statement.declarationList.declarations.filter((one) => isEmptyCollection(one.initializer)) : [statement];
  }
  const defines = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)
    || ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) || ts.isImportEqualsDeclaration(statement) || ts.isExportAssignment(statement)
    || ts.isModuleDeclaration(statement) || statement.kind === ts.SyntaxKind.EmptyStatement;
  return defines ? [] : [statement];
}

/** A collection that begins empty is there to be filled. */
function isEmptyCollection(value: ts.Expression | undefined): boolean {
  if (value === undefined) return false;
  if (ts.isAsExpression(value) || ts.isSatisfiesExpression(value) || ts.isParenthesizedExpression(value)) return isEmptyCollection(value.expression);
  if (ts.isArrayLiteralExpression(value)) return value.elements.length === 0;
  if (ts.isObjectLiteralExpression(value)) return value.properties.length === 0;
  return ts.isNewExpression(value) && ts.isIdentifier(value.expression) && /^(?:Weak)?(?:Map|Set)$|^Array$/.test(value.expression.text) && (value.arguments ?? []).length === 0;
}

function sources(files: Files): Files {
  return new Map([...files].filter(([path]) => path.startsWith('src/') && !path.endsWith('.test.ts')));
}
