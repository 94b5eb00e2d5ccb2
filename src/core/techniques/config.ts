import type { Problem } from '../problem.ts';
import type { SamplingConfig } from '../models/model.ts';
import type { Technique } from './technique.ts';
import { readEntries, readNumber, readText, type NumberBounds, type Read } from './read.ts';

const numbers: Readonly<Record<string, NumberBounds>> = {
  temperature: { min: 0, max: 2 },
  topP: { min: 0, max: 1 },
  topK: { min: 1, integer: true },
  maxOutputTokens: { min: 1, integer: true },
  seed: { integer: true },
  presencePenalty: { min: -2, max: 2 },
  frequencyPenalty: { min: -2, max: 2 },
  logprobs: { min: 0, max: 20, integer: true },
};

/** Sampling settings by dotprompt's names. */
export const config: Technique<SamplingConfig> = {
  name: 'config',
  doc: 'Sampling settings: `temperature`, `topP`, `topK`, `maxOutputTokens`, `stopSequences`, `seed`, `presencePenalty`, `frequencyPenalty`, `effort` and `logprobs`. What is not given is left to the model.',
  example: '{ temperature: 0.2, maxOutputTokens: 200 }',
  parse(node) {
    const value: Record<string, unknown> = {};
    const keep = (key: string, read: Read<unknown>): readonly Problem[] => {
      if (read.value !== undefined) value[key] = read.value;
      return read.problems;
    };
    const problems = readEntries(node, '`config`', [...Object.keys(numbers), 'stopSequences', 'effort'], ({ key, node: entry }) => {
      const bounds = numbers[key];
      if (bounds !== undefined) return keep(key, readNumber(entry, `\`config.${key}\``, bounds));
      if (key === 'effort') return keep(key, readText(entry, '`config.effort`'));
      const items = entry.items ?? [entry];
      const stops = items.map((item) => readText(item, 'A stop sequence'));
      value[key] = stops.flatMap((stop) => stop.value ?? []);
      return stops.flatMap((stop) => stop.problems);
    });
    return { value: value, problems };
  },
};
