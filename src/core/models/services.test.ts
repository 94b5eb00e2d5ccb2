import assert from 'node:assert/strict';
import { dialectFor } from './openai/dialect.ts';
import { services } from './services.ts';

describe('Services', () => {
  for (const { title, baseUrl, example } of services) {
    it(`${title} is known by its address, and asks for a key`, () => {
      const dialect = dialectFor({ model: 'm' }, new URL(baseUrl ?? example!));
      assert.deepEqual([dialect.server, dialect.needsKey, dialect.capabilities.local], [title, true, false]);
    });
  }
});
