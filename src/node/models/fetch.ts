import { AsyncLocalStorage } from 'node:async_hooks';
import { connector, type Asking, type Connect } from './connector.ts';

/**
 * A `fetch` that bounds connecting by the caller's `connectTimeoutMs` and tells of it (members of its init, see `openai/exchange.ts`),
 * gives a connection up as soon as the caller's signal aborts, and leaves every other wait to the caller: Node's own limits (connect 10 s,
 * also after an abort; headers and body 300 s) would end what a person has allowed, and hold on to what a person has ended.
 *
 * Node hands out neither its dispatcher's class nor a way to set these, but undici documents where the dispatcher in use is found;
 * one more of the same class keeps what the environment has set up (a proxy, say). Where there is none, plain `fetch` is used.
 */
export function nodeFetch(): typeof fetch {
  const dispatchers = new Map<number, object>();
  /** The request that a connection is made for. */
  const asking = new AsyncLocalStorage<Asking>();
  return (input, init) => {
    const { connectTimeoutMs, onConnecting, ...rest } = (init ?? {}) as RequestInit & { readonly connectTimeoutMs?: number; readonly onConnecting?: (connecting: boolean) => void };
    if (connectTimeoutMs === undefined) return fetch(input, rest);
    let dispatcher = dispatchers.get(connectTimeoutMs);
    if (dispatcher === undefined) {
      dispatcher = dispatcherLikeTheGlobalOne(connectTimeoutMs, connector({ timeoutMs: connectTimeoutMs, asking: () => asking.getStore() }));
      if (dispatcher === undefined) return fetch(input, rest);
      dispatchers.set(connectTimeoutMs, dispatcher);
    }
    return asking.run({ signal: rest.signal ?? undefined, onConnecting }, () => fetch(input, { ...rest, dispatcher } as RequestInit));
  };
}

/** undici keeps the dispatcher in use under this name, across copies of itself (its docs: "Global dispatcher"). */
const globalDispatcher = Symbol.for('undici.globalDispatcher.1');

function dispatcherLikeTheGlobalOne(timeout: number, connect: Connect): object | undefined {
  // Node loads undici when one of its classes is first used.
  void new Response(null);
  const current = (globalThis as Record<symbol, unknown>)[globalDispatcher];
  if (typeof current !== 'object' || current === null || !/^(?:Agent|EnvHttpProxyAgent)$/.test(current.constructor.name)) return undefined;
  const Dispatcher = current.constructor as new (options: object) => object;
  // What goes through a proxy is connected by the proxy's own rules.
  return new Dispatcher({ connect: current.constructor.name === 'Agent' ? connect : { timeout }, headersTimeout: 0, bodyTimeout: 0 });
}
