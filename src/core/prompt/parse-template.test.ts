import assert from 'node:assert/strict';
import type { Problem } from '../problem.ts';
import type { TemplateNode } from './tree.ts';
import { maxDepth, parseTemplate } from './parse-template.ts';

/** The tree as short text: what is literal stands for itself, the rest in angle brackets. */
function outline(nodes: readonly TemplateNode[]): string {
  return nodes.map(show).join('');
}

function show(node: TemplateNode): string {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'value':
      return `<${path(node.path)}>`;
    case 'comment':
    case 'history':
      return `<${node.kind}>`;
    case 'json':
      return `<json ${node.value.kind === 'path' ? path(node.value) : JSON.stringify(node.value.value)} ${node.indent}>`;
    case 'role':
      return `<role ${node.role}>`;
    case 'section':
      return `<section ${node.name}>`;
    case 'media':
      return '<media>';
    case 'partial':
      return `<partial ${node.name}${node.hash.map((pair) => ` ${pair.key}`).join('')}>`;
    case 'gen':
    case 'select':
      return `<${node.kind} ${node.name}>`;
    case 'if':
      return block(node.negated ? 'unless' : 'if', node);
    case 'if-equals':
      return block(node.negated ? 'unlessEquals' : 'ifEquals', node);
    case 'each':
    case 'with':
      return block([node.kind, ...node.params].join(' '), node);
  }
}

function block(name: string, node: { readonly body: readonly TemplateNode[]; readonly otherwise: readonly TemplateNode[] }): string {
  return `<${name}:${outline(node.body)}${node.otherwise.length > 0 ? `|${outline(node.otherwise)}` : ''}>`;
}

function path(value: Extract<TemplateNode, { kind: 'value' }>['path']): string {
  const steps = ['^'.repeat(value.up), value.data ? '@' : '', value.here && value.up === 0 ? 'this' : ''].join('');
  return steps + value.segments.map((segment) => segment.name).join(steps.endsWith('this') ? '.' : '.');
}

function codes(text: string): string[] {
  return parseTemplate(text).problems.map((problem) => `${problem.code}: ${text.slice(problem.span.start, problem.span.end)}`);
}

/** The text with the fix of its first problem applied. */
function fixed(text: string, problem: Problem | undefined): string | undefined {
  return problem?.fix && text.slice(0, problem.fix.span.start) + problem.fix.text + text.slice(problem.fix.span.end);
}

describe('parseTemplate', () => {
  describe('reads every tag of the language', () => {
    const rows: readonly (readonly [template: string, tree: string])[] = [
      ['Hello', 'Hello'],
      ['', ''],
      ['{{poem}}', '<poem>'],
      ['{{ poem }}', '<poem>'],
      ['{{{poem}}}', '<poem>'],
      ['{{&poem}}', '<poem>'],
      ['{{order.items[0].name}}', '<order.items.0.name>'],
      ['{{order.items.[0].name}}', '<order.items.0.name>'],
      ['{{order.items.0.name}}', '<order.items.0.name>'],
      ['{{order/items/0}}', '<order.items.0>'],
      ['{{order.[first name]}}', '<order.first name>'],
      ['{{order["first name"]}}', '<order.first name>'],
      ['{{matrix[0][1]}}', '<matrix.0.1>'],
      ['{{../x}}', '<^x>'],
      ['{{../../x.y}}', '<^^x.y>'],
      ['{{this}}', '<this>'],
      ['{{.}}', '<this>'],
      ['{{this.x}}{{./x}}', '<thisx><thisx>'],
      ['{{@root.x}}{{@index}}{{@first}}{{@last}}{{@key}}', '<@root.x><@index><@first><@last><@key>'],
      ['{{@../index}}', '<^@index>'],
      ['{{größe}}{{a-b}}{{題目}}', '<größe><a-b><題目>'],
      ['{{#each rows}}{{x}}{{else}}none{{/each}}', '<each:<x>|none>'],
      ['{{#each rows as |row|}}{{row.x}}{{/each}}', '<each row:<row.x>>'],
      ['{{#each rows as |row i|}}{{/each}}', '<each row i:>'],
      ['{{#if a}}b{{/if}}', '<if:b>'],
      ['{{#if a}}b{{^}}c{{/if}}', '<if:b|c>'],
      ['{{#if a}}b{{else if c}}d{{else}}e{{/if}}f', '<if:b|<if:d|e>>f'],
      ['{{#unless a}}b{{/unless}}', '<unless:b>'],
      ['{{#with a}}{{b}}{{else}}c{{/with}}', '<with:<b>|c>'],
      ['{{#with a as |b|}}{{/with}}', '<with b:>'],
      ['{{#ifEquals a "b"}}c{{else}}d{{/ifEquals}}', '<ifEquals:c|d>'],
      ['{{#unlessEquals a 1}}c{{/unlessEquals}}', '<unlessEquals:c>'],
      ['{{json order}}{{json order indent=2}}{{json "x"}}', '<json order 0><json order 2><json "x" 0>'],
      ['{{role "system"}}a{{role "user"}}b{{role \'model\'}}c', '<role system>a<role user>b<role model>c'],
      ['{{media url=img}}{{media url="https://a/b.png" contentType="image/png"}}', '<media><media>'],
      ['{{section "intro"}}', '<section intro>'],
      ['{{> persona}}{{>persona key=value other="x"}}{{> "persona"}}', '<partial persona><partial persona key other><partial persona>'],
      ['a{{! note }}b{{!-- {{not}} a tag --}}c', 'a<comment>b<comment>c'],
      ['a{{!--}}b{{!----}}c{{!}}d', 'a<comment>b<comment>c<comment>d'],
      ['\\{{poem}}', '{{poem}}'],
      ['\\\\{{poem}}', '\\<poem>'],
      ['a \\{{b}} c {{d}}', 'a {{b}} c <d>'],
      ['{ "a": { "b": 1 } }', '{ "a": { "b": 1 } }'],
      ['}} { }', '}} { }'],
    ];
    for (const [template, tree] of rows) {
      it(template.slice(0, 70) || '(nothing)', () => {
        const parsed = parseTemplate(template);
        assert.equal(outline(parsed.nodes), tree);
        assert.deepEqual(parsed.problems, []);
      });
    }
  });

  describe('takes white space as Handlebars does', () => {
    const rows: readonly (readonly [template: string, tree: string])[] = [
      ['a\n{{#if x}}\nb\n{{else}}\nc\n{{/if}}\nd', 'a\n<if:b\n|c\n>d'],
      ['a\n  {{#each x}}  \nb\n\t{{/each}}\t\nd', 'a\n<each:b\n>d'],
      ['a\n{{! note }}\nb', 'a\n<comment>b'],
      ['a\n{{!-- two\nlines --}}\nb', 'a\n<comment>b'],
      ['{{! first }}\nb', '<comment>b'],
      ['a\n{{/if}}', 'a\n'],
      ['a {{#if x}}\nb\n{{/if}} c', 'a <if:\nb\n> c'],
      ['a\n{{#if x}}{{#if y}}\nb\n{{/if}}{{/if}}\nc', 'a\n<if:<if:\nb\n>>\nc'],
      ['a\n{{x}}\nb', 'a\n<x>\nb'],
      ['a\n{{role "user"}}\nb', 'a\n<role user>\nb'],
      ['a  {{~x~}}  b', 'a<x>b'],
      ['a  {{~x}}  b', 'a<x>  b'],
      ['a \n {{~#if x~}} \n b \n {{~/if~}} \n c', 'a<if:b>c'],
      ['a  {{~! note ~}}  b  {{~!-- note --~}}  c', 'a<comment>b<comment>c'],
      ['a {{~{x}~}} b', 'a<x>b'],
      ['a\r\n{{#if x}}\r\nb\r\n{{/if}}\r\nc', 'a\n<if:b\n>c'],
    ];
    for (const [template, tree] of rows) {
      it(JSON.stringify(template), () => assert.equal(outline(parseTemplate(template).nodes), tree));
    }
  });

  describe('keeps a tree and says what is wrong, where', () => {
    const rows: readonly (readonly [template: string, problems: readonly string[], tree: string])[] = [
      ['Write {{topic', ['unclosed-tag: {{topic'], 'Write <topic>'],
      ['Write {{topic\nand {{more}}', ['unclosed-tag: {{topic'], 'Write <topic>\nand <more>'],
      ['{{a {{b}}', ['unclosed-tag: {{a '], '<a><b>'],
      ['{{', ['unclosed-tag: {{'], ''],
      ['{{}}', ['empty-tag: {{}}'], ''],
      ['{{role "system}}\nBe "kind".', ['unclosed-string: "'], '\nBe "kind".'],
      ['{{"a": 1}}', ['bad-tag: "a"'], ''],
      ['{{a!}}x', ['bad-tag: !'], '<a>x'],
      ['{{a (b c)}}', ['bad-tag: ('], '<a>'],
      ['{{#if a}}b', ['unclosed-block: {{#if a}}'], '<if:b>'],
      ['{{#each a}}{{#if b}}c{{/each}}d', ['unclosed-block: {{#if b}}'], '<each:<if:c>>d'],
      ['a{{/if}}b', ['unexpected-close: {{/if}}'], 'ab'],
      ['{{#if a}}b{{/each}}c{{/if}}', ['unexpected-close: {{/each}}'], '<if:bc>'],
      ['{{#each a}}b{{/eahc}}c', ['unexpected-close: {{/eahc}}'], '<each:b>c'],
      ['{{else}}', ['unexpected-else: {{else}}'], ''],
      ['{{#if a}}b{{else}}c{{else}}d{{/if}}', ['unexpected-else: {{else}}'], '<if:b|cd>'],
      ['{{#rows}}x{{/rows}}', ['unknown-block: rows'], 'x'],
      ['{{#eech rows}}x{{/eech}}', ['unknown-block: eech'], 'x'],
      ['{{^a}}x{{/a}}', ['not-in-language: a'], 'x'],
      ['{{#if}}x{{/if}}', ['bad-argument: {{#if}}'], '<if:x>'],
      ['{{#if a b}}x{{/if}}', ['bad-argument: b'], '<if:x>'],
      ['{{#ifEquals a}}x{{/ifEquals}}', ['bad-argument: {{#ifEquals a}}'], '<ifEquals:x>'],
      ['{{#each a as |b c d|}}{{/each}}', ['bad-argument: d'], '<each b c:>'],
      ['{{#each a as ||}}{{/each}}', ['bad-argument: as ||'], '<each:>'],
      ['{{#each a as |this|}}{{/each}}', ['bad-name: this'], '<each this:>'],
      ['{{if a}}', ['bad-tag: if'], ''],
      ['{{josn a}}', ['unknown-helper: josn'], ''],
      ['{{frobnicate a b=c}}', ['unknown-helper: frobnicate'], ''],
      ['{{json}}', ['bad-argument: {{json}}'], ''],
      ['{{json a indent="2"}}', ['bad-argument: "2"'], '<json a 0>'],
      ['{{json a ident=2}}', ['bad-argument: ident'], '<json a 0>'],
      ['{{role "assistant"}}', ['bad-role: "assistant"'], ''],
      ['{{role "tool"}}', ['bad-role: "tool"'], ''],
      ['{{role who}}', ['bad-role: who'], ''],
      ['{{role}}', ['bad-role: {{role}}'], ''],
      ['{{media img}}', ['bad-argument: img'], ''],
      ['{{media}}', ['bad-argument: {{media}}'], ''],
      ['{{section name}}', ['bad-argument: name'], ''],
      ['{{> (lookup . "x")}}', ['bad-tag: ('], ''],
      ['{{> a.b}}', ['bad-argument: a.b'], ''],
      ['{{a.}}', ['bad-path: .'], ''],
      ['{{a..b}}', ['bad-path: .'], ''],
      ['{{a.this}}', ['bad-path: .this'], ''],
      ['{{a[0}}', ['bad-path: ['], ''],
      ['{{@}}', ['bad-path: @'], ''],
      ['{{a b=}}', ['bad-argument: b'], '<a>'],
      ['{{> a b=(c d) e=1}}x', ['bad-tag: ('], '<partial a>x'],
      ['{{{a}}', ['bad-tag: }'], '<a>'],
      ['{{{{raw}}}} x {{{{/raw}}}}', ['not-in-language: {{{{', 'not-in-language: {{{{'], '{{{{raw}}}} x {{{{/raw}}}}'],
      ['{{! note', ['unclosed-comment: {{!'], '<comment>'],
      ['a {{!-- note }} b', ['unclosed-comment: {{!'], 'a <comment>'],
      ['{{#> layout}}x{{/layout}}', ['not-in-language: #>'], 'x'],
      ['{{#*inline "a"}}x{{/inline}}', ['not-in-language: #*'], 'x'],
      ['{{#role "system"}}x{{/role}}', ['unknown-block: role'], 'x'],
      ['{{section "a"}}x{{/section}}', ['unexpected-close: {{/section}}'], '<section a>x'],
      ['{{#if a}}{{section "b"}}x{{/section}}{{/if}}', ['unexpected-close: {{/section}}'], '<if:<section b>x>'],
      ['{{role "user" a}}x', ['bad-argument: a'], '<role user>x'],
      ['{{section "a" b}}x', ['bad-argument: b'], '<section a>x'],
      ['{{@role "user"}}', ['unknown-helper: @role'], ''],
      ['{{a="x"}}', ['bad-tag: a="x"'], ''],
      ['{{#each rows as row}}{{row.x}}{{/each}}', ['bad-argument: as row'], '<each:<row.x>>'],
      ['{{#if a == b}}x{{/if}}', ['bad-tag: =='], '<if:x>'],
      ['{{#if a >= 18}}x{{/if}}', ['bad-tag: >'], '<if:x>'],
      ['{{#if a && b}}x{{/if}}', ['bad-tag: &'], '<if:x>'],
      ['{{a | upper}}', ['bad-tag: |'], '<a>'],
      ['{{ #if a }}x{{ /if }}', ['bad-tag: #', 'bad-tag: /'], '<if:x>'],
      ['{{~ #if a}}x{{~ else ~}}y{{/if}}', ['bad-tag: #'], '<if:x|y>'],
      ['{{ > persona}}', ['bad-tag: >'], '<partial persona>'],
      ['{{ ! note }}a', ['bad-tag: !'], '<comment>a'],
      ['{{media url="photo.png"}}', ['media-url: "photo.png"'], '<media>'],
    ];
    for (const [template, problems, tree] of rows) {
      it(JSON.stringify(template), () => {
        assert.deepEqual(codes(template), problems);
        assert.equal(outline(parseTemplate(template).nodes), tree);
        for (const problem of parseTemplate(template).problems) assert.equal(problem.severity, 'error');
      });
    }
  });

  describe('offers fixes', () => {
    const rows: readonly (readonly [template: string, repaired: string])[] = [
      ['Write {{topic about', 'Write {{topic about}}'],
      ['{{#if a}}b', '{{#if a}}b{{/if}}'],
      ['{{#each a}}{{#if b}}c{{/each}}d', '{{#each a}}{{#if b}}c{{/if}}{{/each}}d'],
      ['{{#if a}}b{{/fi}}', '{{#if a}}b{{/if}}'],
      ['{{role "assistant"}}', '{{role "model"}}'],
      ['{{role user}}', '{{role "user"}}'],
      ['{{josn a}}', '{{json a}}'],
      ['{{#eech a}}{{/each}}', '{{#each a}}{{/each}}'],
      ['{{if a}}', '{{#if a}}'],
      ['{{}}', '\\{{}}'],
      ['{{{{x', '\\{{\\{{x'],
      ['{{!-- note', '{{!-- note--}}'],
      ['{{#role "user"}}a', '{{role "user"}}a'],
      ['a{{/role}}b', 'ab'],
      ['{{@role "user"}}', '{{role "user"}}'],
      ['{{elseif b}}', '{{else if b}}'],
      ['{{#each rows as row}}{{/each}}', '{{#each rows as |row|}}{{/each}}'],
      ['{{ #if a}}{{/if}}', '{{#if a}}{{/if}}'],
      ['{{~\n> a}}', '{{~> a}}'],
      ['{{ ! a }}', '{{! a }}'],
    ];
    for (const [template, repaired] of rows) {
      it(`${template} → ${repaired}`, () => assert.equal(fixed(template, parseTemplate(template).problems[0]), repaired));
    }
  });

  describe('says what to write instead', () => {
    const rows: readonly (readonly [template: string, message: RegExp])[] = [
      ['{{#role "system"}}x{{/role}}', /`{{role "system"}}` stands before the text, and holds until the next role/],
      ['{{#section "x"}}x{{/section}}', /`{{section "x"}}` stands before the text, and has no end/],
      ['{{#json x}}{{/json}}', /it is a tag of its own, `{{json …}}`/],
      ['{{/role}}', /`role` has no end tag: `{{role "system"}}` stands before the text/],
      ['{{#each}}{{/each}}', /such as `{{#each topic}}`/],
      ['{{#if a == b}}{{/if}}', /`{{#ifEquals a b}}` compares/],
      ['{{#if a || b}}{{/if}}', /`{{#ifEquals a b}}` compares/],
      ['{{#if a != b}}{{/if}}', /`{{#ifEquals a b}}` compares/],
      ['{{a | upper}}', /no filters/],
      ['{{media url=a mime="x"}}', /has no `mime=`\. It has `url=` and `contentType=`/],
      ['{{@role "user"}}', /no helper `@role`\. Did you mean `role`\?/],
      ['{{../json x}}', /no helper `\.\.\/json`\. Did you mean `json`\?/],
      ['{{role "user" "system"}}', /takes the role, and nothing more/],
    ];
    for (const [template, message] of rows) it(template, () => assert.match(parseTemplate(template).problems[0]!.message, message));
  });

  it('keeps holes and history in the tree, with an honest problem each', () => {
    const text = '{{history}}{{gen "age" regex="[0-9]+" stop="\\n" max=3}}{{select "armor" "leather" "plate"}}';
    const { nodes, problems, holes } = parseTemplate(text);
    assert.deepEqual(nodes.map((node) => node.kind), ['history', 'gen', 'select']);
    assert.deepEqual(problems.map(({ code, severity, span }) => [code, severity, text.slice(span.start, span.end)]), [
      ['not-supported-yet', 'error', '{{history}}'],
      ['not-supported-yet', 'error', '{{gen "age" regex="[0-9]+" stop="\\n" max=3}}'],
      ['not-supported-yet', 'error', '{{select "armor" "leather" "plate"}}'],
    ]);
    assert.deepEqual(holes.map((hole) => hole.name), ['age', 'armor']);
    const [, gen, select] = nodes;
    assert.deepEqual(gen?.kind === 'gen' && gen.hash.map(({ key, value }) => [key, value.kind === 'literal' && value.value]), [['regex', '[0-9]+'], ['stop', '\\n'], ['max', 3]]);
    assert.deepEqual(select?.kind === 'select' && select.options.map((option) => option.kind === 'literal' && option.value), ['leather', 'plate']);
  });

  it('counts every span from where the cell\'s text begins', () => {
    const front = '---\nretry: 3\n---\n';
    const body = 'Hi {{name.first}}, {{#if x}}you{{/if}} {{topci';
    const { nodes, problems } = parseTemplate(body, front.length);
    const text = front + body;
    const slices = nodes.map((node) => text.slice(node.span.start, node.span.end));
    assert.deepEqual(slices, ['Hi ', '{{name.first}}', ', ', '{{#if x}}', ' ', '{{topci']);
    const value = nodes[1]!;
    assert.ok(value.kind === 'value');
    assert.deepEqual(value.path.segments.map(({ span }) => text.slice(span.start, span.end)), ['name', 'first']);
    const block = nodes[3]!;
    assert.ok(block.kind === 'if');
    assert.equal(text.slice(block.whole.start, block.whole.end), '{{#if x}}you{{/if}}');
    assert.equal(text.slice(problems[0]!.span.start, problems[0]!.span.end), '{{topci');
  });

  it('bounds how deep blocks stand in each other', () => {
    const deep = (levels: number): string => '{{#if a}}'.repeat(levels) + 'x' + '{{/if}}'.repeat(levels);
    assert.deepEqual(codes(deep(maxDepth)), []);
    const text = `${deep(50_000)}{{b}}`;
    const { nodes, problems } = parseTemplate(text);
    assert.deepEqual(problems.map((problem) => problem.code), ['too-deep']);
    assert.equal(nodes.at(-1)?.kind, 'value', 'what follows is still read as the cell\'s own');
  });

  it('takes ends of blocks beyond the bound for those of the nearest block of their name', () => {
    const deep = '{{#if a}}'.repeat(maxDepth);
    const ends = '{{/if}}'.repeat(maxDepth);
    assert.deepEqual(codes(`${deep}{{#each a}}{{#if b}}{{/each}}${ends}`), ['too-deep: {{#each a}}']);
    assert.deepEqual(codes(`${deep}{{#each a}}{{/if}}${ends}`), ['too-deep: {{#each a}}']);
  });

  describe('bounds what a tag may hold', () => {
    const rows: readonly (readonly [what: string, template: (count: number) => string, most: number, code: string])[] = [
      ['values', (count) => `{{select "a" ${'b '.repeat(count - 2)}}}`, 200, 'too-large'],
      ['keys', (count) => `{{> p ${Array.from({ length: count - 1 }, (_, index) => `k${index}=1`).join(' ')}}}`, 200, 'too-large'],
      ['parts of a path', (count) => `{{a${'.b'.repeat(count - 1)}}}`, 250, 'too-deep'],
      ['steps out', (count) => `{{${'../'.repeat(count - 1)}b}}`, 250, 'too-deep'],
    ];
    for (const [what, template, most, code] of rows) {
      it(what, () => {
        assert.ok(!parseTemplate(template(most)).problems.some((problem) => problem.code === code));
        assert.ok(parseTemplate(template(most + 1)).problems.some((problem) => problem.code === code));
      });
    }
  });

  it('takes a number below zero, alone in its tag, for a name', () => {
    assert.equal(outline(parseTemplate('{{-5}}{{json -5}}').nodes), '<-5><json -5 0>');
    assert.deepEqual(codes('{{5}}'), ['bad-tag: 5']);
  });

  it('lists a bounded number of problems', () => {
    const { problems } = parseTemplate('{{}}'.repeat(5000));
    assert.ok(problems.length <= 201);
    assert.equal(problems.at(-1)?.code, 'more-problems');
  });
});
