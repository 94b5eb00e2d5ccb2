import assert from 'node:assert/strict';
import { describeRequest, localRequest, withSeed, type LocalRequest } from './request.ts';
import { message, userRequest } from '../../../test/model-requests.ts';
import { ModelError, type ModelRequest, type SamplingConfig } from '../../core/models/model.ts';
import { TemplateError, type ChatTemplate } from './chat-template.ts';

/** A template that writes `role: content` in lines. */
const template: ChatTemplate = {
  system: true, own: true,
  render: (messages) => ({ parts: messages.flatMap(({ role, content }) => [{ kind: 'template' as const, text: `${role}: ` }, { kind: 'content' as const, text: content }, { kind: 'template' as const, text: '\n' }]), exact: true }),
};

interface Making {
  readonly template?: Partial<ChatTemplate>;
  readonly system?: boolean;
  readonly config?: SamplingConfig;
}

function make(request: ModelRequest, { template: other, system = true, config = {} }: Making = {}): LocalRequest {
  return localRequest(request, { name: 'tiny', template: { ...template, ...other }, system, config });
}

const prompt = (made: LocalRequest): string => made.generate.prompt.map((part) => part.text).join('');

describe('A request to a model on this machine', () => {
  it('has llama.cpp’s own settings where nobody says others, and no seed', () => {
    const { generate, notes } = make(userRequest('a'));
    assert.deepEqual(generate.sampling, { temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05, seed: null, presencePenalty: 0, frequencyPenalty: 0 });
    assert.deepEqual([generate.grammar, generate.stop, generate.maxTokens, generate.logprobs, notes], [null, [], null, null, []]);
  });

  it('takes the list’s settings, and the request’s before them', () => {
    const { generate } = make(userRequest('a', { temperature: 0, stopSequences: ['x'], logprobs: 2 }), { config: { temperature: 1, topK: 3, topP: 0.5, maxOutputTokens: 9, seed: 4, presencePenalty: 1, frequencyPenalty: -1, stopSequences: ['y'] } });
    assert.deepEqual(generate.sampling, { temperature: 0, topK: 3, topP: 0.5, minP: 0.05, seed: 4, presencePenalty: 1, frequencyPenalty: -1 });
    assert.deepEqual([generate.stop, generate.maxTokens, generate.logprobs], [['x'], 9, 2]);
  });

  const seeds: readonly (readonly [given: number, seed: number])[] = [[0, 0], [7, 7], [4_294_967_294, 4_294_967_294], [4_294_967_295, 0], [-1, 4_294_967_294], [2 ** 40 + 3, 259], [1.9, 1], [NaN, 0]];
  for (const [given, seed] of seeds) it(`makes the seed ${given} one that llama.cpp takes, always the same`, () => assert.equal(make(userRequest('a', { seed: given })).generate.sampling.seed, seed));

  it('draws a seed for each answer where none is given', () => {
    const made = make(userRequest('a'));
    assert.deepEqual([withSeed(made, () => 0).sampling.seed, withSeed(made, () => 0.5).sampling.seed, withSeed(made, () => 1 - 2 ** -53).sampling.seed], [0, 2_147_483_647, 4_294_967_294]);
    assert.equal(withSeed(make(userRequest('a', { seed: 5 })), () => 0.5).sampling.seed, 5);
  });

  it('says what the model has not: effort', () => assert.match(make(userRequest('a', { effort: 'high' })).notes.join(), /tiny knows no effort/));

  it('calls the roles as templates do', () => {
    const { messages } = make({ messages: [message('system', 's'), message('user', 'u'), { ...message('model', 'm'), toolCalls: [{ id: '1', name: 'add', arguments: '{"a":1}' }] }, message('tool', '2')], config: {} });
    assert.deepEqual(messages, [{ role: 'system', content: 's' }, { role: 'user', content: 'u' }, { role: 'assistant', content: 'm\nadd({"a":1})' }, { role: 'tool', content: '2' }]);
  });

  describe('to a model without system messages', () => {
    const rows: readonly (readonly [name: string, roles: readonly (readonly ['system' | 'user' | 'model', string])[], expected: string])[] = [
      ['puts system text before what the user says', [['system', 's'], ['user', 'u']], 'user: s\n\nu\n'],
      ['keeps the turns', [['system', 's'], ['user', 'u'], ['model', 'm'], ['user', 'v']], 'user: s\n\nu\nassistant: m\nuser: v\n'],
      ['joins it to the user’s words before it', [['user', 'u'], ['system', 's'], ['model', 'm']], 'user: u\n\ns\nassistant: m\n'],
      ['joins it in the middle', [['user', 'u'], ['model', 'm'], ['system', 's'], ['user', 'v']], 'user: u\nassistant: m\nuser: s\n\nv\n'],
      ['sends it alone where there is nothing else', [['system', 's']], 'user: s\n'],
      ['joins several', [['system', 's'], ['system', 't'], ['user', 'u']], 'user: s\n\nt\n\nu\n'],
      ['adds nothing for an empty one', [['system', ''], ['user', 'u']], 'user: u\n'],
      ['leaves two of the user’s apart', [['user', 'u'], ['user', 'v']], 'user: u\nuser: v\n'],
    ];
    for (const [name, roles, expected] of rows) {
      it(name, () => {
        const made = make({ messages: roles.map(([role, text]) => message(role, text)), config: {} }, { system: false });
        assert.equal(prompt(made), expected);
        assert.equal(made.notes.some((note) => /knows no system messages/.test(note)), roles.some(([role]) => role === 'system'));
      });
    }
  });

  it('says where the template is not the file’s own, or changes texts', () => {
    assert.match(make(userRequest('a'), { template: { own: false } }).notes.join(), /no chat template: ChatML/);
    assert.match(make(userRequest('a'), { template: { render: (messages) => ({ ...template.render(messages), exact: false }) } }).notes.join(), /changes some of the messages/);
  });

  const failing = { template: { render: () => { throw new TemplateError('It refuses these messages: roles must alternate'); } } };
  const refused: readonly (readonly [name: string, make: () => LocalRequest, message: RegExp])[] = [
    ['an image', () => make({ messages: [{ role: 'user', content: [{ media: { url: 'data:image/png;base64,AA' }, source: { kind: 'literal' }, taint: [] }] }], config: {} }), /text only/],
    ['tools', () => make({ ...userRequest('a'), tools: [{ name: 'f', description: '', parameters: {} }] }), /takes no tools/],
    ['a schema that nothing can follow', () => make({ ...userRequest('a'), output: { name: 'o', schema: false } }), /allows nothing/],
    ['messages that the template does not take', () => make(userRequest('a'), failing), /roles must alternate/],
  ];
  for (const [name, run, words] of refused) it(`refuses ${name} before anything is computed`, () => assert.throws(run, (error) => error instanceof ModelError && error.code === 'bad-request' && !error.sent && words.test(error.message) && error.hint !== undefined));

  it('has the grammar of a schema, and says what it does not hold', () => {
    const { generate, notes } = make({ ...userRequest('a'), output: { name: 'o', schema: { type: 'array', items: { const: 1 }, uniqueItems: true } } });
    assert.match(generate.grammar ?? '', /^root ::= /);
    assert.match(notes.join(), /uniqueItems at its root.*validation/);
  });

  it('is described as it is computed, the template’s text and all', () => {
    const described = describeRequest(make({ ...userRequest('a', { seed: 1, temperature: 0 }), output: { name: 'o', schema: { const: 1 } } }), 'tiny');
    assert.deepEqual(described, {
      model: 'tiny', messages: [{ role: 'user', content: 'a' }], temperature: 0, topK: 40, topP: 0.95, minP: 0.05, seed: 1, presencePenalty: 0, frequencyPenalty: 0,
      stop: [], maxTokens: null, logprobs: null, grammar: 'root ::= "1"\n', prompt: 'user: a\n',
    });
  });
});
