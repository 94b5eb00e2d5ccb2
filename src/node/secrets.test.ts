import assert from 'node:assert/strict';
import { environmentSecrets, trackedSecrets } from './secrets.ts';

describe('Secrets', () => {
  it('are taken out of texts once they were handed out', async () => {
    const { secret, redact } = environmentSecrets({ MY_KEY: 'sk-abcdefghijklmnop', OTHER: 'not-asked-for-1234' });
    assert.equal(redact('key sk-abcdefghijklmnop'), 'key sk-abcdefghijklmnop');
    assert.equal(await secret('MY_KEY'), 'sk-abcdefghijklmnop');
    assert.equal(redact('key sk-abcdefghijklmnop, not-asked-for-1234'), 'key sk-…mnop, not-asked-for-1234');
  });

  it('are taken out before anybody asks where their names say what they are, or they are made known', () => {
    const { redact, know } = environmentSecrets({ OPENAI_API_KEY: 'sk-abcdefghijklmnop', HF_TOKEN: 'hf_abcdefghijklmnop', MAX_TOKEN: '4096' });
    assert.equal(redact('sk-abcdefghijklmnop hf_abcdefghijklmnop 4096'), 'sk-…mnop hf_…mnop 4096');
    know(['a-key-of-somebody']);
    assert.ok(!redact('it is a-key-of-somebody').includes('a-key-of'));
  });

  it('have names that may be unknown or empty, and addresses are none', async () => {
    const { secret, redact } = environmentSecrets({ EMPTY: '', OPENAI_BASE_URL: 'https://models.example/v1' });
    assert.deepEqual([await secret('EMPTY'), await secret('GONE'), await secret(null)], [undefined, undefined, undefined]);
    assert.equal(await secret('OPENAI_BASE_URL'), 'https://models.example/v1');
    assert.equal(redact('at https://models.example/v1'), 'at https://models.example/v1');
  });

  it('have no names that every object has', async () => {
    const { secret, redact } = environmentSecrets({});
    for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty']) assert.equal(await secret(name), undefined);
    assert.equal(redact('x'), 'x');
  });

  it('may be kept by the server that they are for', async () => {
    const { secret, redact } = trackedSecrets(async (_name, endpoint) => (endpoint === 'https://a.example' ? 'secret-of-a-123' : undefined));
    assert.deepEqual([await secret(null, 'https://a.example'), await secret(null, 'https://b.example')], ['secret-of-a-123', undefined]);
    assert.ok(!redact('it was secret-of-a-123').includes('secret-of-a'));
  });
});
