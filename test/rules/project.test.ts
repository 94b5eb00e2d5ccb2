import assert from 'node:assert/strict';
import { dirname, join, normalize } from 'node:path/posix';
import { projectFiles, read } from './project.ts';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

const texts = projectFiles().filter((path) => !/\.(?:png|gguf|ico|woff2?)$/.test(path));

/** Paths of one machine (Ann, who lives in examples, has none), and addresses of package registries. */
function machinePaths(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|[\s"'`(=])(\/(?:root|work|home\/(?!ann\b)[a-z]\w*|Users\/(?!ann\b)[a-z]\w*)\/[\w./-]+)/g)].map((match) => match[1]!);
}

function registries(text: string): readonly string[] {
  return [...text.matchAll(/https?:\/\/(?:registry\.|[\w.-]*(?:artifactory|nexus|verdaccio|pypi\.org\/simple))[\w./:-]*/gi)].map((match) => match[0]);
}

/** Versions that are not exact. */
function looseVersions({ dependencies, devDependencies }: Manifest): readonly string[] {
  return Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)).map(([name]) => name);
}

/** Links of a Markdown text to files that are not there, or to headings that are not in them. */
function brokenLinks(path: string, text: string): readonly string[] {
  const prose = text.replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1[`~]*[ \t]*$/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!).filter((link) => !/^[a-z]+:/i.test(link)).filter((link) => {
    const [file = '', heading] = link.split('#');
    const target = file === '' ? path : normalize(join(dirname(path), file));
    if (!texts.includes(target) && !texts.some((one) => one.startsWith(`${target.replace(/\/$/, '')}/`))) return true;
    return heading !== undefined && target.endsWith('.md') && !headings(read(target)).includes(heading);
  });
}

function headings(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-'));
}

describe('The project', () => {
  it('names exact versions only, and a loose one would be found', () => {
    assert.deepEqual(looseVersions(JSON.parse(read('package.json')) as Manifest), []);
    assert.deepEqual(looseVersions({ dependencies: { a: '^1.0.0', b: '1.2.3' }, devDependencies: { c: 'latest' } }), ['a', 'c']);
  });

  it('has a lock file without addresses of registries', () => {
    for (const lock of projectFiles('package-lock.json', '**/package-lock.json')) {
      const { lockfileVersion, packages } = JSON.parse(read(lock)) as { lockfileVersion: number; packages: Readonly<Record<string, { resolved?: string; integrity?: string; link?: boolean }>> };
      assert.equal(lockfileVersion, 3);
      assert.deepEqual(Object.entries(packages).filter(([, entry]) => entry.resolved?.includes('://')).map(([name]) => name), []);
      assert.deepEqual(Object.entries(packages).filter(([name, entry]) => name !== '' && entry.integrity === undefined && !entry.link).map(([name]) => name), []);
    }
  });

  it('names no path of one machine and no registry, and these would be found', () => {
    const found = texts.filter((path) => path !== 'test/rules/project.test.ts').flatMap((path) => [...machinePaths(read(path)), ...registries(read(path))].map((one) => `${path}: ${one}`));
    assert.deepEqual(found, []);
    assert.equal(machinePaths(`see ${'/ro'}ot/x and "${'/ho'}me/bob/y"`).length, 2);
    assert.equal(registries(`https://${'registry.'}npmjs.org/x`).length, 1);
  });

  it('has no file of code longer than 500 lines', () => {
    const long = texts.filter((path) => /\.(?:ts|mjs|cjs)$/.test(path)).filter((path) => read(path).split('\n').length > 500);
    assert.deepEqual(long, []);
  });

  it('has no broken link in its documents, and one would be found', () => {
    assert.deepEqual(texts.filter((path) => path.endsWith('.md')).flatMap((path) => brokenLinks(path, read(path)).map((link) => `${path}: ${link}`)), []);
    assert.deepEqual(brokenLinks('README.md', '[a](docs/gone.md) [b](LICENSE) [c](https://x.y) `[d](no)`'), ['docs/gone.md']);
  });

  it('names with every invariant the test that holds it', () => {
    const text = read('docs/architecture.md');
    const invariants = text.split(/^## Invariants$/m)[1]?.split(/^## /m)[0]?.match(/^- .*(?:\n {2}.*)*/gm) ?? [];
    assert.ok(invariants.length >= 8);
    for (const invariant of invariants) {
      const tests = [...invariant.matchAll(/`((?:src|test)\/[\w./*-]+)`/g)].map((match) => match[1]!).filter((path) => path.includes('.test.ts'));
      assert.ok(tests.length > 0, `names no test: ${invariant}`);
      for (const path of tests) assert.ok(texts.includes(path), `there is no ${path}`);
    }
  });
});
