import assert from 'node:assert/strict';
import { ConfigFileError, findConfig, workspaceOf } from './config.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

describe('The configuration', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'promptnb-config-'));
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const list = (id: string): string => `models:\n  - { id: ${id}, provider: openai, model: m }\n`;
  const idOf = (found: ReturnType<typeof findConfig>): string | undefined => found.list.models[0]?.id;

  it('is the nearest one above', () => {
    writeFileSync(join(folder, 'promptnb.config.yaml'), list('far'));
    assert.equal(idOf(findConfig(join(folder, 'a', 'b'))), 'far');
    writeFileSync(join(folder, 'a', 'promptnb.config.yaml'), list('near'));
    const found = findConfig(join(folder, 'a', 'b'));
    assert.deepEqual([idOf(found), found.path], ['near', join(folder, 'a', 'promptnb.config.yaml')]);
  });

  it('is the one that was named, byte order mark or not', () => {
    writeFileSync(join(folder, 'promptnb.config.yaml'), list('found'));
    writeFileSync(join(folder, 'other.yaml'), `\ufeff${list('named')}`);
    const found = findConfig(folder, join(folder, 'other.yaml'));
    assert.deepEqual([idOf(found), found.text], ['named', list('named')]);
  });

  it('is no error where there is none, unless it was named', () => {
    assert.equal(findConfig(join(folder, 'a')).list.models.length, 0);
    assert.throws(() => findConfig(folder, join(folder, 'no.yaml')), (error) => error instanceof ConfigFileError && /no\.yaml cannot be read: there is no such file\.$/.test(error.message));
  });

  it('is not passed over where it is there and cannot be read', () => {
    writeFileSync(join(folder, 'promptnb.config.yaml'), list('far'));
    mkdirSync(join(folder, 'a', 'promptnb.config.yaml'));
    assert.throws(() => findConfig(join(folder, 'a', 'b')), (error) => error instanceof ConfigFileError && /it is a folder\.$/.test(error.message));
    writeFileSync(join(folder, 'promptnb.config.yaml'), Buffer.from('caf\xe9', 'latin1'));
    assert.throws(() => findConfig(folder), (error) => error instanceof ConfigFileError && /it is not UTF-8 text\.$/.test(error.message));
  });

  const workspaces: readonly (readonly [notebook: string, working: string, workspace: string])[] = [
    ['/w/p', '/w/p', '/w/p'], ['/w/p/deep', '/w/p', '/w/p'], ['/w/other', '/w/p', '/w/other'], ['/w', '/w/p', '/w'], ['/w/..p', '/w', '/w/..p'],
  ];
  for (const [notebook, working, workspace] of workspaces) it(`gives a notebook in ${notebook} and a command in ${working} the workspace ${workspace}`, () => assert.equal(workspaceOf(notebook, working), workspace));
});
