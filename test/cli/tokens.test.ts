import assert from 'node:assert/strict';
import { cleanUp, workplace, type Workplace } from './promptnb.ts';
import { getEncoding } from 'js-tiktoken';

interface Counted {
  readonly path: string;
  readonly tokens: number;
  readonly kind: string;
  readonly encoding: string | null;
  readonly ids?: readonly number[];
}

describe('promptnb tokens', () => {
  let place: Workplace;
  beforeEach(() => {
    place = workplace();
    place.write('a.txt', 'Hello, world! Grüße 😀');
    place.write('b.txt', 'tokens '.repeat(100));
    place.write('bom.txt', '\ufeffHello');
    place.write('empty.txt', '');
    place.write('special.txt', '<|endoftext|> and <|im_start|>');
  });
  afterEach(cleanUp);
  const json = async (args: readonly string[], input?: string | Uint8Array): Promise<readonly Counted[]> => {
    const { status, stdout, stderr } = await place.run(['tokens', '--format', 'json', ...args], input === undefined ? {} : { input });
    assert.deepEqual([status, stderr], [0, '']);
    return (JSON.parse(stdout) as { files: Counted[] }).files;
  };
  const exact = (name: 'o200k_base' | 'cl100k_base', text: string): readonly number[] => getEncoding(name).encode(text, [], []);

  it('counts files in the order of the arguments, byte order mark included, special tokens as text', async () => {
    const files = await json(['b.txt', 'a.txt', 'bom.txt', 'empty.txt', 'special.txt']);
    const count = (text: string): number => exact('o200k_base', text).length;
    assert.deepEqual(files, [
      { path: 'b.txt', tokens: count('tokens '.repeat(100)), kind: 'exact', encoding: 'o200k_base' },
      { path: 'a.txt', tokens: count('Hello, world! Grüße 😀'), kind: 'exact', encoding: 'o200k_base' },
      { path: 'bom.txt', tokens: count('\ufeffHello'), kind: 'exact', encoding: 'o200k_base' },
      { path: 'empty.txt', tokens: 0, kind: 'exact', encoding: 'o200k_base' },
      { path: 'special.txt', tokens: count('<|endoftext|> and <|im_start|>'), kind: 'exact', encoding: 'o200k_base' },
    ]);
    assert.ok(files[2]!.tokens > count('Hello'));
  });

  it('takes encodings by short and full name', async () => {
    for (const name of ['cl100k', 'cl100k_base']) {
      const [file] = await json(['a.txt', '--encoding', name]);
      assert.deepEqual(file, { path: 'a.txt', tokens: exact('cl100k_base', 'Hello, world! Grüße 😀').length, kind: 'exact', encoding: 'cl100k_base' });
    }
    assert.equal((await json(['a.txt', '--encoding', 'o200k']))[0]!.encoding, 'o200k_base');
  });

  it('counts as a model does: by name, by provider and name, by the id of the list', async () => {
    place.write('promptnb.config.yaml', 'models:\n  - { id: old, provider: openai, model: gpt-4 }\n  - { id: said, provider: openai, model: nobody-knows, tokenizer: cl100k }\n  - { id: odd, provider: openai, model: nobody-knows }\n');
    const rows: readonly (readonly [model: string, encoding: string, kind: string])[] = [
      ['gpt-4.1-mini', 'o200k_base', 'exact'], ['openai:gpt-4', 'cl100k_base', 'exact'], ['old', 'cl100k_base', 'exact'], ['said', 'cl100k_base', 'exact'], ['odd', 'o200k_base', 'estimate'], ['openai:nobody-knows', 'o200k_base', 'estimate'],
    ];
    for (const [model, encoding, kind] of rows) assert.deepEqual((await json(['a.txt', '--model', model])).map((file) => [file.encoding, file.kind]), [[encoding, kind]], model);
  });

  it('reads standard input with -, and without a file', async () => {
    for (const args of [['-'], []]) assert.deepEqual((await json(args, 'Hello, world!')).map(({ path, tokens }) => [path, tokens]), [['-', exact('o200k_base', 'Hello, world!').length]]);
    assert.deepEqual((await json(['a.txt', '-'], 'x')).map(({ path, tokens }) => [path, tokens]), [['a.txt', exact('o200k_base', 'Hello, world! Grüße 😀').length], ['-', 1]]);
    assert.deepEqual((await json(['-'], '')).map((file) => file.tokens), [0]);
  });

  it('prints ids with --ids', async () => {
    const [file] = await json(['a.txt', '--ids']);
    assert.deepEqual(file!.ids, exact('o200k_base', 'Hello, world! Grüße 😀'));
    const { stdout } = await place.run(['tokens', 'a.txt', '--ids']);
    assert.equal(stdout.split('\n')[0], exact('o200k_base', 'Hello, world! Grüße 😀').join(' '));
  });

  it('prints a table for people, with a sum', async () => {
    const { stdout } = await place.run(['tokens', 'b.txt', 'bom.txt']);
    const b = exact('o200k_base', 'tokens '.repeat(100)).length;
    assert.equal(stdout, `${String(b).padStart(8)}  b.txt  exact, o200k_base\n       2  bom.txt  exact, o200k_base\n${String(b + 2).padStart(8)}  in all\n`);
    assert.equal((await place.run(['tokens', '-'], { input: 'x' })).stdout, '       1  standard input  exact, o200k_base\n');
  });

  const refused: readonly (readonly [what: string, args: readonly string[], says: RegExp, input?: Uint8Array])[] = [
    ['an unknown encoding', ['a.txt', '--encoding', 'o201k'], /There is no encoding `o201k`\.\n {2}There are `o200k`, /],
    ['a model as an encoding', ['a.txt', '--encoding', 'gpt-4o'], /It is a model: write `--model gpt-4o`/],
    ['an unknown model', ['a.txt', '--model', 'nobody-knows'], /There is no model `nobody-knows`/],
    ['--model with --encoding', ['a.txt', '--model', 'gpt-4', '--encoding', 'o200k'], /exclude each other/],
    ['a file that is not there', ['a.txt', 'gone.txt'], /gone\.txt cannot be counted: there is no such file\./],
    ['a folder', ['.'], /\. cannot be counted: it is a folder\./],
    ['what is not UTF-8', ['latin.txt'], /latin\.txt cannot be counted: it is not UTF-8 text\./],
    ['standard input that is not UTF-8', ['-'], /Standard input cannot be counted: it is not UTF-8 text\./, Buffer.from([0xff, 0xfe])],
  ];
  for (const [what, args, says, input] of refused) {
    it(`refuses ${what}, and prints no half of a list`, async () => {
      place.write('latin.txt', Buffer.from('caf\xe9', 'latin1'));
      const { status, stdout, stderr } = await place.run(['tokens', ...args], input === undefined ? {} : { input });
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, says);
    });
  }
});
