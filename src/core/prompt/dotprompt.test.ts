import assert from 'node:assert/strict';
import { isText, type Message, type Value } from './message.ts';
import type { Json } from '../json.ts';
import type { NameInfo, PartialBody } from './scope.ts';
import { parseTemplate } from './parse-template.ts';
import { renderTemplate } from './render.ts';
import { resolveNames } from './resolve.ts';

const data: Readonly<Record<string, Json>> = {
  city: 'Oslo', year: 1048, open: true, shut: false, nobody: null, blank: '', zero: 0, html: '<b>&"\'</b>', photo: 'https://pictures.test/fjord.jpg', kind: 'image/jpeg',
  stops: ['quay', 'tower'], twins: ['quay', 'tower'], none: [], route: { name: 'Ring', length: { km: 7.5 }, stops: ['hut'], 'first stop': 'mole' }, boats: [{ name: 'Aud', seats: 4 }, { name: 'Bo', seats: 8 }],
  // Names that partials use and no caller gives.
  title: null, name: null, seats: null, loud: null,
};

const partials: Readonly<Record<string, string>> = {
  greeting: 'Ahoy, {{city}}!', boat: '{{name}} ({{seats}})', titled: '{{title}} {{city}}', block: 'one\ntwo {{city}}\n', crew: '{{role "system"}}Steer.\n{{role "user"}}',
  noted: '{{! kept for us }}\nText', outer: '[{{> greeting}}]', count: '{{@index}}/{{name}}', pick: '{{#if loud}}HO{{else}}ho{{/if}}',
};

const inputs = new Map(Object.entries(data).map(([name, one]): [string, Value] => [name, { data: one, source: { kind: 'input', name }, taint: [] }]));
const cells = new Map(Object.keys(partials).map((name): [string, NameInfo] => [name, {}]));
const partial = (name: string): PartialBody | undefined => (Object.hasOwn(partials, name) ? { template: parseTemplate(partials[name]!), inputs: new Map() } : undefined);

/** What a body makes of the data, and the codes of its problems. */
function read(body: string, whitespace: 'keep' | 'trim'): { readonly messages: readonly string[]; readonly problems: readonly string[] } {
  const template = parseTemplate(body);
  const resolved = resolveNames(template, { inputs: new Map([...inputs.keys()].map((name) => [name, {}])), cells, partial });
  const rendered = renderTemplate(template, { inputs, cells: new Map(), partial }, { whitespace });
  const problems = [...template.problems, ...resolved.problems, ...rendered.problems].filter((problem) => problem.severity === 'error');
  return { messages: rendered.messages.map(show), problems: problems.map((problem) => problem.code) };
}

function show({ role, content }: Message): string {
  return `${role}: ${content.map((segment) => {
    if (!isText(segment)) return `<media ${[segment.media.url, segment.media.contentType].filter((part) => part !== undefined).join(' ')}>`;
    return segment.section === undefined ? segment.text : `<section ${segment.section}>`;
  }).join('')}`;
}

/** Bodies, and the messages that dotprompt 1.1.2 makes of them: here they mean the same, with `whitespace: keep`. */
const shared: readonly (readonly [what: string, rows: readonly (readonly [body: string, ...messages: string[]])[]])[] = [
  ['values', [
    ['To {{city}} since {{year}}.', 'user: To Oslo since 1048.'],
    ['To {{ city }}, {{{city}}}, {{{ city }}} and {{&city}}.', 'user: To Oslo, Oslo, Oslo and Oslo.'],
    ['It is {{open}} and {{shut}} and {{zero}}.', 'user: It is true and false and 0.'],
    ['[{{nobody}}][{{blank}}]', 'user: [][]'],
    ['{{html}} {{{html}}}', 'user: <b>&"\'</b> <b>&"\'</b>'],
    ['{{route.name}} {{route/name}} {{route.length.km}} {{stops.[1]}} {{stops.length}} {{boats.[0].name}} {{boats.0.name}}', 'user: Ring Ring 7.5 tower 2 Aud Aud'],
    ['{{route.[first stop]}} {{this.city}} {{./city}} {{@root.route.name}}', 'user: mole Oslo Oslo Ring'],
    ['[{{route.nobody}}][{{route.nobody.deeper}}][{{stops.[9]}}]', 'user: [][][]'],
    ['[{{route.constructor}}][{{route.__proto__}}][{{route.toString.name}}]', 'user: [][][]'],
  ]],
  ['if', [
    ['{{#if open}}a{{/if}}{{#if shut}}b{{/if}}{{#if nobody}}c{{/if}}{{#if blank}}d{{/if}}{{#if zero}}e{{/if}}{{#if none}}f{{/if}}{{#if route}}g{{/if}}{{#if stops}}h{{/if}}', 'user: agh'],
    ['{{#if zero includeZero=true}}zero counts{{/if}}', 'user: zero counts'],
    ['{{#if shut}}a{{else}}b{{/if}} {{#if shut}}a{{^}}b{{/if}}', 'user: b b'],
    ['{{#if shut}}a{{else if nobody}}b{{else if open}}c{{else}}d{{/if}}', 'user: c'],
    ['{{#unless shut}}a{{else}}b{{/unless}} {{#unless open}}a{{else}}b{{/unless}}', 'user: a b'],
    ['{{#if shut}}a{{else unless shut}}b{{/if}}', 'user: b'],
    ['{{#ifEquals city "Oslo"}}a{{else}}b{{/ifEquals}} {{#ifEquals year 1048}}a{{else}}b{{/ifEquals}} {{#ifEquals year "1048"}}a{{else}}b{{/ifEquals}}', 'user: a a b'],
    ['{{#ifEquals open true}}a{{/ifEquals}}{{#ifEquals nobody null}}b{{/ifEquals}}{{#ifEquals zero shut}}c{{/ifEquals}}{{#ifEquals blank nobody}}d{{/ifEquals}}', 'user: ab'],
    ['{{#unlessEquals city "Bergen"}}a{{else}}b{{/unlessEquals}} {{#unlessEquals year 1048}}a{{else}}b{{/unlessEquals}}', 'user: a b'],
  ]],
  ['each', [
    ['{{#each stops}}{{@index}}:{{this}};{{/each}}', 'user: 0:quay;1:tower;'],
    ['{{#each stops}}{{#if @first}}first{{/if}}{{#if @last}}last{{/if}} {{.}} {{/each}}', 'user: first quay last tower '],
    ['{{#each stops}}{{this}}{{#unless @last}}, {{/unless}}{{/each}}', 'user: quay, tower'],
    ['{{#each boats}}{{name}} {{this.seats}} {{./name}}. {{/each}}', 'user: Aud 4 Aud. Bo 8 Bo. '],
    ['{{#each none}}x{{else}}empty{{/each}} {{#each nobody}}x{{else}}nothing{{/each}}', 'user: empty nothing'],
    ['{{#each route.length}}{{@key}}={{this}}{{/each}}', 'user: km=7.5'],
    ['{{#each boats as |boat number|}}{{number}} {{boat.name}} {{name}} {{@index}}. {{/each}}', 'user: 0 Aud Aud 0. 1 Bo Bo 1. '],
    ['{{#each boats}}{{../city}} {{@root.year}} {{#if seats}}{{../city}}{{/if}}. {{/each}}', 'user: Oslo 1048 Oslo. Oslo 1048 Oslo. '],
    ['{{#each boats}}{{#each ../stops}}{{../name}} {{this}} {{@index}} {{@../index}}, {{/each}}{{/each}}', 'user: Aud quay 0 0, Aud tower 1 0, Bo quay 0 1, Bo tower 1 1, '],
    ['{{#each boats}}{{#each ../stops}}{{../../city}} {{/each}}{{/each}}', 'user: Oslo Oslo Oslo Oslo '],
  ]],
  ['with', [
    ['{{#with route}}{{name}} {{length.km}} {{../city}}{{/with}}', 'user: Ring 7.5 Oslo'],
    ['{{#with nobody}}a{{else}}b{{/with}} {{#with zero}}zero {{this}}{{/with}} {{#with none}}a{{else}}b{{/with}}', 'user: b zero 0 b'],
    ['{{#with route as |r|}}{{r.name}} {{name}}{{/with}}', 'user: Ring Ring'],
  ]],
  ['json', [
    ['{{json route}}', 'user: {"name":"Ring","length":{"km":7.5},"stops":["hut"],"first stop":"mole"}'],
    ['{{json route.length indent=2}}', 'user: {\n  "km": 7.5\n}'],
    ['{{json stops}} {{json city}} {{json year}} {{json open}} {{json nobody}} {{json "x"}}', 'user: ["quay","tower"] "Oslo" 1048 true null "x"'],
  ]],
  ['roles', [
    ['{{role "system"}}Be brief.{{role "user"}}Where is {{city}}?{{role "model"}}North.{{role "user"}}And?', 'system: Be brief.', 'user: Where is Oslo?', 'model: North.', 'user: And?'],
    ['First.{{role "user"}}Second.', 'user: First.', 'user: Second.'],
    ['{{role "system"}}\n  \n{{role "user"}}Hello', 'user: Hello'],
    ['{{role "user"}}\n{{role "model"}}Only this', 'model: Only this'],
    ['{{#each stops}}{{role "user"}}{{this}}?{{role "model"}}Yes.{{/each}}', 'user: quay?', 'model: Yes.', 'user: tower?', 'model: Yes.'],
    ['{{#if open}}{{role "system"}}Open.{{/if}}{{role "user"}}Go.', 'system: Open.', 'user: Go.'],
  ]],
  ['media', [
    ['See {{media url=photo}} well.', 'user: See <media https://pictures.test/fjord.jpg> well.'],
    ['{{media url=photo contentType=kind}}', 'user: <media https://pictures.test/fjord.jpg image/jpeg>'],
    ['{{media url="https://pictures.test/a.png" contentType="image/png"}} {{media url=photo}}', 'user: <media https://pictures.test/a.png image/png><media https://pictures.test/fjord.jpg>'],
  ]],
  ['section', [
    ['a{{section "notes"}}b{{section "notes"}}c', 'user: a<section notes>b<section notes>c'],
    ['{{section "notes"}}\nText\n', 'user: <section notes>\nText\n'],
  ]],
  ['comments', [
    ['a{{! one }}b{{!-- two {{city}} }} --}}c{{!--}}d', 'user: abcd'],
    ['a\n{{! alone }}\nb\n  {{!-- two\nlines --}}  \nc', 'user: a\nb\nc'],
    ['# not a comment {{city}}', 'user: # not a comment Oslo'],
  ]],
  ['escapes', [
    ['\\{{city}} {{city}}', 'user: {{city}} Oslo'],
    ['\\\\{{city}} \\{{#if}} {{city}}', 'user: \\Oslo {{#if}} Oslo'],
    ['a \\ b \\n \\{ {{city}}', 'user: a \\ b \\n \\{ Oslo'],
    ['{ "a": "{{city}}" } } }} {', 'user: { "a": "Oslo" } } }} {'],
  ]],
  ['white space', [
    ['a   {{~city~}}   b', 'user: aOslob'],
    ['a \n {{~city}} \n b', 'user: aOslo \n b'],
    ['a {{city~}} \n\n b', 'user: a Oslob'],
    ['a {{~{city}~}} b', 'user: aOslob'],
    ['a\n{{#if open}}\nb\n{{else}}\nc\n{{/if}}\nd', 'user: a\nb\nd'],
    ['a\n  {{#each stops}}\n  - {{this}}\n  {{/each}}\nb', 'user: a\n  - quay\n  - tower\nb'],
    ['a {{#if open}}\nb\n{{/if}} c', 'user: a \nb\n c'],
    ['{{#if open}}{{#if open}}\nb\n{{/if}}{{/if}}\nc', 'user: \nb\n\nc'],
    ['a\r\n{{#if open}}\r\nb\r\n{{/if}}\r\nc', 'user: a\nb\nc'],
    ['stops:{{#each stops~}}\n - {{this}}\n{{~/each}}.', 'user: stops:- quay- tower.'],
    ['a\n{{~#if open~}}\n b \n{{~else~}}\n c \n{{~/if~}}\nd', 'user: abd'],
    ['a\n{{city}}\n{{role "model"}}\nb\n', 'user: a\nOslo\n', 'model: \nb\n'],
    ['  a {{~! note ~}} b {{~!-- note --~}} c  ', 'user:   abc  '],
  ]],
  ['partials', [
    ['{{> greeting}} {{>greeting}}', 'user: Ahoy, Oslo! Ahoy, Oslo!'],
    ['{{> outer}}', 'user: [Ahoy, Oslo!]'],
    ['{{> titled title="Old"}} {{> titled title=year city="Bergen"}}', 'user: Old Oslo 1048 Bergen'],
    ['{{> boat route}}{{#each boats}}{{> boat}} {{/each}}', 'user: Ring ()Aud (4) Bo (8) '],
    ['{{> boat boats.[1]}} {{> boat boats.[1] seats="many"}}', 'user: Bo (8) Bo (many)'],
    ['{{#each boats}}{{> count}} {{/each}}', 'user: 0/Aud 1/Bo '],
    ['{{> pick}} {{> pick loud=true}} {{> pick loud=nobody}}', 'user: ho HO ho'],
    ['{{> crew}}Go to {{city}}.', 'system: Steer.\n', 'user: Go to Oslo.'],
    ['a\n  {{> crew}}\nb', 'user: a\n  ', 'system: Steer.\n  ', 'user: b'],
    ['a\n  {{> block}}\nb', 'user: a\n  one\n  two Oslo\nb'],
    ['a\n\t{{> outer}}\nb', 'user: a\n\t[Ahoy, Oslo!]b'],
    ['a {{> block}} b', 'user: a one\ntwo Oslo\n b'],
    ['a\n  {{~> block~}}  \nb', 'user: aone\ntwo Oslo\nb'],
    ['{{> noted}}.', 'user: Text.'],
  ]],
  ['scripts', [
    ['Grüße aus {{city}}: 你好, नमस्ते, שלום, 👋🏽 é', 'user: Grüße aus Oslo: 你好, नमस्ते, שלום, 👋🏽 é'],
  ]],
];

/** Bodies that mean something else here, as docs/language.md says under "Where it differs from dotprompt". */
const different: readonly (readonly [body: string, messages: readonly string[], problems: readonly string[]])[] = [
  // There: [object Object], and quay,tower.
  ['{{route.length}} {{stops}}', ['user: {"km":7.5} ["quay","tower"]'], []],
  // There: b, since two lists are never the same one.
  ['{{#ifEquals stops twins}}a{{else}}b{{/ifEquals}}', ['user: a'], []],
  // There: does not parse.
  ['{{stops[1]}} {{boats[0].name}} {{route["first stop"]}}', ['user: tower Aud mole'], []],
  ['{ "city": {{json city}}}', ['user: { "city": "Oslo"}'], []],
  // There: the second `../` reaches nothing where the inner item equals the outer one.
  ['{{#each stops}}{{#each @root.stops}}{{../../city}} {{/each}}{{/each}}', ['user: Oslo Oslo Oslo Oslo '], []],
  // There: 2096, since numbers side by side are added.
  ['{{year}}{{year}}', ['user: 10481048'], []],
  // There: the line of the end is judged by the first branch, and the break before d is gone.
  ['{{#if shut}}a{{else if shut}}b\n{{else}}c {{/if}}\nd', ['user: c \nd'], []],
  // There: nothing, and no word of it.
  ['[{{stranger}}]', ['user: []'], ['unknown-name', 'no-value']],
  ['[{{@state.mood}}]', ['user: []'], ['unknown-name']],
  ['[{{../city}}]', ['user: []'], ['too-far']],
  ['[{{@index}}]', ['user: []'], ['no-loop']],
  // There: whatever role it is, whatever address, and without a word of keys that nobody knows.
  ['{{role kind}}a', ['user: a'], ['bad-role']],
  ['{{role "tool"}}a', ['user: a'], ['bad-role']],
  ['{{media url=photo mime="image/png"}}', ['user: <media https://pictures.test/fjord.jpg>'], ['bad-argument']],
  ['{{media url=city}}a', ['user: a'], ['media-url']],
  // There: a field, by that name or number.
  ['{{"city"}}', [], ['bad-tag']],
  // Of Handlebars, and not here.
  ['{{lookup route "name"}}', [], ['unknown-helper']],
  ['{{#route}}{{name}}{{/route}}', [], ['unknown-block']],
  ['{{#if (lookup route "name")}}a{{/if}}', [], ['bad-tag']],
  ['{{#> greeting}}a{{/greeting}}', ['user: a'], ['not-in-language']],
  // A message that holds nothing but a mark.
  ['{{section "notes"}}', [], []],
];

describe('dotprompt', () => {
  for (const [what, rows] of shared) {
    describe(`means the same: ${what}`, () => {
      for (const [body, ...messages] of rows) it(JSON.stringify(body), () => assert.deepEqual(read(body, 'keep'), { messages, problems: [] }));
    });
  }

  describe('means something else', () => {
    for (const [body, messages, problems] of different) it(JSON.stringify(body), () => assert.deepEqual(read(body, 'keep'), { messages, problems }));
  });

  describe('differs in the ends of messages, where nothing is said of white space', () => {
    const rows: readonly (readonly [body: string, ...messages: string[]])[] = [
      ['  a \n\n', 'user: a'],
      ['{{role "system"}}\n a\n{{role "user"}}\n\tb c\n', 'system: a', 'user: b c'],
      ['{{#if open}}\n\n a \n{{/if}}\n', 'user: a'],
      [' {{blank}} \n{{role "model"}} {{nobody}} ', ],
      ['\n{{media url=photo}}\n a \n', 'user: <media https://pictures.test/fjord.jpg>\n a'],
      ['{{section "notes"}}\n a\n', 'user: <section notes>a'],
      // A partial's own line keeps its line end, since a cell's body has none at its end.
      ['a\n{{> greeting}}\nb', 'user: a\nAhoy, Oslo!\nb'],
      ['{{#each boats}}\n- {{> boat}}\n{{/each}}', 'user: - Aud (4)\n- Bo (8)'],
    ];
    for (const [body, ...messages] of rows) it(JSON.stringify(body), () => assert.deepEqual(read(body, 'trim'), { messages, problems: [] }));
  });
});
