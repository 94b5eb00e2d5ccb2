import assert from 'node:assert/strict';
import fc from 'fast-check';
import { maxFrontMatter, parseFrontMatter, parseOptions } from './front-matter.ts';
import type { OptionNode } from './options.ts';

const lists = { check: ['contains'] };

describe('parseFrontMatter', () => {
  describe('cuts options from the body', () => {
    const rows: readonly (readonly [text: string, value: unknown, body: string])[] = [
      ['Say x.', null, 'Say x.'],
      ['', null, ''],
      ['---\nretry: 1\n---\nSay x.', { retry: 1 }, 'Say x.'],
      ['---\nretry: 1\n---\n\n  Say x.\n', { retry: 1 }, '\n  Say x.\n'],
      ['---\nretry: 1\n---', { retry: 1 }, ''],
      ['--- \t\nretry: 1\n---  \nSay x.', { retry: 1 }, 'Say x.'],
      ['---\r\nretry: 1\r\n---\r\nSay\r\nx.', { retry: 1 }, 'Say\r\nx.'],
      ['---\n---\nSay x.', null, 'Say x.'],
      ['---\n---\n---\nA line above.', null, '---\nA line above.'],
      ['---\n# only a comment\n---\nSay x.', null, 'Say x.'],
      ['---\nretry: 1\n---\na\n---\nb', { retry: 1 }, 'a\n---\nb'],
      ['---\ndescription: |\n  a\n  --- \n  b\n---\nSay x.', { description: 'a\n--- \nb\n' }, 'Say x.'],
      ['----\nSay x.', null, '----\nSay x.'],
      ['--- a\nSay x.', null, '--- a\nSay x.'],
      ['Say x.\n---\nretry: 1\n---', null, 'Say x.\n---\nretry: 1\n---'],
    ];
    for (const [text, value, body] of rows) {
      it(JSON.stringify(text), () => {
        const found = parseFrontMatter(text, 0, lists);
        assert.deepEqual({ value: found.root?.value ?? null, body: found.body, problems: found.problems }, { value, body, problems: [] });
        assert.equal(text.slice(found.bodyStart), body);
      });
    }
  });

  describe('says what is easily overlooked', () => {
    const rows: readonly (readonly [text: string, problem: string, fixed: string | null])[] = [
      ['\n\n---\nretry: 1\n---\nSay x.', 'warning front-matter-not-first: ---', '---\nretry: 1\n---\nSay x.'],
      [' ---\nretry: 1\n ---\nSay x.', 'warning front-matter-not-first: ---', '---\nretry: 1\n ---\nSay x.'],
      ['# Copyright\n\n---\nretry: 1\n---\nSay x.', 'warning front-matter-not-first: ---', null],
      ['---\nretry: 1\nSay x.', 'error front-matter-unclosed: ---', null],
      ['---', 'error front-matter-unclosed: ---', null],
      ['---\nA thought.\n---\nSay x.', 'error yaml-root: A thought.', null],
      ['---\n- a\n- b\n---\nSay x.', 'error yaml-root: - a\n- b', null],
      ['---\nretry: 1\nretry: 2\n---\nSay x.', 'error duplicate-key: retry', null],
      ['---\nretry: 1\n...\nmodel: x\n---\nSay x.', 'error yaml: model: x', null],
    ];
    for (const [text, problem, fixed] of rows) {
      it(JSON.stringify(text), () => {
        const { problems } = parseFrontMatter(text, 0, lists);
        assert.deepEqual(problems.map(({ code, severity, span }) => `${severity} ${code}: ${text.slice(span.start, span.end).trimEnd()}`), [problem]);
        const fix = problems[0]!.fix;
        assert.equal(fix === undefined ? null : text.slice(0, fix.span.start) + fix.text + text.slice(fix.span.end), fixed);
      });
    }
    it('a body that begins with a line may need an empty front matter', () => {
      for (const text of ['---\nA thought.\n---\nSay x.', '---\nSay x.']) assert.match(parseFrontMatter(text).problems[0]!.message, /A body that begins with `---` needs an empty front matter before it\./);
    });
    it('and nothing where text and lines alternate', () => {
      for (const text of ['# Title\n---\nText\n', '\n\n---\nText\n---\n', '# Title\n---\nNote: this is a text', '\n---\n']) assert.deepEqual(parseFrontMatter(text).problems, [], text);
    });
  });

  it('counts spans from where the cell\'s text begins', () => {
    const text = '---\nretyr: 1\ncheck:\n  - Tone: warm\n---\nSay x.';
    const before = 'x'.repeat(7);
    const { root, bodyStart, problems } = parseFrontMatter(text, before.length, lists);
    const all = before + text;
    assert.equal(all.slice(bodyStart), 'Say x.');
    assert.deepEqual(root!.entries!.map(({ keySpan, node }) => [all.slice(keySpan.start, keySpan.end), all.slice(node.span.start, node.span.end).trimEnd()]), [['retyr', '1'], ['check', '- Tone: warm']]);
    assert.deepEqual(problems.map(({ span, fix }) => [all.slice(span.start, span.end), all.slice(fix!.span.start, fix!.span.end)]), [['Tone: warm', 'Tone: warm']]);
  });

  it('refuses options of more than 64 KiB, and reads as many', () => {
    const comment = `# ${'x'.repeat(maxFrontMatter - 3)}\n`;
    assert.deepEqual(parseFrontMatter(`---\n${comment}---\nSay x.`).problems, []);
    const { problems, body } = parseFrontMatter(`---\n#${comment}---\nSay x.`);
    assert.deepEqual([problems.map(({ code }) => code), body], [['too-large'], 'Say x.']);
    assert.match(problems[0]!.message, /64 KiB: move data into a cell of its own/);
  });

  it('looks through blank lines of any kind once', () => {
    for (const line of ['\n', '\r\n', '\r', '#\r\n', ' \r\n']) assert.deepEqual(parseFrontMatter(`${line.repeat(20_000)}x`).problems, []);
  });
});

describe('parseOptions', () => {
  it('gives each part its place, as written, whatever was quoted for it', () => {
    const yaml = 'check:\n  - *Never* shout\n  - {contains: "a: b"}\nmodel: "x # y" # note\n';
    const { root } = parseOptions(yaml, 0, lists);
    const places: string[] = [];
    const walk = (node: OptionNode): void => {
      if (node.source !== null) places.push(yaml.slice(node.span.start, node.span.end));
      for (const item of node.items ?? []) walk(item);
      for (const entry of node.entries ?? []) walk(entry.node);
    };
    walk(root!);
    assert.deepEqual(places, ['*Never* shout', '"a: b"', '"x # y"']);
  });

  describe('refuses what options do not have', () => {
    const rows: readonly (readonly [yaml: string, ...problems: string[]])[] = [
      ['a: &x\n  b: 1', 'yaml-anchor: &x'],
      ['output: {schema: {a: *x}}', 'yaml-alias: *x'],
      ['a: !!map\n  b: 1', 'yaml-tag: !!map'],
      ['a: {b: !x c}', 'yaml-tag: !x'],
      ['a: [!x {b: 1}]', 'yaml-tag: !x {b: 1}'],
      ['<<: {a: 1}', 'yaml-merge: <<'],
      ['? [a]\n: b', 'yaml-key: [a]'],
      ['{a: 1}: b', 'yaml-key: {a: 1}'],
    ];
    for (const [yaml, ...problems] of rows) it(yaml, () => assert.deepEqual(parseOptions(yaml, 0, lists).problems.map(({ code, span }) => `${code}: ${yaml.slice(span.start, span.end)}`), problems));
  });

  it('says in plain words what does not end', () => {
    const messages = (yaml: string): readonly string[] => parseOptions(yaml, 0, lists).problems.map((problem) => problem.message);
    assert.deepEqual(messages('tools: [a'), ['This list in brackets does not end: close it with `]`, further to the right than its key. Is a part of it a comment, after a ` #`?']);
    assert.deepEqual(messages('input: { schema: { a: string, what # it is } }'), ['This map in braces does not end: close it with `}`, further to the right than its key. Is a part of it a comment, after a ` #`?']);
    assert.match(messages('input: { schema: "a }')[0]!, /^This quoted text does not end/);
  });

  it('never throws, and keeps every span inside of the text', () => {
    const piece = fc.constantFrom('a', 'check', ':', ': ', '\n', '\n', '  ', '- ', '#', ' #', '"', "'", '[', ']', '{', '}', ',', '*', '&', '!', '|', '>', '\t', '---', '\r\n', '?', '%', '😀', '\u0000', '<<', '0', '~');
    fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 2 })), { maxLength: 30 }).map((parts) => parts.join('')), (yaml) => {
      for (const { span, fix } of parseOptions(yaml, 5, lists).problems) {
        for (const one of [span, ...(fix === undefined ? [] : [fix.span])]) assert.ok(one.start >= 5 && one.start <= one.end && one.end <= yaml.length + 5, JSON.stringify([span, fix]));
      }
    }), { numRuns: 2000 });
  });
});
