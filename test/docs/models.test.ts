import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { dialectFor } from '../../src/core/models/openai/dialect.ts';
import { localServers } from '../../src/core/models/local-servers.ts';
import { namePrefixes } from '../../src/core/models/names.ts';
import { parseConfigFile } from '../../src/core/models/config-file.ts';
import { readRecorded } from '../../src/core/models/recorded.ts';
import { openai } from '../../src/core/models/openai.ts';
import { plainHost } from '../model-requests.ts';

const text = readFileSync(fileURLToPath(new URL('../../docs/models.md', import.meta.url)), 'utf8');

function blocks(language: string): readonly string[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter((match) => match[1] === language).map((match) => match[2]!);
}

/** The rows of the table whose heading begins so, as cells, code marks left out. */
function table(heading: string): readonly (readonly string[])[] {
  const plain = text.replaceAll('`', '');
  const at = plain.indexOf(`\n| ${heading} |`);
  assert.ok(at >= 0, heading);
  const rows = /^\n(?:\|.*\n)+/.exec(plain.slice(at))![0].trim().split('\n').slice(2);
  return rows.map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim()));
}

/** The keys that a place in the list may have, as the reader of the list names them. */
function keysAt(yaml: string): readonly string[] {
  const problem = parseConfigFile(yaml).problems.find(({ code }) => code === 'unknown-model-key');
  return [...problem!.message.slice(problem!.message.indexOf('It may have')).matchAll(/`(\w+)`/g)].map((match) => match[1]!);
}

describe('The document about models', () => {
  for (const [index, yaml] of blocks('yaml').entries()) {
    it(`example ${index + 1} is read without problems, and its models open`, async () => {
      const list = parseConfigFile(yaml);
      assert.deepEqual(list.problems, []);
      assert.ok(list.models.length > 0);
      for (const model of list.models) if (model.provider === 'openai') assert.equal((await openai.open(model, plainHost())).id, model.id);
    });
  }

  it('has every key of an entry, and of its groups', () => {
    assert.deepEqual(table('key | default').map((row) => row[0]), keysAt('models: [{zzzzzzzzzzzzzzzz: 1}]'));
    assert.deepEqual(table('key | what it says').map((row) => row[0]).sort(), [...keysAt('models: [{capabilities: {zzzzzzzzzzzzzzzz: 1}}]')].sort());
    for (const group of ['price', 'limits', 'config', 'timeouts', 'retry']) {
      const row = table('key | default').find(([key]) => key === group)!.join(' ');
      for (const key of keysAt(`models: [{${group}: {zzzzzzzzzzzzzzzz: 1}}]`)) assert.ok(new RegExp(`\\b${key}\\b`).test(row), `${group}.${key}`);
    }
  });

  it('has every name that needs no list', () => {
    const told = table('name | what it is').flat().join(' ');
    assert.deepEqual(namePrefixes.filter((prefix) => !told.includes(`${prefix}:`)), []);
  });

  it('has the services with the variables that hold their keys', () => {
    for (const [baseUrl, key, words] of table('baseUrl | key')) {
      const dialect = dialectFor({ model: 'm' }, new URL(baseUrl!));
      assert.equal(dialect.keyName ?? 'none', key, baseUrl);
      assert.ok(words!.startsWith(dialect.server), `${baseUrl} is ${dialect.server}`);
    }
  });

  it('has servers of this machine where they usually are', () => {
    for (const { title, port } of localServers) {
      const row = table('baseUrl | key').find(([baseUrl]) => baseUrl === `http://localhost:${port}/v1`);
      if (row !== undefined) assert.ok(row[2]!.startsWith(title), title);
      assert.equal(dialectFor({ model: 'm' }, new URL(`http://localhost:${port}/v1`)).server, title, 'both tables call it the same');
    }
  });

  it('has recorded completions that can be replayed', () => {
    const { completions, problems } = readRecorded(blocks('json').join(''));
    assert.deepEqual([completions.length, problems], [2, []]);
  });
});
