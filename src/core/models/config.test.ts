import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseConfigFile } from './config-file.ts';
import { readModelList } from './config.ts';
import type { Json } from '../json.ts';

const entry = '  - id: fast\n    provider: openai\n    model: gpt-4.1-mini\n';

/** A file with `entry` and more lines in it. */
function withLines(...lines: readonly string[]): string {
  return `models:\n${entry}${lines.map((line) => `    ${line}\n`).join('')}`;
}

describe('The model list', () => {
  it('may say everything', () => {
    const { models, default: chosen, problems } = parseConfigFile(`models:
  - id: fast                     # what notebooks call it
    provider: openai
    model: gpt-4.1-mini
    baseUrl: https://models.example/v1?api-version=preview
    apiKeyEnv: OPENAI_API_KEY
    headers: { x-title: notebook }
    contextWindow: 1047576
    price: { input: 0.4, cachedInput: 0.1, output: 1.6 }
    tokenizer: o200k
    limits: { concurrency: 8, requestsPerMinute: 500, tokensPerMinute: 200000, responseBytes: 1000000 }
    config: { temperature: 0, topP: 0.5, topK: 3, maxOutputTokens: 9, stopSequences: [END], seed: -4, presencePenalty: 1, frequencyPenalty: -1, effort: low, logprobs: 0 }
    timeouts: { connectMs: 1, firstTokenMs: 2, idleMs: 3 }
    retry: { tries: 1, waitMs: 0, baseMs: 0 }
    capabilities: { jsonSchema: false, maxTokens: max_tokens, omit: [temperature] }
    x-note: kept for others
  - { id: here, provider: local, model: smollm2-135m }
default: here
`);
    assert.deepEqual(problems, []);
    assert.equal(chosen, 'here');
    assert.deepEqual(models, [
      {
        id: 'fast', provider: 'openai', model: 'gpt-4.1-mini', baseUrl: 'https://models.example/v1?api-version=preview', apiKeyEnv: 'OPENAI_API_KEY', headers: { 'x-title': 'notebook' },
        contextWindow: 1047576, price: { input: 0.4, cachedInput: 0.1, output: 1.6 }, tokenizer: 'o200k',
        limits: { concurrency: 8, requestsPerMinute: 500, tokensPerMinute: 200000, responseBytes: 1000000 },
        config: { temperature: 0, topP: 0.5, topK: 3, maxOutputTokens: 9, stopSequences: ['END'], seed: -4, presencePenalty: 1, frequencyPenalty: -1, effort: 'low', logprobs: 0 },
        timeouts: { connectMs: 1, firstTokenMs: 2, idleMs: 3 }, retry: { tries: 1, waitMs: 0, baseMs: 0 },
        capabilities: { jsonSchema: false, maxTokens: 'max_tokens', omit: ['temperature'] },
      },
      { id: 'here', provider: 'local', model: 'smollm2-135m' },
    ]);
  });

  it('may be empty, a comment, a list alone, or without models', () => {
    for (const text of ['', '# nothing yet\n', 'models: []\n', 'models:\n', 'default: openai:gpt-4.1\n']) assert.deepEqual(parseConfigFile(text).problems, [], text);
    assert.deepEqual(parseConfigFile(entry.replace(/^ {2}/gm, '')).models.map((model) => model.id), ['fast']);
    assert.deepEqual(readModelList([{ id: 'a', provider: 'replay', model: 'f' }]).models, [{ id: 'a', provider: 'replay', model: 'f' }]);
  });

  it('takes null as not given', () => {
    assert.deepEqual(parseConfigFile(withLines('price:', 'baseUrl: null', 'config: ~')).problems, []);
  });

  /** What stands between « and » is where the problem is. */
  const problems: readonly (readonly [text: string, code: string, message: RegExp])[] = [
    ['models: «4»', 'bad-model-list', /`models` is a list/],
    ['«text»', 'bad-model-list', /list under `models:`/],
    ['models:\n  - «text»', 'bad-model-value', /`id`, `provider` and `model`/],
    ['«modles»: []', 'unknown-model-key', /Did you mean `models`\?/],
    ['models: []\n«colour»: red', 'unknown-model-key', /`models`, `default`/],
    ['models:\n  - «{provider: openai, model: m}»', 'bad-model-value', /`id` is missing \(model 1\)/],
    ['models:\n  - «{id: a, model: m}»', 'bad-model-value', /`provider` is missing \(model `a`\)/],
    ['models:\n  - «{id: a, provider: openai}»', 'bad-model-value', /`model` is missing/],
    ['models:\n  - {id: «7», provider: openai, model: m}', 'bad-model-value', /`id` is a text: put it in quotes, not `7`/],
    ['models:\n  - {id: «""», provider: openai, model: m}', 'bad-model-value', /`id` is a text/],
    ['models:\n  - {id: «" a"», provider: openai, model: m}', 'bad-model-value', /one line/],
    ['models:\n  - {id: a, provider: «open_ai», model: m}', 'bad-model-value', /one of `openai`, `lm`, `local`, `replay`, not `"open_ai"`/],
    [`models:\n${entry}  - {id: «fast», provider: openai, model: m}`, 'duplicate-model', /Two models have the id `fast`/],
    [withLines('«contextWidow»: 5'), 'unknown-model-key', /no key of model `fast`\. Did you mean `contextWindow`\?/],
    [withLines('contextWindow: «0»'), 'bad-model-value', /a whole number from 1, not `0`/],
    [withLines('contextWindow: «8k»'), 'bad-model-value', /a whole number from 1, not `"8k"`/],
    [withLines('contextWindow: «1.5»'), 'bad-model-value', /whole/],
    [withLines('price: «{input: 1}»'), 'bad-model-value', /`input` and `output`, in US dollars per million/],
    [withLines('price: {input: «-1», output: 1}'), 'bad-model-value', /a number from 0/],
    [withLines('price: {input: «.nan», output: 1}'), 'bad-model-value', /a number from 0/],
    [withLines('price: {input: 1, output: 1, «cached»: 1}'), 'unknown-model-key', /no key of `price` of model `fast`/],
    [withLines('price: «cheap»'), 'bad-model-value', /a group of keys/],
    [withLines('tokenizer: «bert»'), 'bad-model-value', /one of `o200k`, `cl100k`, `server`/],
    [withLines('baseUrl: «models.example/v1»'), 'bad-model-value', /an address like https:/],
    [withLines('baseUrl: «ftp://models.example»'), 'bad-model-value', /an address like https:/],
    [withLines('baseUrl: «https://me:pw@models.example/v1»'), 'key-in-file', /apiKeyEnv/],
    [withLines('baseUrl: «https://models.example/v1?api_key=abc»'), 'key-in-file', /apiKeyEnv/],
    [withLines('apiKeyEnv: «sk-proj-1234»'), 'key-in-file', /name of an environment variable/],
    [withLines('apiKey: «sk-proj-1234»'), 'key-in-file', /would put a key into a file.*apiKeyEnv/],
    [withLines('api_key: «abc»'), 'key-in-file', /key/],
    [withLines('token: «abc»'), 'key-in-file', /key/],
    [withLines('headers: {Authorization: «Bearer abc»}'), 'key-in-file', /`Authorization` holds a key/],
    [withLines('headers: {X-Api-Key: «abc»}'), 'key-in-file', /holds a key/],
    [withLines('headers: {x-auth-token: «abc»}'), 'key-in-file', /holds a key/],
    [withLines('headers: {x-other: «Bearer abc»}'), 'key-in-file', /holds a key/],
    [withLines('headers: {«"bad name"»: x}'), 'bad-model-value', /no name of a header/],
    [withLines('headers: {x-count: «4»}'), 'bad-model-value', /put it in quotes/],
    [withLines('limits: {concurrency: «0»}'), 'bad-model-value', /a whole number from 1/],
    [withLines('limits: {requestsPerMinute: «0»}'), 'bad-model-value', /a number above 0/],
    [withLines('limits: {«perMinute»: 4}'), 'unknown-model-key', /`limits` of model `fast`/],
    [withLines('config: {temperature: «3»}'), 'bad-model-value', /from 0 to 2/],
    [withLines('config: {«temprature»: 1}'), 'unknown-model-key', /Did you mean `temperature`\?/],
    [withLines('config: {stopSequences: [«4»]}').replace('[«4»]', '«[4]»'), 'bad-model-value', /a list of texts/],
    [withLines('config: {logprobs: «21»}'), 'bad-model-value', /a whole number from 0 to 20/],
    [withLines('timeouts: {idleMs: «soon»}'), 'bad-model-value', /a whole number from 1/],
    [withLines('retry: {tries: «0»}'), 'bad-model-value', /a whole number from 1/],
    [withLines('capabilities: {tools: «maybe»}'), 'bad-model-value', /`true` or `false`/],
    [withLines('capabilities: {maxTokens: «max»}'), 'bad-model-value', /one of `max_tokens`, `max_completion_tokens`/],
    [`models:\n${entry}default: «fats»`, 'unknown-model', /no model of the list has this id\. Did you mean `fast`\?/],
    ['default: «opnai:gpt-4.1»', 'unknown-model', /no model of the list/],
    ['default: «4»', 'bad-model-value', /`default` is the id of a model/],
    ['models: [}', 'bad-yaml', /not valid YAML/],
    ['models: []\nmodels: []', 'bad-yaml', /not valid YAML/],
    ['- {id: a, provider: openai, model: «4»}', 'bad-model-value', /`model` is a text/],
  ];
  for (const [marked, code, message] of problems) {
    it(JSON.stringify(marked.replace(withLines(), '… ')), () => {
      const text = marked.replace(/[«»]/g, '');
      const list = parseConfigFile(text);
      assert.deepEqual(list.problems.map((problem) => problem.code), [code]);
      const [problem] = list.problems;
      assert.equal(problem?.severity, 'error');
      assert.match(problem.message, message);
      assert.doesNotMatch(problem.message, /sk-proj|Bearer abc|:pw@/, 'a key is not shown again');
      const start = marked.indexOf('«');
      if (start >= 0) assert.equal(text.slice(problem.span.start, problem.span.end), marked.slice(start + 1, marked.indexOf('»')));
    });
  }

  it('warns of keys that mean nothing to the provider, and uses the entry', () => {
    const { models, problems: found } = parseConfigFile('models:\n  - {id: a, provider: local, model: m, baseUrl: http://localhost/v1, apiKeyEnv: KEY}\n');
    assert.deepEqual(found.map((problem) => [problem.code, problem.severity]), [['unused-model-key', 'warning'], ['unused-model-key', 'warning']]);
    assert.equal(models.length, 1);
  });

  it('reports every problem, leaves out the entries that have one, and keeps the others', () => {
    const { models, problems: found } = parseConfigFile(`models:\n  - {id: a, provider: x, model: 4, price: 1}\n${entry}`);
    assert.equal(found.length, 3);
    assert.deepEqual(models.map((model) => model.id), ['fast']);
  });

  it('refuses what is too long or has too many aliases, quickly', () => {
    assert.deepEqual(parseConfigFile('#'.repeat(70_000)).problems.map((problem) => problem.code), ['bad-yaml']);
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.split('').map((name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[index]!}`).join(',')}]`).join('\n')}`;
    assert.deepEqual(parseConfigFile(bomb).problems.map((problem) => problem.code), ['bad-yaml']);
  });

  it('never throws, whatever the value, and gives problems a place inside the text', () => {
    const names = fc.constantFrom('id', 'provider', 'model', 'models', 'default', 'price', 'headers', 'config', '__proto__', 'constructor', 'limits', 'x-y');
    const value = fc.letrec<{ any: Json }>((tie) => ({ any: fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string(), fc.array(tie('any'), { maxLength: 3 }), fc.dictionary(names, tie('any'), { maxKeys: 4 })) })).any;
    fc.assert(fc.property(value, (json) => {
      const text = JSON.stringify(json);
      for (const list of [readModelList(json), parseConfigFile(text)]) {
        for (const { span } of list.problems) assert.ok(span.start >= 0 && span.end <= text.length && span.start <= span.end);
        assert.equal(new Set(list.models.map((model) => model.id)).size, list.models.length);
      }
    }));
  });
});
