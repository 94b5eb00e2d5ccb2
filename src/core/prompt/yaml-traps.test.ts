import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Json } from '../json.ts';
import type { Problem } from '../problem.ts';
import { parseOptions } from './front-matter.ts';

const lists = { check: ['contains', 'equals', 'matches', 'json', 'max_tokens', 'check', 'warn'] };

interface Found {
  readonly value: Json | undefined;
  readonly problems: readonly string[];
}

function read(yaml: string): Found {
  const { root, problems } = parseOptions(yaml, 0, lists);
  return { value: root?.value, problems: problems.map(({ code, severity, span }) => `${severity === 'error' ? '' : `${severity} `}${code}: ${yaml.slice(span.start, span.end)}`) };
}

/** The text with the fixes of all its problems, from the last to the first. */
function fixed(yaml: string): string {
  const fixes = parseOptions(yaml, 0, lists).problems.flatMap((problem: Problem) => (problem.fix === undefined ? [] : [problem.fix]));
  return [...fixes].sort((a, b) => b.span.start - a.span.start || b.span.end - a.span.end).reduce((text, { span, text: put }) => text.slice(0, span.start) + put + text.slice(span.end), yaml);
}

describe('What YAML does to sentences', () => {
  describe('is a problem at the sentence, in every form of a list, and read as it is meant', () => {
    const rows: readonly (readonly [sentence: string, code: string])[] = [
      ['Tone: warm and kind', 'yaml-mapping'],
      ['It says: "yes"', 'yaml-mapping'],
      ['It ends with a colon:', 'yaml-mapping'],
      ['Contains: paper', 'yaml-mapping'],
      ['<<: merged', 'yaml-mapping'],
      ['It is in C # or Java', 'yaml-comment'],
      ['C # alone', 'yaml-comment'],
      ['It ends with a #', 'yaml-comment'],
      ['*Never* shout', 'yaml-alias'],
      ['**Bold** stays', 'yaml-alias'],
      ['&nbsp; is not there', 'yaml-anchor'],
      ['!important is not there', 'yaml-tag'],
      ['! alone', 'yaml-tag'],
      ['"Yes" is the first word', 'yaml-quote'],
      ["'Yes' is the first word", 'yaml-quote'],
      ['"Yes" or "no"', 'yaml-quote'],
      ["'tis short", 'yaml-quote'],
      ['"Open', 'yaml-quote'],
      ['[Brackets] come first', 'yaml-flow'],
      ['{Braces} come first', 'yaml-flow'],
      ['{{topic}} comes first', 'yaml-flow'],
      ['@name comes first', 'yaml-indicator'],
      ['`code` comes first', 'yaml-indicator'],
      ['% comes first', 'yaml-indicator'],
      ['? comes first', 'yaml-indicator'],
      [': comes first', 'yaml-indicator'],
      ['> is in it', 'yaml-block'],
      ['| is in it', 'yaml-block'],
    ];
    const forms: readonly (readonly [what: string, yaml: (sentence: string) => string, value: (sentence: string) => Json])[] = [
      ['in a list', (sentence) => `retry: 1\ncheck:\n  - It is short.\n  - ${sentence}\n  - It rhymes.\nmodel: x`, (sentence) => ({ retry: 1, check: ['It is short.', sentence, 'It rhymes.'], model: 'x' })],
      ['in a list at the margin', (sentence) => `check:\n- ${sentence}\n- It rhymes.`, (sentence) => ({ check: [sentence, 'It rhymes.'] })],
      ['in brackets', (sentence) => `check: [It is short., ${sentence}, It rhymes.]`, (sentence) => ({ check: ['It is short.', sentence, 'It rhymes.'] })],
      ['in brackets over lines', (sentence) => `check: [\n  It is short.,\n  ${sentence}\n]\nmodel: x`, (sentence) => ({ check: ['It is short.', sentence], model: 'x' })],
      ['alone', (sentence) => `check: ${sentence}\nmodel: x`, (sentence) => ({ check: sentence, model: 'x' })],
      ['under defaults', (sentence) => `defaults:\n  check:\n    - ${sentence}`, (sentence) => ({ defaults: { check: [sentence] } })],
    ];
    for (const [sentence, code] of rows) {
      for (const [what, yaml, value] of forms) {
        it(`${what}: ${sentence}`, () => {
          const written = yaml(sentence);
          const found = read(written);
          assert.deepEqual(found, { value: value(sentence), problems: [`${code}: ${sentence}`] });
          assert.deepEqual(read(fixed(written)), { value: value(sentence), problems: [] });
        });
      }
    }
    it('each has the fix “Quote it”', () => {
      for (const [sentence] of rows) assert.equal(parseOptions(`check:\n  - ${sentence}`, 0, lists).problems[0]!.fix!.title, 'Quote it', sentence);
    });
  });

  describe('is a problem in a list, over lines, and in the values of checks', () => {
    const rows: readonly (readonly [yaml: string, value: Json, ...problems: string[]])[] = [
      ['check:\n  - "Tone": warm', { check: ['"Tone": warm'] }, 'yaml-mapping: "Tone": warm'],
      ['check: "Tone": warm', { check: '"Tone": warm' }, 'yaml-quote: "Tone": warm'],
      ['check:\n  - #hashtag', { check: ['#hashtag'] }, 'yaml-comment: #hashtag'],
      ['check:\n  - #hashtags are\n    in it', { check: ['#hashtags are in it'] }, 'yaml-comment: #hashtags are\n    in it'],
      ['check:\n  - - twice', { check: ['- twice'] }, 'yaml-list: - twice'],
      ['check:\n  - It is short.\n    - It rhymes.', { check: ['It is short. - It rhymes.'] }, 'yaml-list: It is short.\n    - It rhymes.'],
      ['check:\n  - It has\n    a tone: warm', { check: ['It has a tone: warm'] }, 'yaml-mapping: It has\n    a tone: warm'],
      ['check:\n  - It says:\n      hello', { check: ['It says: hello'] }, 'yaml-mapping: It says:\n      hello'],
      ['check:\n  - "It is\n    short" and sweet', { check: ['"It is short" and sweet'] }, 'yaml-quote: "It is\n    short" and sweet'],
      ['check:\n  -No space\n  - It rhymes.', { check: ['No space', 'It rhymes.'] }, 'yaml-dash: -'],
      ['check:\n  -Tone: warm', { check: ['Tone: warm'] }, 'yaml-dash: -', 'yaml-mapping: Tone: warm'],
      ['check:\n-No space', { check: ['No space'] }, 'yaml-dash: -'],
      ['check:\n\t- Tab', { check: ['Tab'] }, 'yaml-tab: \t'],
      ['check:\n  - [It is short.]', { check: ['[It is short.]'] }, 'yaml-flow: [It is short.]'],
      ['check:\n  - |', { check: ['|'] }, 'yaml-block: |'],
      ['check:\n  - contains: >', { check: [{ contains: '>' }] }, 'yaml-block: >'],
      ['check:\n  - contains: a # b', { check: [{ contains: 'a # b' }] }, 'yaml-comment: a # b'],
      ['check:\n  - contains: # b', { check: [{ contains: '# b' }] }, 'yaml-comment: # b'],
      ['check:\n  - contains: Tone: warm\n    warn: true', { check: [{ contains: 'Tone: warm', warn: true }] }, 'yaml-mapping: Tone: warm'],
      ['check:\n  - matches: [a-z]+', { check: [{ matches: '[a-z]+' }] }, 'yaml-flow: [a-z]+'],
      ['check:\n  - matches: *.md', { check: [{ matches: '*.md' }] }, 'yaml-alias: *.md'],
      ['check:\n  - equals: "a" b', { check: [{ equals: '"a" b' }] }, 'yaml-quote: "a" b'],
      ['check:\n  - contains: [a, *b, c # d]', { check: [{ contains: ['a', '*b', 'c # d'] }] }, 'yaml-alias: *b', 'yaml-comment: c # d'],
      ['check: [contains: a, contains: *b, Tone: warm]', { check: [{ contains: 'a' }, { contains: '*b' }, 'Tone: warm'] }, 'yaml-alias: *b', 'yaml-mapping: Tone: warm'],
      ['check: [- dash, [list], It has a[0] first, "a", \'b\' c]', { check: ['- dash', '[list]', 'It has a[0] first', 'a', "'b' c"] }, 'yaml-indicator: - dash', 'yaml-flow: [list]', 'yaml-flow: It has a[0] first', "yaml-quote: 'b' c"],
      ['check: [It says "a, b" twice]', { check: ['It says "a, b" twice'] }, 'yaml-comma: It says "a, b" twice'],
      ['check: [It is in C # or Java\n  ]', { check: ['It is in C # or Java'] }, 'yaml-comment: It is in C # or Java'],
      ['config:\n  stopSequences: [*, "#", two words # cut]', { config: { stopSequences: ['*', '#', 'two words # cut'] } }, 'yaml-alias: *', 'yaml-comment: two words # cut'],
      ['config:\n  stopSequences: [###, a, ### b]', { config: { stopSequences: ['###', 'a', '### b'] } }, 'yaml-comment: ###', 'yaml-comment: ### b'],
      ['defaults: {check: [Tone: warm, It rhymes.], retry: 1}', { defaults: { check: ['Tone: warm', 'It rhymes.'], retry: 1 } }, 'yaml-mapping: Tone: warm'],
      ['config: {stopSequences: [a, *]}\nretry: 1', { config: { stopSequences: ['a', '*'] }, retry: 1 }, 'yaml-alias: *'],
      ['config:\n  stopSequences:\n    - *\n    - # x', { config: { stopSequences: ['*', '# x'] } }, 'yaml-alias: *', 'yaml-comment: # x'],
      ['config:\n  stopSequences: [\n    a\n  ]\nmodel: x', { config: { stopSequences: ['a'] }, model: 'x' }, 'yaml-indent: ]'],
      ['output:\n  schema: {\n    a: string\n  }', { output: { schema: { a: 'string' } } }, 'yaml-indent: }'],
      ['description: Note: this', { description: 'Note: this' }, 'yaml-mapping: Note: this'],
      ['description: *this*', { description: '*this*' }, 'yaml-alias: *this*'],
      ['retry:3', { retry: 3 }, 'yaml-colon: retry:'],
    ];
    for (const [yaml, value, ...problems] of rows) {
      it(JSON.stringify(yaml), () => {
        assert.deepEqual(read(yaml), { value, problems });
        assert.deepEqual(read(fixed(yaml)), { value, problems: [] });
      });
    }
  });

  describe('is a warning where it may be meant, and read as YAML does', () => {
    const rows: readonly (readonly [yaml: string, value: Json, problem: string, fixed: string])[] = [
      ['description: A summary # of the text', { description: 'A summary' }, 'warning yaml-comment: A summary # of the text', 'description: "A summary # of the text"'],
      ['check: [The poem is short, warm and kind.]', { check: ['The poem is short', 'warm and kind.'] }, 'warning yaml-comma: The poem is short, warm and kind.', 'check: ["The poem is short, warm and kind."]'],
      ['check: It is short.\n  It rhymes.\nmodel: x', { check: 'It is short. It rhymes.', model: 'x' }, 'warning yaml-lines: It is short.\n  It rhymes.', 'check: |\n  It is short.\n  It rhymes.\nmodel: x'],
      ['check:\n  It is short.\n  It rhymes.', { check: 'It is short. It rhymes.' }, 'warning yaml-lines: It is short.\n  It rhymes.', 'check:\n  |\n  It is short.\n  It rhymes.'],
    ];
    for (const [yaml, value, problem, repaired] of rows) {
      it(JSON.stringify(yaml), () => {
        assert.deepEqual(read(yaml), { value, problems: [problem] });
        assert.equal(fixed(yaml), repaired);
        assert.deepEqual(read(repaired).problems, []);
      });
    }
    it('a block has its lines apart', () => {
      assert.deepEqual(read(fixed('check: It is short.\n  It rhymes.')).value, { check: 'It is short.\nIt rhymes.\n' });
    });
  });

  describe('is nothing where it means what it says', () => {
    const rows: readonly (readonly [yaml: string, value: Json])[] = [
      ['check:\n  - It is short.\n  - It\'s fine, "really", at 12:30 (see http://a.b/#c).', { check: ['It is short.', 'It\'s fine, "really", at 12:30 (see http://a.b/#c).'] }],
      ['check: It is short.', { check: 'It is short.' }],
      ['check:\n  - A sentence that is\n    continued.', { check: ['A sentence that is continued.'] }],
      ['check: |\n  Tone: warm # and\n  "Yes" is *first*.\n  - dash', { check: 'Tone: warm # and\n"Yes" is *first*.\n- dash\n' }],
      ['check:\n  - |\n    Tone: warm', { check: ['Tone: warm\n'] }],
      ['check:\n  - "Tone: warm"\n  - \'*never*\'  # comment\n  # comment\n  - It rhymes.\n    # comment\n', { check: ['Tone: warm', '*never*', 'It rhymes.'] }],
      ['check: # the checks\n  # of it\n  - It rhymes.', { check: ['It rhymes.'] }],
      ['check: [It is short., "It is: sweet, and #1", contains: a, {check: It rhymes., warn: true}]', { check: ['It is short.', 'It is: sweet, and #1', { contains: 'a' }, { check: 'It rhymes.', warn: true }] }],
      ['check: [\n  It is short., # first\n  # second\n  It rhymes.\n]', { check: ['It is short.', 'It rhymes.'] }],
      ['check: [json, contains: [a, b]]', { check: ['json', { contains: ['a', 'b'] }] }],
      ['check: []', { check: [] }],
      ['check:\n  - contains: a\n    warn: true # comment\n  - max_tokens: 50 # comment', { check: [{ contains: 'a', warn: true }, { max_tokens: 50 }] }],
      ['check:\n  - yes\n  - no', { check: ['yes', 'no'] }],
      ['model: fast # comment\nretry: 2 # comment', { model: 'fast', retry: 2 }],
      ['config: { temperature: 0.2 } # comment', { config: { temperature: 0.2 } }],
      ['config: {\n  temperature: 1\n}', { config: { temperature: 1 } }],
      ['description: |\nmodel: x', { description: '', model: 'x' }],
      ['output:\n  schema:\n    mood(enum): [dark, light]\n    tags(array, list of tags): string', { output: { schema: { 'mood(enum)': ['dark', 'light'], 'tags(array, list of tags)': 'string' } } }],
      ['__proto__: 1\nconstructor: 2', JSON.parse('{"__proto__": 1, "constructor": 2}') as Json],
    ];
    for (const [yaml, value] of rows) it(JSON.stringify(yaml), () => assert.deepEqual(read(yaml), { value, problems: [] }));
  });

  it('keeps the source of a value as it is written', () => {
    const { root } = parseOptions('check:\n  - equals: 007\n  - contains: "a\\tb"\n  - matches: yes\n  - equals: 1.10', 0, lists);
    const checks = root!.entries![0]!.node.items!.map((item) => item.entries![0]!.node);
    assert.deepEqual(checks.map(({ source, quoted }) => [source, quoted]), [['007', false], ['a\tb', true], ['yes', false], ['1.10', false]]);
  });

  it('never gives a sentence another meaning without a word', () => {
    const piece = fc.constantFrom(
      'Word', 'is', ' ', ' ', ' ', ': ', ':', ' #', '#', '*', '&', '!', '"', "'", '[', ']', '{', '}', '{{x}}', '- ', '-', '? ', '|', '>', '%', '@', '`', ', ', '\\', '.', 'yes', '~', '007', '---', '...', '<<: ', '=', 'é', '😀', 'http://x', '12:30', '\n    ',
    );
    // Not: a whole quoted text, a block, or a value that is no text, each with a comment; lines that are comments.
    const other = /^(["'])[^]*\1(?:\s+#|$)|^[|>][-+]?(?:\s|$)|^(?:[-+\d.]+|yes|~)\s+#|\n\s*#/;
    const sentence = fc.array(piece, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('').trim()).filter((text) => text !== '' && !other.test(text));
    fc.assert(fc.property(sentence, fc.boolean(), (text, inBrackets) => {
      if (inBrackets && /,|^\]|\]\s+#/.test(text)) return;
      const { root, problems } = parseOptions(inBrackets ? `check: [${text}, Last.]` : `check:\n  - ${text}\n  - Last.`, 0, lists);
      if (problems.some((problem) => problem.severity !== 'info')) return;
      const items = root!.entries![0]!.node.items!;
      assert.deepEqual(items.map((item) => (item.source ?? 'map').replace(/\s+/g, ' ')), [items[0]!.entries === null ? text.replace(/\s+/g, ' ') : 'map', 'Last.']);
    }), { numRuns: 3000 });
  });
});
