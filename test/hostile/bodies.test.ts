import assert from 'node:assert/strict';
import { parseTemplate } from '../../src/core/prompt/parse-template.ts';
import { renderTemplate } from '../../src/core/prompt/render.ts';
import type { Json } from '../../src/core/json.ts';
import type { PartialBody, Scope } from '../../src/core/prompt/scope.ts';
import type { Value } from '../../src/core/prompt/message.ts';

const many = Array.from({ length: 100_000 }, (_, index) => index);
const keys = Object.fromEntries(many.map((index) => [`k${index}`, index]));
const big = 'x'.repeat(2_000_000);
const blank = ' '.repeat(2_000_000);
const hash = Array.from({ length: 190 }, (_, index) => `k${index}=1`).join(' ');
const data: Readonly<Record<string, Json>> = { many, fewer: [...many.slice(1), 0], keys, big, other: `${big.slice(1)}y`, blank };
const partials: Readonly<Record<string, string>> = { none: '', self: '{{#if this}}{{/if}}' };

const scope: Scope = {
  cells: new Map(Object.entries(data).map(([name, one]): [string, Value] => [name, { data: one, source: { kind: 'cell', name }, taint: [] }])),
  partial: (name): PartialBody | undefined => (Object.hasOwn(partials, name) ? { template: parseTemplate(partials[name]!), inputs: new Map() } : undefined),
};

describe('Hostile bodies', function () {
  // Far above what they take: what is not bounded takes hours.
  this.timeout(20_000);

  // Each of these writes nothing or little, and would go through more than ten thousand million steps.
  const rows: readonly (readonly [what: string, body: string])[] = [
    ['loops in loops', '{{#each many}}{{#each @root.many}}{{/each}}{{/each}}'],
    ['loops through the keys of objects', '{{#each many}}{{#each @root.keys}}{{/each}}{{/each}}'],
    ['comparisons of long texts', '{{#each many}}{{#ifEquals @root.big @root.other}}{{/ifEquals}}{{/each}}'],
    ['comparisons of lists', '{{#each many}}{{#ifEquals @root.many @root.fewer}}{{/ifEquals}}{{/each}}'],
    ['addresses of images', '{{#each many}}{{media url=@root.blank}}{{/each}}'],
    ['keys of partials', `{{#each many}}{{> none ${hash}}}{{> none ${hash}}}{{/each}}`],
    ['objects with keys laid over them', '{{#each many}}{{> self @root.keys k=1}}{{/each}}'],
    ['fifty loops in each other', `${'{{#each @root.many}}'.repeat(50)}x${'{{/each}}'.repeat(50)}`],
    ['long texts, over and over', '{{#each many}}{{@root.big}}{{/each}}'],
    ['large data as JSON, over and over', '{{#each many}}{{json @root.keys indent=2}}{{/each}}'],
    ['marks without text', `{{#each many}}${'{{section "x"}}'.repeat(30)}{{/each}}`],
  ];
  for (const [what, body] of rows) {
    it(`stops at ${what}`, () => {
      const template = parseTemplate(body);
      assert.deepEqual(template.problems, []);
      const { problems } = renderTemplate(template, scope);
      assert.ok(problems.some(({ code, severity }) => code === 'too-large' && severity === 'error'), JSON.stringify(problems.slice(0, 2)));
    });
  }

  it('reads ends of blocks that fit none of a hundred thousand open ones', () => {
    const { problems } = parseTemplate('{{#if a}}'.repeat(200_000) + '{{/each}}'.repeat(200_000));
    assert.ok(problems.some((problem) => problem.code === 'too-deep'));
  });
});
