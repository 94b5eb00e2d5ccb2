import assert from 'node:assert/strict';
import { finishEvent, newAnswer, readChunk, usageEvent } from './chunks.ts';
import type { FinishReason, ModelEvent, Usage } from '../model.ts';
import type { JsonObject } from '../../json.ts';

function read(chunk: JsonObject, hidesReasoning = false): { readonly events: readonly ModelEvent[]; readonly usage: (Usage & { readonly cost: number | undefined }) | undefined } {
  const events: ModelEvent[] = [];
  const answer = newAnswer(hidesReasoning);
  readChunk(chunk, answer, events);
  const used = usageEvent(answer);
  return { events, usage: used?.type === 'usage' ? { ...used.usage, cost: used.cost } : undefined };
}

const delta = (fields: JsonObject): JsonObject => ({ choices: [{ index: 0, delta: fields }] });

describe('Reasoning text', () => {
  const rows: readonly (readonly [name: string, fields: JsonObject, expected: string])[] = [
    ['reasoning_content', { reasoning_content: 'Hm' }, 'Hm'],
    ['reasoning', { reasoning: 'Hm' }, 'Hm'],
    ['reasoning_text', { reasoning_text: 'Hm' }, 'Hm'],
    ['thinking', { thinking: 'Hm' }, 'Hm'],
    ['reasoning_details', { reasoning_details: [{ type: 'reasoning.text', text: 'H' }, { type: 'reasoning.summary', summary: 'm' }, { type: 'reasoning.encrypted', data: 'xx' }] }, 'Hm'],
    ['told under several names, counted once', { reasoning: 'Hm', reasoning_content: 'Hm', reasoning_details: [{ text: 'Hm' }] }, 'Hm'],
    ['null and empty', { reasoning_content: null, reasoning: '' }, ''],
    ['parts of the content', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }, { type: 'reasoning', reasoning: '!' }] }, 'Hm!'],
  ];
  for (const [name, fields, expected] of rows) {
    it(name, () => assert.equal(read(delta(fields)).events.map((event) => (event.type === 'reasoning-delta' ? event.text : `not ${event.type}`)).join(''), expected));
  }
});

describe('Usage', () => {
  const rows: readonly (readonly [name: string, usage: JsonObject, expected: Partial<Usage & { readonly cost: number }> | undefined, hidesReasoning?: boolean])[] = [
    ['OpenAI', { prompt_tokens: 10, completion_tokens: 7, total_tokens: 17, prompt_tokens_details: { cached_tokens: 4 }, completion_tokens_details: { reasoning_tokens: 5 } }, { inputTokens: 10, outputTokens: 7, cachedInputTokens: 4, reasoningTokens: 5, kind: 'provider' }],
    ['details that are null', { prompt_tokens: 10, completion_tokens: 7, prompt_tokens_details: null, completion_tokens_details: null }, { inputTokens: 10, outputTokens: 7, cachedInputTokens: null, reasoningTokens: null }],
    ['DeepSeek’s cache', { prompt_tokens: 10, completion_tokens: 7, prompt_cache_hit_tokens: 6, prompt_cache_miss_tokens: 4 }, { cachedInputTokens: 6 }],
    ['Moonshot’s cache', { prompt_tokens: 10, completion_tokens: 7, cached_tokens: 3 }, { cachedInputTokens: 3 }],
    ['the newer names', { input_tokens: 10, output_tokens: 7, input_tokens_details: { cached_tokens: 2 }, output_tokens_details: { reasoning_tokens: 1 } }, { inputTokens: 10, outputTokens: 7, cachedInputTokens: 2, reasoningTokens: 1 }],
    ['reasoning beside the details', { prompt_tokens: 10, completion_tokens: 7, reasoning_tokens: 6 }, { outputTokens: 7, reasoningTokens: 6 }],
    ['xAI counts reasoning beside the completion', { prompt_tokens: 12, completion_tokens: 2, total_tokens: 331, completion_tokens_details: { reasoning_tokens: 317 } }, { inputTokens: 12, outputTokens: 319, reasoningTokens: 317 }],
    ['Gemini counts it in the total only', { prompt_tokens: 20, completion_tokens: 198, total_tokens: 623 }, { inputTokens: 20, outputTokens: 603, reasoningTokens: null }, true],
    ['others’ totals that do not add up are theirs', { prompt_tokens: 20, completion_tokens: 198, total_tokens: 623 }, { outputTokens: 198 }],
    ['OpenRouter’s cost', { prompt_tokens: 1, completion_tokens: 1, cost: 0.00014 }, { cost: 0.00014 }],
    ['xAI’s cost', { prompt_tokens: 1, completion_tokens: 1, cost_in_usd_ticks: 232_856_000 }, { cost: 0.0232856 }],
    ['a cost that is none', { prompt_tokens: 1, completion_tokens: 1, cost: -1 }, { inputTokens: 1, cost: undefined as never }],
    ['zero is a number', { prompt_tokens: 0, completion_tokens: 0 }, { inputTokens: 0, outputTokens: 0 }],
    ['one half is better than none', { prompt_tokens: 5 }, { inputTokens: 5, outputTokens: null }],
    ['words are none', { prompt_tokens: 'many', completion_tokens: -1 }, undefined],
    ['empty is none', {}, undefined],
  ];
  for (const [name, usage, expected, hidesReasoning] of rows) {
    it(name, () => {
      const { usage: found } = read({ choices: [], usage }, hidesReasoning);
      if (expected === undefined) return assert.equal(found, undefined);
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, found?.[key as keyof Usage]])), expected);
    });
  }

  it('may stand in a choice, or where Groq puts it', () => {
    assert.equal(read({ choices: [{ index: 0, delta: {}, usage: { prompt_tokens: 3, completion_tokens: 1 } }] }).usage?.inputTokens, 3);
    assert.equal(read({ choices: [], x_groq: { usage: { prompt_tokens: 4, completion_tokens: 1 } } }).usage?.inputTokens, 4);
  });

  it('keeps what an earlier chunk said', () => {
    const answer = newAnswer();
    readChunk({ choices: [], usage: { prompt_tokens: 5, prompt_tokens_details: { cached_tokens: 2 } } }, answer, []);
    readChunk({ choices: [], usage: { completion_tokens: 3 } }, answer, []);
    assert.deepEqual(answer.usage, { inputTokens: 5, outputTokens: 3, cachedInputTokens: 2, reasoningTokens: null, kind: 'provider' });
  });
});

describe('Finish reasons', () => {
  const rows: readonly (readonly [raw: string, reason: FinishReason | null])[] = [
    ['stop', 'stop'], ['eos', 'stop'], ['STOP', 'stop'], ['length', 'length'], ['max_tokens', 'length'], ['MAX_TOKENS', 'length'], ['model_length', 'length'],
    ['tool_calls', 'tool-calls'], ['function_call', 'tool-calls'], ['content_filter', 'content-filter'], ['SAFETY', 'content-filter'], ['refusal', 'content-filter'],
    ['error', null], ['abort', null], ['insufficient_system_resource', null], ['constructor', 'stop'],
  ];
  for (const [raw, reason] of rows) {
    it(`${raw} is ${reason ?? 'no end'}`, () => {
      const answer = newAnswer();
      readChunk({ choices: [{ index: 0, delta: { content: 'x' }, finish_reason: raw }] }, answer, []);
      const event = finishEvent(answer);
      assert.deepEqual([event?.type === 'finish' ? event.reason : null, answer.broken], reason === null ? [null, raw] : [reason, null]);
    });
  }

  it('the first one counts', () => {
    const answer = newAnswer();
    for (const finish_reason of ['length', 'stop']) readChunk({ choices: [{ index: 0, delta: {}, finish_reason }] }, answer, []);
    assert.equal(answer.finish?.reason, 'length');
  });
});
