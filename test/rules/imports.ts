import { dirname, join } from 'node:path/posix';

/** A source file: its path from the project's root, with `/`, and its text. */
export type Files = ReadonlyMap<string, string>;

export interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Types only: gone when it runs. */
  readonly typeOnly: boolean;
  /** Loaded when it is needed. */
  readonly dynamic: boolean;
}

const statements = /^[ \t]*(?:import|export)\b(?<clause>[^;'"]*?)\bfrom\s*'(?<from>[^']+)'|^[ \t]*import\s*'(?<bare>[^']+)'|\bimport\(\s*'(?<dynamic>[^']+)'\s*\)/gm;

/** Every import of a source text. */
export function importsOf(path: string, text: string): readonly Import[] {
  return [...text.matchAll(statements)].map(({ groups }) => {
    const { clause = '', from, bare, dynamic } = groups!;
    const names = /\{([^}]*)\}/.exec(clause)?.[1]?.split(',').map((name) => name.trim()).filter((name) => name !== '') ?? [];
    const onlyTypes = /^\s*type\b/.test(clause) || (names.length > 0 && names.every((name) => name.startsWith('type ')) && !/^\s*\w+\s*,/.test(clause));
    return { from: path, specifier: from ?? bare ?? dynamic!, typeOnly: onlyTypes, dynamic: dynamic !== undefined };
  });
}

/** What core may import, besides itself. */
export const corePackages = ['openai', 'js-tiktoken', 'yaml', 'ajv', 'ajv-formats', 'zod', 'eventsource-parser', 'partial-json', 'jsonrepair', 'bignumber.js'];

/** Which rooms may import which. */
const directions: Readonly<Record<string, readonly string[]>> = {
  core: ['core'], node: ['node', 'core'], cli: ['cli', 'node', 'core'], extension: ['extension', 'node', 'core'], renderer: ['renderer', 'core'],
};

/** Packages that cost so much to load that they are imported when they are needed. */
const heavy = ['openai', 'ajv', 'ajv-formats', 'js-tiktoken', 'zod', 'jsonrepair'];

/** Breaches of the walls between rooms, each as a line that says what and where. Test files may import from everywhere. */
export function wallBreaches(files: Files): readonly string[] {
  const breaches: string[] = [];
  for (const [path, text] of files) {
    const room = /^src\/([a-z]+)\//.exec(path)?.[1];
    if (room === undefined || path.endsWith('.test.ts')) continue;
    for (const { specifier, typeOnly, dynamic } of importsOf(path, text)) {
      const told = `${path} imports ${specifier}`;
      const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0];
      if (specifier.startsWith('.')) {
        const target = join(dirname(path), specifier);
        const other = /^src\/([a-z]+)\//.exec(target)?.[1];
        if (other === undefined || !(directions[room] ?? []).includes(other)) breaches.push(`${told}: ${room} may import ${(directions[room] ?? []).join(', ')}`);
        if (!files.has(target)) breaches.push(`${told}: there is no such file`);
      } else if (specifier === 'vscode') {
        if (room !== 'extension') breaches.push(`${told}: only src/extension may`);
      } else if (room === 'core' && !corePackages.includes(name)) breaches.push(`${told}: core thinks, and asks its host for everything else`);
      else if (room === 'renderer' && specifier.startsWith('node:')) breaches.push(`${told}: it runs in a browser`);
      if (heavy.includes(name) && !typeOnly && !dynamic && !openaiOnly(path)) breaches.push(`${told}: it is heavy, so it is imported when it is needed`);
    }
  }
  return breaches;
}

/** Modules that are themselves only loaded when a request is made. */
function openaiOnly(path: string): boolean {
  return path.startsWith('src/core/models/openai/');
}

/** Import cycles that exist at run time, each as the files on it. Types do not count. */
export function cycles(files: Files): readonly (readonly string[])[] {
  const targets = new Map([...files].map(([path, text]) => [
    path,
    importsOf(path, text).filter((one) => !one.typeOnly && !one.dynamic && one.specifier.startsWith('.')).map((one) => join(dirname(path), one.specifier)),
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
  return [...files].filter(([, text]) => {
    const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '').trim();
    return code !== '' && code.replace(/export\s+(?:type\s+)?(?:\*|\{[^}]*\})(?:\s+as\s+\w+)?\s+from\s*'[^']+';?/g, '').trim() === '';
  }).map(([path]) => path);
}
