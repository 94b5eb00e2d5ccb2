import { dirname, join, normalize } from 'node:path/posix';

/** A part of package.json. */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A part of package-lock.json. */
export interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly integrity?: string; readonly link?: boolean }>>;
}

/** Packages whose version is not exact. */
export function looseVersions({ dependencies, devDependencies, optionalDependencies }: Manifest): readonly string[] {
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)).map(([name]) => name);
}

/** Packages of a lock that name where they come from, or not what they must be. */
export function lockProblems({ lockfileVersion, packages }: Lock): readonly string[] {
  const problems = lockfileVersion === 3 ? [] : [`version ${lockfileVersion}`];
  for (const [name, { resolved, integrity, link }] of Object.entries(packages)) {
    if (name === '') continue;
    if (resolved?.includes('://') === true) problems.push(`${name} names ${resolved}`);
    if (integrity === undefined && link !== true) problems.push(`${name} has no checksum`);
  }
  return problems;
}

/** Paths of one machine. Ann, who lives in examples, has none. */
export function machinePaths(text: string): readonly string[] {
  const paths = /(?:^|[\s"'`(=:[{,]|file:\/\/)(\/(?:root|work|home\/(?!ann\b)[a-z]\w*|Users\/(?!ann\b)[A-Za-z]\w*)\/[\w./-]+|[A-Z]:\\Users\\(?!ann\b)\w+)/gm;
  return [...text.matchAll(paths)].map((match) => match[1]!);
}

/** Addresses of package registries, and of mirrors of them. */
export function registries(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:registry\.[\w-]+\.\w+|[\w.-]*\bartifactory\b[\w.-]*\.\w+|(?:nexus|verdaccio)\.[\w-]+\.\w+|pypi\.org\/simple|files\.pythonhosted\.org)/gi)].map((match) => match[0]);
}

/** Text files that grew so long that they are split. */
export function longFiles(files: ReadonlyMap<string, string>, lines = 500): readonly string[] {
  return [...files].filter(([path]) => /\.(?:ts|mts|mjs|cjs)$/.test(path)).filter(([, text]) => text.replace(/\n$/, '').split('\n').length > lines).map(([path]) => path);
}

/** Names of files that are not in kebab-case, a suffix such as `.test` aside. */
export function oddNames(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => /^(?:src|test|scripts)\/.*\.(?:ts|mjs|cjs)$/.test(path)).filter((path) => !path.split('/').every((part) => /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)*$/.test(part)));
}

/** Links of a Markdown text to files that are not there, or to headings that are not in them. */
export function brokenLinks(path: string, files: ReadonlyMap<string, string>): readonly string[] {
  const prose = (files.get(path) ?? '').replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1[`~]*[ \t]*$/gm, '').replace(/`[^`\n]*`/g, '');
  const inline = [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].map((match) => match[1]!);
  const references = [...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)].map((match) => match[1]!);
  return [...inline, ...references].filter((link) => !/^[a-z]+:/i.test(link)).filter((link) => {
    const [file = '', heading] = link.split('#');
    const target = file === '' ? path : normalize(join(dirname(path), file));
    if (!files.has(target) && ![...files.keys()].some((one) => one.startsWith(`${target.replace(/\/$/, '')}/`))) return true;
    return heading !== undefined && target.endsWith('.md') && !headings(files.get(target)!).includes(heading);
  });
}

/** The anchors of a Markdown text's headings. */
function headings(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-'));
}

/** Invariants of an architecture text, as its list has them, which name no test, or one that is not there or has none in it. */
export function unheldInvariants(text: string, files: ReadonlyMap<string, string>): readonly string[] {
  return invariants(text).flatMap((invariant) => {
    const tests = [...invariant.matchAll(/`((?:src|test)\/[\w./*-]+\.test\.ts)`/g)].map((match) => match[1]!);
    if (tests.length === 0) return [`names no test: ${invariant}`];
    return tests.filter((path) => !/\bit\(/.test(files.get(path) ?? '')).map((path) => `there is no test ${path}: ${invariant}`);
  });
}

export function invariants(text: string): readonly string[] {
  return section(text, 'Invariants').match(/^- .*(?:\n {2}.*)*/gm) ?? [];
}

/** Folders that a table of an architecture text has in its first column. */
export function mappedFolders(text: string): readonly string[] {
  return [...section(text, 'The rooms').matchAll(/^\| `([\w/-]+)` \|/gm)].map((match) => match[1]!);
}

function section(text: string, title: string): string {
  return text.split(new RegExp(`^## ${title}$`, 'm'))[1]?.split(/^## /m)[0] ?? '';
}
