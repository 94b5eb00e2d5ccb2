import assert from 'node:assert/strict';
import type { NameInfo, Names } from './scope.ts';
import { parseTemplate } from './parse-template.ts';
import { resolveNames, type Reference } from './resolve.ts';

function names(known: { readonly inputs?: string; readonly cells?: string; readonly text?: string; readonly parameters?: string; readonly columns?: readonly string[] | 'unknown'; readonly partials?: Record<string, string>; readonly partialInputs?: readonly string[] } = {}): Names {
  const map = (list: string | undefined, info: NameInfo = {}): Map<string, NameInfo> => new Map((list ?? '').split(' ').filter((name) => name !== '').map((name) => [name, info]));
  const partials = known.partials ?? {};
  const parsed = new Map(Object.entries(partials).map(([name, body]) => [name, { template: parseTemplate(body), inputs: new Map((known.partialInputs ?? []).map((input) => [input, null])) }]));
  return {
    inputs: map(known.inputs),
    cells: new Map([...map(known.cells), ...map(known.text, { text: 'prompt' }), ...map(Object.keys(partials).join(' '))]),
    parameters: map(known.parameters),
    ...(known.columns !== undefined && { columns: known.columns }),
    partial: (name) => parsed.get(name),
  };
}

function resolve(body: string, known: Parameters<typeof names>[0] = {}): { uses: string[]; problems: string[]; references: readonly Reference[] } {
  const { references, problems } = resolveNames(parseTemplate(body), names(known));
  return {
    references,
    uses: references.map(({ kind, name, path, guarded, via }) => `${kind} ${[name, ...path].join('.')}${guarded ? ' guarded' : ''}${via === undefined ? '' : ` via ${via}`}`),
    problems: problems.map(({ code, severity, span }) => `${severity === 'error' ? '' : `${severity} `}${code}: ${body.slice(span.start, span.end)}`),
  };
}

describe('resolveNames', () => {
  it('finds a name among inputs, holes, cells, parameters and columns, in this order', () => {
    const hole = '{{gen "x"}}';
    const all = { inputs: 'x', cells: 'x', parameters: 'x', columns: ['x'] } as const;
    assert.deepEqual(resolve(`${hole}{{x}}`, all).uses, ['input x']);
    assert.deepEqual(resolve(`${hole}{{x}}`, { ...all, inputs: '' }).uses, ['hole x']);
    assert.deepEqual(resolve('{{x}}', { ...all, inputs: '' }).uses, ['cell x']);
    assert.deepEqual(resolve('{{x}}', { ...all, inputs: '', cells: '' }).uses, ['parameter x']);
    assert.deepEqual(resolve('{{x}}', { ...all, inputs: '', cells: '', parameters: '' }).uses, ['column x']);
    assert.deepEqual(resolve('{{x}}', { columns: 'unknown' }).uses, ['column x']);
    assert.deepEqual(resolve('{{x}}').problems, ['unknown-name: x']);
  });

  it('lists what is used, with path and spans', () => {
    const body = 'Hi {{order.items[0].name}} {{json topic indent=2}} {{media url=img}}';
    const { references } = resolve(body, { cells: 'order topic img' });
    assert.deepEqual(references.map(({ kind, name, path }) => ({ kind, name, path })), [
      { kind: 'cell', name: 'order', path: ['items', '0', 'name'] },
      { kind: 'cell', name: 'topic', path: [] },
      { kind: 'cell', name: 'img', path: [] },
    ]);
    assert.deepEqual(references.map(({ span }) => body.slice(span.start, span.end)), ['order.items[0].name', 'topic', 'img']);
    assert.deepEqual(references.map(({ nameSpan }) => body.slice(nameSpan.start, nameSpan.end)), ['order', 'topic', 'img']);
  });

  it('reads a bare name inside #each and #with as the item\'s field, whatever cells there are', () => {
    for (const block of ['each', 'with']) {
      assert.deepEqual(resolve(`{{#${block} rows}}{{x}}{{x.y}}{{this}}{{this.rows}}{{./rows}}{{/${block}}}`, { cells: 'rows' }), {
        uses: ['cell rows'], problems: [], references: resolve(`{{#${block} rows}}{{/${block}}}`, { cells: 'rows' }).references,
      });
    }
  });

  it('reaches out with ../ and @root', () => {
    const { uses, problems } = resolve('{{#each rows}}{{../topic}}{{@root.topic.x}}{{#each ../more}}{{../../topic}}{{../field}}{{/each}}{{/each}}', { cells: 'rows topic more' });
    assert.deepEqual(uses, ['cell rows', 'cell topic', 'cell topic.x', 'cell more', 'cell topic']);
    assert.deepEqual(problems, []);
  });

  it('gives the item a name with as |row|', () => {
    const { uses, problems } = resolve('{{#each rows as |row i|}}{{row.x}}{{i}}{{#each row.list}}{{row.y}}{{/each}}{{/each}}', { cells: 'rows' });
    assert.deepEqual(uses, ['cell rows']);
    assert.deepEqual(problems, []);
    assert.deepEqual(resolve('{{#each rows as |row|}}{{/each}}{{row}}', { cells: 'rows' }).problems, ['unknown-name: row']);
  });

  it('warns where the item\'s field and a cell are easily mixed up', () => {
    const body = '{{#each rows}}{{topic}}{{this.topic}}{{/each}}';
    const { problems } = resolveNames(parseTemplate(body), names({ cells: 'rows topic' }));
    assert.deepEqual(problems.map(({ code, severity }) => [code, severity]), [['name-is-field', 'warning']]);
    const { span, text } = problems[0]!.fix!;
    assert.equal(body.slice(0, span.start) + text + body.slice(span.end), '{{#each rows}}{{@root.topic}}{{this.topic}}{{/each}}');
  });

  it('suggests the nearest name, with a fix', () => {
    const body = 'Write about {{topci.x}}.';
    const { problems } = resolveNames(parseTemplate(body), names({ cells: 'topic poem' }));
    assert.equal(problems.length, 1);
    assert.equal(problems[0]!.severity, 'error');
    assert.match(problems[0]!.message, /`topci`.*Did you mean `topic`\?/);
    const { span, text } = problems[0]!.fix!;
    assert.equal(body.slice(0, span.start) + text + body.slice(span.end), 'Write about {{topic.x}}.');
    assert.equal(resolveNames(parseTemplate('{{xyzzy}}'), names({ cells: 'topic' })).problems[0]!.fix, undefined);
  });

  describe('in a cell with the option each', () => {
    const columns = ['name', 'age'];
    it('takes columns, and row.x always', () => {
      assert.deepEqual(resolve('{{name}}{{row.name}}{{row}}', { columns }).uses, ['column name', 'row row.name', 'row row']);
      assert.deepEqual(resolve('{{row.x}}', { columns: 'unknown', cells: 'row' }).uses, ['row row.x']);
    });
    it('finds a column that is not there', () => {
      assert.deepEqual(resolve('{{nmae}}{{row.nmae}}', { columns }).problems, ['unknown-name: nmae', 'unknown-name: row.nmae']);
    });
    it('says when a cell hides a column, with a fix', () => {
      const { problems } = resolveNames(parseTemplate('{{name}}'), names({ columns, cells: 'name' }));
      assert.deepEqual(problems.map(({ code, severity, fix }) => [code, severity, fix?.text]), [['hidden-column', 'error', 'row.name']]);
    });
  });

  describe('knows what is text', () => {
    const rows: readonly (readonly [body: string, problems: readonly string[]])[] = [
      ['{{poem}}', []],
      ['{{poem.title}}', ['path-into-text: poem.title']],
      ['{{poem[0]}}', ['path-into-text: poem[0]']],
      ['{{#each poem}}x{{/each}}', ['path-into-text: poem']],
      ['{{#with poem}}{{this}}{{/with}}', []],
      ['{{#with poem}}{{title}}{{/with}}', ['path-into-text: title']],
      ['{{#if poem}}x{{/if}}', []],
      ['{{order.title}}', []],
      ['{{#each order}}{{title}}{{/each}}', []],
    ];
    for (const [body, problems] of rows) it(body, () => assert.deepEqual(resolve(body, { text: 'poem', cells: 'order' }).problems, problems));
    it('says what to do', () => {
      assert.match(resolveNames(parseTemplate('{{poem.title}}'), names({ text: 'poem' })).problems[0]!.message, /declare `output:`/);
    });
  });

  describe('marks uses inside {{#if name}}', () => {
    const rows: readonly (readonly [body: string, uses: readonly string[]])[] = [
      ['{{#if poem}}{{poem}}{{/if}}', ['cell poem guarded', 'cell poem guarded']],
      ['{{#if poem}}{{else}}{{poem}}{{/if}}', ['cell poem guarded', 'cell poem']],
      ['{{#if poem}}{{#each rows}}{{@root.poem}}{{/each}}{{/if}}', ['cell poem guarded', 'cell rows', 'cell poem guarded']],
      ['{{#if poem}}x{{/if}}{{poem}}', ['cell poem guarded', 'cell poem']],
      ['{{#if rows}}{{poem}}{{/if}}', ['cell rows guarded', 'cell poem']],
      ['{{#unless poem}}x{{else}}{{poem}}{{/unless}}', ['cell poem guarded', 'cell poem guarded']],
      ['{{#unless poem}}{{poem}}{{/unless}}', ['cell poem guarded', 'cell poem']],
      ['{{#if order.items}}{{order.items}}{{/if}}', ['cell order.items guarded', 'cell order.items guarded']],
      ['{{#ifEquals poem "x"}}{{poem}}{{/ifEquals}}', ['cell poem', 'cell poem']],
      ['{{#if poem}}{{> persona tone=poem}}{{/if}}', ['cell poem guarded', 'cell poem guarded', 'partial persona']],
    ];
    for (const [body, uses] of rows) it(body, () => assert.deepEqual(resolve(body, { cells: 'poem rows order', partials: { persona: '{{tone}}' } }).uses, uses));
  });

  describe('resolves the names of a partial: its key=values, the caller\'s, its own', () => {
    it('key=values first', () => {
      const { uses, problems } = resolve('{{> persona tone=mood}}', { cells: 'tone mood', partials: { persona: '{{tone}}' } });
      assert.deepEqual(uses, ['cell mood', 'partial persona']);
      assert.deepEqual(problems, []);
    });
    it('the caller\'s inputs before its own', () => {
      assert.deepEqual(resolve('{{> persona}}', { inputs: 'tone', partials: { persona: '{{tone}}' }, partialInputs: ['tone'] }).uses, ['partial persona', 'input tone via persona']);
    });
    it('its own inputs where the caller has none', () => {
      assert.deepEqual(resolve('{{> persona}}', { partials: { persona: '{{tone}}' }, partialInputs: ['tone'] }), { ...resolve('{{> persona}}', { partials: { persona: '' } }), problems: [] });
    });
    it('cells and parameters of the notebook', () => {
      assert.deepEqual(resolve('{{> persona}}', { cells: 'style', parameters: 'lang', partials: { persona: '{{style}}{{lang}}' } }).uses, ['partial persona', 'cell style via persona', 'parameter lang via persona']);
    });
    it('the fields of the item that it stands in', () => {
      assert.deepEqual(resolve('{{#each people}}{{> card}}{{/each}}', { cells: 'people', partials: { card: '{{name}}' } }), { ...resolve('{{#each people}}{{> card}}{{/each}}', { cells: 'people', partials: { card: '' } }) });
    });
    it('the fields of the value that it is given', () => {
      assert.deepEqual(resolve('{{> card person}}', { cells: 'person', partials: { card: '{{name}}' } }).problems, []);
    });
    it('problems stand at the caller\'s tag', () => {
      assert.deepEqual(resolve('a {{> persona}}', { partials: { persona: 'long before {{tnoe}}' } }).problems, ['unknown-name: {{> persona}}']);
    });
  });

  it('refuses partials that are no prompt cells, hold themselves, or have problems', () => {
    assert.deepEqual(resolve('{{> rows}}', { cells: 'rows' }).problems, ['unknown-partial: rows']);
    assert.deepEqual(resolve('{{> persno}}', { partials: { person: '' } }).problems, ['unknown-partial: persno']);
    assert.deepEqual(resolve('{{> a}}', { partials: { a: '{{> b}}', b: '{{> a}}' } }).problems, ['partial-recursion: {{> a}}']);
    assert.match(resolveNames(parseTemplate('{{> a}}'), names({ partials: { a: '{{> b}}', b: '{{> a}}' } })).problems[0]!.message, /a → b → a/);
    assert.deepEqual(resolve('{{> a}}', { partials: { a: '{{#if x}}' } }).problems.slice(0, 1), ['partial-has-problems: {{> a}}']);
  });

  it('bounds partials that double', () => {
    const partials: Record<string, string> = { p0: 'x' };
    for (let level = 1; level <= 60; level++) partials[`p${level}`] = `{{> p${level - 1}}}{{> p${level - 1}}}`;
    assert.deepEqual(resolve('{{> p60}}', { partials }).problems, ['too-large: {{> p60}}']);
  });

  it('stops at partials that are too large, whatever stands after them', () => {
    const big = '{{x}}'.repeat(1100);
    const { problems, uses } = resolve(`${'{{> big}}'.repeat(100)}{{> other y}}`, { cells: 'x', partials: { big, other: '' } });
    assert.deepEqual(problems, ['too-large: {{> big}}']);
    assert.ok(!uses.includes('partial other'));
  });

  it('bounds the partials of a notebook together', () => {
    const known = { ...names({ cells: 'x', partials: { big: '{{x}}'.repeat(900) } }), work: { partialNodes: 100_000, comparisons: 0 } };
    const found = Array.from({ length: 3 }, () => resolveNames(parseTemplate('{{> big}}'.repeat(60)), known).problems.map(({ code, message }) => `${code} ${/notebook/.test(message)}`));
    assert.deepEqual(found, [[], ['too-large true'], ['too-large true']]);
  });

  it('looks for the nearest name of fifty unknown ones, and no more', () => {
    const body = Array.from({ length: 60 }, (_, index) => `{{topik${index}}}`).join('');
    const near = resolveNames(parseTemplate(body), names({ cells: 'topik' })).problems.filter((problem) => problem.fix !== undefined);
    assert.equal(near.length, 50);
    assert.equal(resolve('{{topik}}'.repeat(60), { cells: 'topic' }).problems.length, 60);
  });

  it('looks for nearest names as long as the notebook has comparisons left', () => {
    const work = { partialNodes: 0, comparisons: 1000 };
    const cells = new Map(Array.from({ length: 400 }, (_, index): [string, NameInfo] => [`name${index}`, {}]));
    const found = Array.from({ length: 5 }, () => resolveNames(parseTemplate('{{nam399}}'), { cells, work }).problems[0]!.fix !== undefined);
    assert.deepEqual(found, [true, true, false, false, false]);
  });

  describe('says what reaches nothing', () => {
    const rows: readonly (readonly [body: string, problems: readonly string[]])[] = [
      ['{{../x}}', ['too-far: ../x']],
      ['{{#if a}}{{../x}}{{/if}}', ['too-far: ../x']],
      ['{{#each a}}{{../../x}}{{/each}}', ['too-far: ../../x']],
      ['{{@index}}', ['no-loop: @index']],
      ['{{#with a}}{{@key}}{{/with}}', ['no-loop: @key']],
      ['{{#each a}}{{#with x}}{{@index}}{{/with}}{{@../index}}{{/each}}', ['no-loop: @../index']],
      ['{{@state.count}}', ['unknown-name: @state.count']],
      ['{{this}}', ['warning no-this: this']],
      ['{{a}}{{gen "a"}}', []],
      ['{{later}}{{gen "later"}}{{later}}', ['hole-not-filled: later']],
      ['{{gen "b"}}{{gen "b"}}', ['duplicate-name: {{gen "b"}}']],
    ];
    for (const [body, problems] of rows) {
      it(body, () => {
        const inputs = body.startsWith('{{a}}') ? 'a' : '';
        assert.deepEqual(resolve(body, { inputs, cells: 'a' }).problems, problems);
      });
    }
  });

  it('takes this, outside of blocks, for the object of the inputs', () => {
    assert.deepEqual(resolve('{{json this}}{{@root}}', { inputs: 'a b' }), { ...resolve('{{a}}{{b}}{{a}}{{b}}', { inputs: 'a b' }), references: resolve('{{json this}}{{@root}}', { inputs: 'a b' }).references });
  });

  it('lists names of the run\'s context where they are known', () => {
    const { references, problems } = resolveNames(parseTemplate('{{@state.count}}{{@sate}}'), { cells: new Map(), context: new Set(['state']) });
    assert.deepEqual(references.map(({ kind, name, path }) => [kind, name, path]), [['context', 'state', ['count']]]);
    assert.deepEqual(problems.map(({ code, fix }) => [code, fix?.text]), [['unknown-name', 'state']]);
  });
});
