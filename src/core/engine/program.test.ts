import assert from 'node:assert/strict';
import { diagnose } from '../language/diagnostics.ts';
import { readNotebook } from '../notebook/read.ts';
import { readProgram, type Program } from './program.ts';

const fence = '```';
const cell = (head: string, body: string): string => `${fence}{${head}}\n${body}\n${fence}\n\n`;
const program = (text: string): Program => readProgram(readNotebook(text));

/** Each problem with what it stands at, and what it says. */
function problems(text: string): readonly (readonly [code: string, at: string, message: string])[] {
  const lines = text.split('\n');
  return diagnose(program(text), text).map(({ severity, code, message, line, column, endLine, endColumn }) => [
    severity === 'error' ? code : `${severity} ${code}`, line === endLine ? lines[line - 1]!.slice(column - 1, endColumn - 1) : lines[line - 1]!.slice(column - 1), message,
  ]);
}

const codes = (text: string): readonly string[] => problems(text).map(([code, at]) => `${code}: ${at}`);

describe('A notebook as a program', () => {
  it('knows its cells, their kinds, numbers and values', () => {
    const { prompts, data, byName } = program(
      '---\nparams: {lang: en}\n---\n# Title\n\n' + cell('text topic', 'clips') + cell('prompt', 'One.') + cell('json order', '{"n": 1}') + cell('mermaid plan', 'x') + cell('prompt poem', 'Two.') + cell('javascript js', 'x') + cell('csv rows file=a.csv', '') + cell('prompt', 'Three.'),
    );
    assert.deepEqual(prompts.map(({ number, name }) => [number, name]), [[1, null], [2, 'poem'], [3, null]]);
    assert.deepEqual(data.map(({ name, language, file, value }) => [name, language, file, value]), [['topic', 'text', null, 'clips'], ['order', 'json', null, { n: 1 }], ['rows', 'csv', 'a.csv', null]]);
    assert.deepEqual([...byName.keys()].sort(), ['order', 'poem', 'rows', 'topic']);
  });

  it('knows what each cell needs, once, with where it is first used and whether that is guarded', () => {
    const text = cell('text a', 'x') + cell('text b', 'x') + cell('text c', 'x') + cell('prompt p', '{{#if b}}{{b}}{{/if}}{{a}} {{a}} {{#if c}}{{c}}{{/if}}{{c}}');
    const { prompts, notebook } = program(text);
    const body = notebook.cells[prompts[0]!.index]!.text;
    assert.deepEqual(prompts[0]!.needs.map(({ name, guarded, span }) => [name, guarded, body.slice(0, span.start)]), [
      ['b', true, '{{#if '], ['a', false, '{{#if b}}{{b}}{{/if}}{{'], ['c', false, '{{#if b}}{{b}}{{/if}}{{a}} {{a}} {{#if '],
    ]);
  });

  it('takes an input without a value for the cell of its name, and a partial for what its body uses', () => {
    const needs = (text: string): readonly string[] => program(text).prompts.at(-1)!.needs.map((need) => need.name);
    assert.deepEqual(needs(cell('text topic', 'x') + cell('prompt p', '---\ninput: {schema: {topic: string}}\n---\n{{topic}}')), ['topic']);
    assert.deepEqual(needs(cell('text topic', 'x') + cell('prompt p', '---\ninput: {schema: {topic: string}, default: {topic: y}}\n---\n{{topic}}')), []);
    assert.deepEqual(needs(cell('text tone', 'dry') + cell('prompt persona', 'You are {{tone}}.') + cell('prompt p', '{{> persona}}')), ['tone']);
    assert.deepEqual(needs(cell('text tone', 'dry') + cell('prompt persona', 'You are {{tone}}.') + cell('prompt p', '{{> persona tone="kind"}}')), []);
    assert.deepEqual(needs(cell('prompt persona', 'x') + cell('prompt p', '{{> persona}}')), []);
    assert.deepEqual(needs(cell('text rows', 'x') + cell('prompt p', '{{#each rows}}{{x}}{{/each}}')), ['rows']);
  });

  describe('finds what is wrong with names, and says where and what to do', () => {
    const rows: readonly (readonly [text: string, ...found: string[]])[] = [
      [cell('prompt poem', 'x') + cell('text poem', 'y'), `duplicate-name: ${fence}{text poem}`],
      [`---\nparams: {poem: 1}\n---\n${cell('prompt poem', 'x')}`, `duplicate-name: ${fence}{prompt poem}`],
      [cell('prompt 2nd', 'x'), `bad-name: ${fence}{prompt 2nd}`],
      [cell('prompt each', 'x'), `bad-name: ${fence}{prompt each}`],
      [cell('json a.b', '1'), `bad-name: ${fence}{json a.b}`],
      [cell('prompt größe', 'x') + cell('prompt 題目', '{{größe}}') + cell('prompt a_b-c', '{{題目}}')],
      [cell('text topic', 'x') + cell('prompt', '{{topik}}'), 'unknown-name: topik'],
      [cell('text topic', 'x') + cell('prompt', '{{topic.title}}'), 'path-into-text: topic.title'],
      [cell('prompt poem', 'x') + cell('prompt', '{{poem.title}}'), 'path-into-text: poem.title'],
      [cell('prompt poem', '---\noutput: {schema: {title: string}}\n---\nx') + cell('prompt', '{{poem.title}}')],
      [cell('prompt poem', '---\noutput: {format: text}\n---\nx') + cell('prompt', '{{poem.title}}'), 'path-into-text: poem.title'],
      [`---\nparams: {a: text, b: {type: object}}\n---\n${cell('prompt', '{{a.x}} {{b.x}}')}`, 'path-into-text: a.x'],
      [cell('prompt', '---\ninput: {schema: {a: string, b: any}}\n---\n{{a.x}} {{b.x}} {{c}}'), 'path-into-text: a.x', 'unknown-name: c'],
      [cell('mermaid plan', 'x') + cell('javascript js', 'x') + cell('prompt', '{{plan}} {{js}}'), `warning not-supported-yet: ${fence}{javascript js}`, 'no-value: plan', 'no-value: js'],
      [cell('prompt a', '{{b}}') + cell('prompt b', '{{c}} {{a}}') + cell('text c', 'x'), 'cycle: b', 'cycle: a'],
      [cell('prompt a', 'I am {{a}}'), 'cycle: a'],
      // b needs a, and a the body of b alone.
      [cell('prompt a', '{{> b}}') + cell('prompt b', '{{a}}'), 'cycle: {{> b}}'],
      [cell('prompt a', '{{> b}}') + cell('prompt b', '{{> a}}'), 'partial-recursion: {{> b}}', 'partial-recursion: {{> a}}'],
      [cell('prompt a', '---\ninput: {schema: {a: string}}\n---\n{{a}}'), 'cycle: a'],
      [cell('prompt', 'no name') + cell('prompt', '{{prompt}}'), 'unknown-name: prompt'],
    ];
    for (const [text, ...found] of rows) it(JSON.stringify(text.replaceAll(fence, '').replaceAll('\n\n\n', ' ')), () => assert.deepEqual(codes(text), found));

    const messages: readonly (readonly [text: string, message: RegExp])[] = [
      [cell('text topic', 'x') + cell('prompt', '{{topik}}'), /There is no input, cell or parameter `topik`\. Did you mean `topic`\?/],
      [cell('prompt', '{{xyzzy}}'), /`xyzzy`\. Name a cell so, or declare it under `input:`\./],
      [cell('prompt poem', 'x') + cell('text poem', 'y'), /There is a cell `poem` above already: each needs a name of its own\./],
      [cell('prompt poem', 'x') + cell('prompt', '{{poem.title}}'), /declare `output:` in that cell/],
      [cell('prompt a', '{{b}}') + cell('prompt b', '{{a}}'), /These cells need each other: a → b → a\. None of them can run first\./],
      [cell('mermaid plan', 'x') + cell('prompt', '{{plan}}'), /`plan` is a cell in `mermaid`, which has no value/],
    ];
    for (const [text, message] of messages) it(String(message), () => assert.match(problems(text)[0]![2], message));
  });

  it('takes names that every object has for names like others', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    for (const name of names) {
      assert.deepEqual(codes(cell('prompt', `{{${name}}}`)), [`unknown-name: ${name}`]);
      assert.deepEqual(codes(cell(`text ${name}`, 'x') + cell('prompt', `{{${name}}}`)), []);
      assert.deepEqual(codes(`---\nparams: {${name}: 1}\n---\n${cell('prompt', `{{${name}}}`)}`), []);
      // A schema with `__proto__` is refused as a whole.
      if (name !== '__proto__') assert.deepEqual(codes(cell('prompt', `---\ninput: {schema: {${name}: string}}\n---\n{{${name}}}`)), []);
      assert.deepEqual(program(cell('csv rows', `${name}\n1`)).data[0]!.value, [JSON.parse(`{"${name}": "1"}`)]);
    }
    assert.deepEqual(program(names.map((name) => cell(`text ${name}`, 'x')).join('') + cell('prompt', names.map((name) => `{{${name}}}`).join(''))).prompts[0]!.needs.map((need) => need.name), names);
  });

  describe('reads and keeps what does not run yet, with one honest problem each', () => {
    const rows: readonly (readonly [body: string, ...found: string[]])[] = [
      ['{{history}}', 'not-supported-yet: {{history}}'],
      ['{{gen "age" max=3}} {{age}}', 'not-supported-yet: {{gen "age" max=3}}'],
      ['{{select "armor" "leather" "plate"}} {{armor}}', 'not-supported-yet: {{select "armor" "leather" "plate"}}'],
      ['---\nthink: step by step\n---\nx', 'not-supported-yet: think'],
      ['---\neach: rows\n---\n{{name}} {{row.name}} {{row}}', 'not-supported-yet: each'],
      ['---\nretrieve: {from: notes}\n---\n{{passages}}', 'not-supported-yet: retrieve'],
      ['---\nstate: world\n---\n{{@state.gold}}', 'not-supported-yet: state'],
      ['---\nwhen: a\nnext: {yes: b}\nsession: vm\nsamples: 3\nvote: number\n---\nx', 'not-supported-yet: when', 'not-supported-yet: next', 'not-supported-yet: session', 'not-supported-yet: samples', 'not-supported-yet: vote'],
      ['---\nmodel: [a, b]\n---\nx', 'not-supported-yet: [a, b]'],
      ['---\ncheck:\n  - cites: notes\n---\nx', 'not-supported-yet: cites'],
    ];
    for (const [body, ...found] of rows) it(JSON.stringify(body), () => assert.deepEqual(codes(cell('prompt', body)), found));
    it('under defaults, once, and for cells without a word', () => {
      assert.deepEqual(codes(`---\ndefaults: {each: rows}\n---\n${cell('prompt', '{{name}}')}${cell('prompt', '{{name}}')}`), ['not-supported-yet: each']);
    });
  });

  it('tells of a later version, and of nothing else, which may be right there', () => {
    const text = `---\npromptnb: 2\nfuture: x\n---\n${cell('prompt poem', '---\nnovel: 1\n---\n{{#loop}}{{news}}')}${cell('prompt poem', 'x')}`;
    assert.deepEqual(codes(text), ['newer-version: 2']);
    assert.match(problems(text)[0]![2], /version 2 of the language, and this program knows version 1: it is shown, but not run\. Update Prompt Notebook\./);
  });

  it('warns of a language that is nearly one of its own, and keeps others', () => {
    assert.deepEqual(codes(cell('promt poem', 'x')), [`warning unknown-language: ${fence}{promt poem}`]);
    assert.deepEqual(codes(cell('Prompt poem', 'x')), [`warning unknown-language: ${fence}{Prompt poem}`]);
    assert.deepEqual(codes(cell('YAML rows', 'x')), [`warning unknown-language: ${fence}{YAML rows}`]);
    assert.deepEqual(codes(cell('r', 'x') + cell('python a', 'x') + cell('css', 'x') + cell('mermaid', 'x')), []);
    assert.match(problems(cell('promt poem', 'x'))[0]![2], /Did you mean `prompt`\?/);
  });

  it('reads data from bodies and leaves files to the run', () => {
    assert.deepEqual(codes(cell('json d', '{"a": }')), ['json: }']);
    assert.deepEqual(codes(cell('csv d', 'a,b\n1')), ['csv-ragged: 1']);
    assert.deepEqual(codes(cell('yaml d', 'a: *b')), ['yaml-alias: *b']);
    assert.deepEqual(codes(cell('text d file=notes.md', '')), []);
    assert.deepEqual(codes(cell('text d file=notes.md', 'a body')), ['warning file-and-body: a body']);
    assert.deepEqual(codes(cell('text d file=', '')), [`file: ${fence}{text d file=}`]);
  });

  it('lists problems in the order of the file', () => {
    const text = `---\ntitel: x\n---\n${cell('prompt', '{{two}} {{one}}')}${cell('json d', '{')}${cell('prompt', '{{three}}')}`;
    assert.deepEqual(codes(text), ['unknown-option: titel', 'unknown-name: two', 'unknown-name: one', 'json: {', 'unknown-name: three']);
  });
});
