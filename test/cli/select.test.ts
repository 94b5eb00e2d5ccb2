import assert from 'node:assert/strict';
import { chatBody } from '../servers/log.ts';
import { cleanUp, prompt, workplace, type Workplace } from './promptnb.ts';
import { echo } from '../servers/behaviours/good.ts';
import { startFaultServer, type FaultServer } from '../servers/fault-server.ts';

const tree = `\`\`\`{text topic}\nclips\n\`\`\`

${prompt('a', 'A {{topic}}.')}
${prompt('b', 'B {{a}}')}
${prompt('c', 'C {{a}}')}
${prompt('', 'Nameless {{b}}')}
${prompt('alone', 'Alone.')}`;

describe('promptnb run chooses', () => {
  let place: Workplace;
  let server: FaultServer;
  beforeEach(async () => {
    place = workplace();
    server = await startFaultServer([echo]);
    place.config(server.baseUrl);
  });
  afterEach(async () => {
    await server.close();
    cleanUp();
  });
  const ran = async (args: readonly string[], text = tree): Promise<readonly (string | null)[]> => {
    place.write('n.promptnb', text);
    const { status, stdout, stderr } = await place.run(['run', 'n.promptnb', '--format', 'json', ...args]);
    assert.equal(status, 0, stderr);
    return (JSON.parse(stdout) as { cells: { name: string | null }[] }).cells.map((cell) => cell.name);
  };

  const rows: readonly (readonly [args: readonly string[], cells: readonly (string | null)[]])[] = [
    [[], ['a', 'b', 'c', null, 'alone']],
    [['--cell', 'alone'], ['alone']],
    [['--cell', 'b'], ['a', 'b']],
    [['--cell', '#4'], ['a', 'b', null]],
    [['--cell', '#1'], ['a']],
    [['--cell', 'alone', '--cell', 'a'], ['a', 'alone']],
    [['--cell', 'a', '--cell', 'a'], ['a']],
    [['--from', 'b'], ['a', 'b', null]],
    [['--from', 'a'], ['a', 'b', 'c', null]],
    [['--from', '#2'], ['a', 'b', null]],
    [['--from', 'topic'], ['a', 'b', 'c', null]],
    [['--from', 'b', '--cell', 'alone'], ['a', 'b', null, 'alone']],
  ];
  for (const [args, cells] of rows) {
    it(`${args.length === 0 ? 'every cell without a word' : args.join(' ')}: ${cells.map((name) => name ?? 'the one without a name').join(', ')}`, async () => {
      assert.deepEqual(await ran(args), cells);
      assert.equal(server.log.length, cells.length);
    });
  }

  it('no cell that is only a part of others and waits for what they give', async () => {
    const parts = `${prompt('persona', '---\ninput: { schema: { tone: string } }\n---\nSpeak {{tone}}.')}\n${prompt('a', '{{> persona tone="warmly"}} Say x.')}`;
    assert.deepEqual(await ran([], parts), ['a']);
    assert.equal(chatBody(server.log[0]!).messages![0]!.content, 'Speak warmly. Say x.');
  });

  describe('values of parameters and inputs', () => {
    const declared = `---
params:
  tone: warm
  count: { type: integer, default: 3 }
  share: { type: number, default: 0.5 }
  loud: false
  tags: [x, y]
  extra: { type: object, default: {} }
  must: { type: string }
---
${prompt('a', '---\ninput: { schema: { place: string, size?: integer, code?: string } }\n---\n{{tone}} {{count}} {{share}} {{loud}} {{tags}} {{extra}} {{must}} {{place}} {{size}} {{code}}')}`;
    const given = ['--param', 'must=m', '--param', 'place=here'];
    const sent = (): unknown => chatBody(server.log.at(-1)!).messages!.at(-1)!.content;

    it('have their defaults', async () => {
      await ran(given, declared);
      assert.equal(sent(), 'warm 3 0.5 false ["x","y"] {} m here');
    });

    it('come from --param by their type, the last one of a name counts', async () => {
      await ran([...given, '--param', 'tone=a=b', '--param', 'count=1', '--param', 'count=7', '--param', 'share=1e-3', '--param', 'loud=true', '--param', 'tags=[1,"z"]', '--param', 'extra={"k":null}', '--param', 'size=5'], declared);
      assert.equal(sent(), 'a=b 7 0.001 true [1,"z"] {"k":null} m here 5');
    });

    it('keep a text as it is written, also one that looks like a number or is empty', async () => {
      await ran(['--param', 'must=007', '--param', 'place=', '--param', 'tone=true', '--param', 'code=08'], declared);
      assert.equal(sent(), 'true 3 0.5 false ["x","y"] {} 007   08');
    });

    it('come from --params in YAML or JSON, and --param is stronger', async () => {
      place.write('p.yaml', '\ufefftone: cool\ncount: 9\nmust: m\nplace: there\n');
      await ran(['--params', 'p.yaml', '--param', 'count=2'], declared);
      assert.equal(sent(), 'cool 2 0.5 false ["x","y"] {} m there');
      place.write('p.json', '{"tone": "dry", "must": "m", "place": "x", "tags": []}');
      await ran(['--params', 'p.json'], declared);
      assert.equal(sent(), 'dry 3 0.5 false [] {} m x');
    });

    const refused: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
      ['of a wrong type', [...given, '--param', 'count=many'], /The parameter `count` is a whole number, and `many` is not\./],
      ['of a broken number', [...given, '--param', 'count=2.5'], /`count` is a whole number/],
      ['of a broken list', [...given, '--param', 'tags=[1'], /`tags` is a list in JSON/],
      ['of an unknown name', [...given, '--param', 'tune=x'], /There is no parameter `tune`\.\n {2}Did you mean `tone`\?/],
      ['without a name', [...given, '--param', '=x'], /is not of the form name=value/],
      ['without a value', [...given, '--param', 'tone'], /is not of the form name=value/],
      ['that is missing for a parameter', ['--param', 'place=x'], /missing-input: The parameter `must` has no value\.\n {2}Give one with `--param must=…`/],
      ['that is missing for an input', ['--param', 'must=x'], /missing-input: The input `place` of cell a has no value\.\n {2}Give one with `--param place=…`/],
      ['of a wrong type for an input', [...given, '--param', 'size=large'], /missing-input: The input `size` of cell a must be a whole number or nothing; `large` was given\./],
      ['from a file that is not there', ['--params', 'no.yaml'], /cannot be read from no\.yaml: there is no such file\./],
      ['from a file that is no map', ['--params', 'list.yaml'], /list\.yaml must be a map from name to value/],
      ['from a file that is broken', ['--params', 'broken.json'], /broken\.json cannot be read/],
      ['from a file that is not UTF-8', ['--params', 'latin.yaml'], /latin\.yaml: it is not UTF-8 text/],
      ['of a wrong type in a file', ['--params', 'type.yaml'], /The parameter `count` is a whole number/],
    ];
    for (const [what, args, says] of refused) {
      it(`are refused ${what}`, async () => {
        place.write('n.promptnb', declared);
        place.write('list.yaml', '- 1\n');
        place.write('broken.json', '{"a": ');
        place.write('latin.yaml', Buffer.from('tone: caf\xe9', 'latin1'));
        place.write('type.yaml', 'count: many\n');
        const { status, stdout, stderr } = await place.run(['run', 'n.promptnb', ...args]);
        assert.deepEqual([status, stdout], [2, '']);
        assert.match(stderr, says);
        assert.equal(server.log.length, 0);
      });
    }

    it('do not reach prototypes', async () => {
      place.write('n.promptnb', declared);
      for (const name of ['__proto__', 'constructor', 'toString']) {
        const { status, stderr } = await place.run(['run', 'n.promptnb', '--param', `${name}=x`]);
        assert.equal(status, 2);
        assert.match(stderr, new RegExp(`There is no parameter \`${name}\``));
      }
    });
  });
});
