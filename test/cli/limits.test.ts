import assert from 'node:assert/strict';
import { answer } from '../servers/behaviours/good.ts';
import { cleanUp, prompt, workplace, type Workplace } from './promptnb.ts';
import { startFaultServer, type FaultServer, type Script } from '../servers/fault-server.ts';
import { chatBody } from '../servers/log.ts';

describe('promptnb run with a budget', () => {
  let place: Workplace;
  let server: FaultServer;
  const serve = async (script: Script): Promise<void> => {
    server = await startFaultServer(script);
    place.config(server.baseUrl, `  - { id: unpriced, provider: openai, model: nobody-knows, baseUrl: "${server.baseUrl}", capabilities: { local: false } }\n`);
  };
  beforeEach(() => {
    place = workplace();
  });
  afterEach(async () => {
    await server.close();
    cleanUp();
  });

  const many = [1, 2, 3].map((n) => prompt(`c${n}`, `---\nconfig: { maxOutputTokens: 1000 }\n---\nSay ${n}.`)).join('\n');

  const refused: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
    ['--max-cost', ['--max-cost', '0.005'], /budget: This would cost at least \$0\.0060, and the budget of this run is \$0\.0050\. Nothing was sent\.\n {2}Raise the budget/],
    ['--max-cost with a dollar sign', ['--max-cost', '$0.001'], /the budget of this run is \$0\.0010\. Nothing was sent\./],
    ['--max-cost 0', ['--max-cost', '0'], /the budget of this run is \$0/],
    ['--max-tokens', ['--max-tokens', '3000'], /budget: This would take at least 30\d\d tokens, and the budget of this run is 3000\. Nothing was sent\./],
    ['--max-cost where the price is unknown', ['--max-cost', '1', '--model', 'unpriced'], /the price of unpriced is unknown, so it could not be held\. Nothing was sent\.\n {2}Give the price in the model list/],
  ];
  for (const [what, args, says] of refused) {
    it(`refuses what is over ${what} before anything is sent`, async () => {
      await serve([answer('x')]);
      place.write('n.promptnb', many);
      const { status, stdout, stderr } = await place.run(['run', 'n.promptnb', ...args]);
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, says);
      // One reason for all cells is told once.
      assert.equal(stderr.split('budget: ').length, 2);
      assert.equal(server.log.length, 0);
      const json = JSON.parse((await place.run(['run', 'n.promptnb', '--format', 'json', ...args])).stdout) as { calls: number; cells: { status: string; error: { code: string } }[] };
      assert.equal(json.calls, 0);
      assert.deepEqual(json.cells.map((cell) => [cell.status, cell.error.code]), [['failed', 'budget'], ['failed', 'budget'], ['failed', 'budget']]);
      assert.equal(server.log.length, 0);
    });
  }

  it('runs what is within', async () => {
    await serve([answer('x')]);
    place.write('n.promptnb', many);
    assert.equal((await place.run(['run', 'n.promptnb', '--max-cost', '0.01', '--max-tokens', '4000'])).status, 0);
    assert.equal(server.log.length, 3);
  });

  it('takes the stricter one of the command’s and the notebook’s', async () => {
    await serve([answer('x')]);
    place.write('n.promptnb', `---\nbudget: $0.001\n---\n${many}`);
    const { status, stderr } = await place.run(['run', 'n.promptnb', '--max-cost', '1']);
    assert.equal(status, 1);
    assert.match(stderr, /the budget of this run is \$0\.0010/);
    assert.equal(server.log.length, 0);
  });

  it('stops while it runs at what was not to be foreseen, keeps what was made, and says which limit', async () => {
    // Echoes as much as it may.
    await serve((request) => {
      const body = chatBody(request) as { max_tokens?: number; max_completion_tokens?: number; messages?: readonly { content?: unknown }[] };
      const words = String(body.messages?.at(-1)?.content).split(' ');
      const most = body.max_completion_tokens ?? body.max_tokens ?? Infinity;
      return answer({ text: words.slice(0, most).join(' '), finish: words.length > most ? 'length' : 'stop' });
    });
    const long = 'word '.repeat(120).trim();
    place.write('n.promptnb', `${prompt('a', long)}\n${prompt('b', 'word {{a}}')}\n${prompt('c', '{{b}}')}`);
    const { status, stdout, stderr } = await place.run(['run', 'n.promptnb', '--max-tokens', '400']);
    assert.equal(status, 1);
    assert.match(stderr, /✓ a · fast/);
    assert.match(stderr, /✗ b · limited/);
    assert.match(stderr, /limit: The limit of 400 tokens of the run is reached|limit: The answer was cut at \d+ tokens/);
    assert.match(stderr, /– c · skipped/);
    assert.match(stdout, /^word word/);
    // The last call was allowed no more than was left.
    const sent = server.log.map((request) => chatBody(request) as { max_tokens?: number; max_completion_tokens?: number });
    for (const body of sent) assert.ok((body.max_tokens ?? body.max_completion_tokens ?? Infinity) <= 400);
  });

  it('asks nobody where nobody sits at a terminal', async () => {
    await serve([answer('x')]);
    place.write('n.promptnb', many);
    const { status } = await place.run(['run', 'n.promptnb', '--max-tokens', '10'], { input: 'y\ny\ny\n' });
    assert.equal(status, 1);
    assert.equal(server.log.length, 0);
  });

  it('takes --allow for a tool that is there, --trust and --yes', async () => {
    await serve([answer('x')]);
    place.write('n.promptnb', prompt('a', 'Say x.'));
    assert.equal((await place.run(['run', 'n.promptnb', '--allow', 'calculator', '--trust', '--yes'])).status, 0);
  });
});
