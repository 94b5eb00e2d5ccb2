import { answer } from '../../servers/behaviours/good.ts';
import { chatBody } from '../../servers/log.ts';
import { resetSettings, set } from './settings.ts';
import { startFaultServer, type FaultServer, type Script } from '../../servers/fault-server.ts';

/** A server whose one model is the default, while the tests of a suite run. */
export interface ModelServer {
  readonly server: FaultServer;
  follow(script: Script): void;
  /** The last message of each request since the test began. */
  asked(): readonly string[];
}

/** Call it in a `describe`. */
export function modelServer(): ModelServer {
  let server: FaultServer;
  let from = 0;
  before(async () => void (server = await startFaultServer([answer('Fine.')])));
  after(async () => server.close());
  beforeEach(async () => {
    from = server.log.length;
    server.follow([answer('Fine.')]);
    await set('models', [{ id: 'fast', provider: 'openai', model: 'model-of-fast', baseUrl: server.baseUrl }]);
    await set('defaultModel', 'fast');
  });
  afterEach(resetSettings);
  return {
    get server() {
      return server;
    },
    follow: (script) => server.follow(script),
    asked: () => server.log.slice(from).map((request) => String(chatBody(request).messages?.at(-1)?.content)),
  };
}
