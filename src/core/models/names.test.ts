import assert from 'node:assert/strict';
import { dialectFor } from './openai/dialect.ts';
import { localBaseUrl, localServers } from './local-servers.ts';
import { modelName, nameForm, namePrefixes, providerNames } from './names.ts';

describe('Names of models that need no list', () => {
  it('begin with a provider, or with a server that people run on their machine', () => {
    assert.deepEqual(providerNames, ['openai', 'lm', 'local', 'replay']);
    assert.deepEqual(namePrefixes, [...providerNames, 'ollama', 'lmstudio', 'llamacpp', 'vllm', 'sglang', 'jan', 'gpt4all', 'koboldcpp', 'litellm']);
    for (const prefix of namePrefixes) assert.ok(nameForm(prefix)?.startsWith(`${prefix}:`), prefix);
  });

  it('are nothing else', () => {
    for (const name of ['', 'gpt-4.1', 'openai', 'openai:', 'openai: \t', ':x', 'OpenAI:x', ' openai:x', 'constructor:x', '__proto__:x', 'toString:x']) assert.equal(modelName(name), undefined, JSON.stringify(name));
    for (const prefix of ['', 'constructor', '__proto__', 'azure']) assert.equal(nameForm(prefix), undefined, prefix);
  });

  it('keep all that stands after the first colon', () => {
    assert.deepEqual(modelName('openai:ft:gpt-4o:org: x '), { id: 'openai:ft:gpt-4o:org: x ', provider: 'openai', model: 'ft:gpt-4o:org: x ' });
  });

  for (const { prefix, title, port } of localServers) {
    it(`${prefix}: is ${title} at its usual port, which is known by that`, () => {
      const config = modelName(`${prefix}:m`)!;
      assert.deepEqual(config, { id: `${prefix}:m`, provider: 'openai', model: 'm', baseUrl: localBaseUrl(port) });
      const { server, keyName } = dialectFor(config, new URL(config.baseUrl));
      assert.deepEqual([server, keyName], [title, null]);
    });
  }

  it('have a port of their own each', () => assert.equal(new Set(localServers.map(({ port }) => port)).size, localServers.length));
});
