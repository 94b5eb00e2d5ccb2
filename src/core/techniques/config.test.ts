import assert from 'node:assert/strict';
import { config } from './config.ts';
import { parseOption } from '../../../test/parse-option.ts';

describe('The option config', () => {
  it('reads dotprompt’s names', () => {
    const yaml = '{ temperature: 0.2, topP: 0.9, topK: 40, maxOutputTokens: 200, seed: -7, presencePenalty: -2, frequencyPenalty: 2, logprobs: 5, effort: low, stopSequences: ["\\n", END] }';
    assert.deepEqual(parseOption(config, yaml), {
      value: { temperature: 0.2, topP: 0.9, topK: 40, maxOutputTokens: 200, seed: -7, presencePenalty: -2, frequencyPenalty: 2, logprobs: 5, effort: 'low', stopSequences: ['\n', 'END'] }, problems: [],
    });
    assert.deepEqual(parseOption(config, '{ stopSequences: END, x-mine: 1 }'), { value: { stopSequences: ['END'] }, problems: [] });
    assert.deepEqual(parseOption(config, '{}'), { value: {}, problems: [] });
  });

  const wrong: readonly (readonly [yaml: string, says: RegExp])[] = [
    ['0.2', /must be a map/], ['{ temperatur: 1 }', /Did you mean `temperature`\?/], ['{ temperature: 3 }', /from 0 to 2, not 3/], ['{ temperature: warm }', /must be a number, not `warm`/], ['{ topP: 1.1 }', /from 0 to 1/],
    ['{ maxOutputTokens: 0 }', /1 or more/], ['{ maxOutputTokens: 1.5 }', /whole number/], ['{ seed: 0.5 }', /whole number/], ['{ logprobs: 21 }', /from 0 to 20/], ['{ stopSequences: [[a]] }', /A stop sequence/], ['{ effort: [low] }', /config\.effort/],
  ];
  for (const [yaml, says] of wrong) it(`has a problem with ${yaml}`, () => assert.match(parseOption(config, yaml).problems.join('\n'), says));
});
