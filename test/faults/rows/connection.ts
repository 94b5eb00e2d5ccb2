import { certificates } from '../certificates.ts';
import { cutInHandshake, refusedPort, sayNothing, startSocketServer, unknownHost } from '../../servers/sockets.ts';
import { answer } from '../../servers/behaviours/good.ts';
import { finish, hangUp, reset, role, stream, text } from '../../servers/behaviours/stream.ts';
import { garbage, halfHeaders, hangUpAtOnce, headersOnly, resetAtOnce, silence } from '../../servers/behaviours/connection.ts';
import { startFaultServer, type Script } from '../../servers/fault-server.ts';
import { tries, type Fault, type Site } from '../fault.ts';
import type { Certificate } from '../../servers/certificates.ts';
import type { Socket } from 'node:net';

const good = answer('fine');

function nowhere(baseUrl: () => Promise<string>): () => Promise<Site> {
  return async () => ({ baseUrl: await baseUrl(), server: null, close: async () => {} });
}

function tls(certificate: () => Certificate, hostName = '127.0.0.1'): (script: Script) => Promise<Site> {
  return async (script) => {
    const server = await startFaultServer(script, { tls: certificate(), hostName });
    return { baseUrl: server.baseUrl, server, close: () => server.close() };
  };
}

function socket(onSocket: (socket: Socket) => void): () => Promise<Site> {
  return async () => {
    const server = await startSocketServer(onSocket);
    return { baseUrl: `https://127.0.0.1:${server.port}/v1`, server: null, close: () => server.close() };
  };
}

/** The server on the other protocol than the address says. */
function wrongScheme(scheme: 'http' | 'https'): (script: Script) => Promise<Site> {
  return async (script) => {
    const server = await startFaultServer(script, scheme === 'http' ? { tls: certificates.good() } : {});
    return { baseUrl: server.baseUrl.replace(/^https?/, scheme), server, close: () => server.close() };
  };
}

/** What happens before, under and around HTTP. */
export const connectionFaults: readonly Fault[] = [
  {
    name: 'DNS: the name does not exist',
    site: nowhere(async () => `http://${unknownHost}/v1`),
    expected: { status: 'failed', code: 'dns', message: /cannot be found/, hint: /baseUrl/, requests: 0, tries },
  },
  {
    name: 'connection refused',
    site: nowhere(async () => `http://127.0.0.1:${await refusedPort()}/v1`),
    expected: { status: 'failed', code: 'refused', message: /127\.0\.0\.1:\d+.*refused/, hint: /running/, requests: 0, tries },
  },
  {
    name: 'TLS: a good certificate is accepted',
    site: tls(() => certificates.good()),
    script: [good],
    expected: { status: 'done', text: 'fine', requests: 1 },
  },
  {
    name: 'TLS: self-signed certificate',
    site: tls(() => certificates.selfSigned()),
    script: [good],
    expected: { status: 'failed', code: 'tls', message: /SELF_SIGNED/, hint: /certificate/, requests: 0, tries: 1 },
  },
  {
    name: 'TLS: expired certificate',
    site: tls(() => certificates.expired()),
    script: [good],
    expected: { status: 'failed', code: 'tls', message: /EXPIRED/, hint: /certificate/, requests: 0, tries: 1 },
  },
  {
    name: 'TLS: certificate for another host',
    site: tls(() => certificates.otherHost()),
    script: [good],
    expected: { status: 'failed', code: 'tls', message: /ALTNAME/, hint: /certificate/, requests: 0, tries: 1 },
  },
  {
    name: 'TLS: asked of a server that speaks HTTP',
    site: wrongScheme('https'),
    script: [good],
    expected: { status: 'failed', code: 'tls', hint: /http or https/, requests: 0, tries: 1 },
  },
  {
    name: 'HTTP: asked of a server that speaks TLS',
    site: wrongScheme('http'),
    script: [good],
    // The request left, and what became of it cannot be known: it is counted.
    expected: { status: 'failed', code: 'connection', hint: /./, requests: 0, tries, calls: tries },
  },
  {
    name: 'TLS: reset in the handshake',
    site: socket(cutInHandshake('reset')),
    expected: { status: 'failed', code: 'tls', hint: /./, requests: 0, tries },
  },
  {
    name: 'TLS: hung up in the handshake',
    site: socket(cutInHandshake('end')),
    expected: { status: 'failed', code: 'tls', hint: /./, requests: 0, tries },
  },
  {
    name: 'TLS: a handshake that never ends',
    site: socket(sayNothing),
    config: { timeouts: { connectMs: 120 }, retry: { tries: 2 } },
    expected: { status: 'failed', code: 'connect-timeout', hint: /connectMs/, requests: 0, tries: 2 },
  },
  {
    name: 'TLS: a handshake for which the first token would have to wait too long',
    site: socket(sayNothing),
    config: { timeouts: { firstTokenMs: 120 }, retry: { tries: 2 } },
    expected: { status: 'failed', code: 'first-token-timeout', hint: /firstTokenMs/, requests: 0, tries: 2 },
  },
  {
    name: 'TLS: reset in the middle of the answer',
    site: tls(() => certificates.good()),
    script: [stream(role, text('Once', ' upon'), reset), good],
    expected: { status: 'incomplete', code: 'cut', hint: /kept/, text: 'Once upon', requests: 1 },
  },
  {
    name: 'TLS: hung up in the middle of the answer',
    site: tls(() => certificates.good()),
    script: [stream(role, text('Once', ' upon'), hangUp), good],
    expected: { status: 'incomplete', code: 'cut', hint: /kept/, text: 'Once upon', requests: 1 },
  },
  {
    name: 'no headers ever',
    script: [silence],
    config: { timeouts: { firstTokenMs: 120 }, retry: { tries: 2 } },
    expected: { status: 'failed', code: 'first-token-timeout', message: /120 ms/, hint: /firstTokenMs/, requests: 2, log: (log) => log.forEach((request) => clientLeft(request)) },
  },
  {
    name: 'no headers once, then an answer',
    script: [silence, good],
    config: { timeouts: { firstTokenMs: 400 } },
    expected: { status: 'done', text: 'fine', requests: 2 },
  },
  {
    name: 'headers and nothing more',
    script: [headersOnly],
    config: { timeouts: { firstTokenMs: 120 }, retry: { tries: 2 } },
    expected: { status: 'failed', code: 'first-token-timeout', hint: /firstTokenMs/, requests: 2, tokens: 'counted' },
  },
  {
    name: 'reset after the request',
    script: [resetAtOnce],
    expected: { status: 'failed', code: 'connection', hint: /network|server/, requests: tries },
  },
  {
    name: 'reset after the request, then an answer',
    script: [resetAtOnce, resetAtOnce, good],
    expected: { status: 'done', text: 'fine', requests: 3 },
  },
  {
    name: 'hung up after the request',
    script: [hangUpAtOnce],
    expected: { status: 'failed', code: 'connection', hint: /./, requests: tries },
  },
  {
    name: 'reset on a connection that was kept alive',
    script: [good, resetAtOnce, good],
    before: 1,
    expected: {
      status: 'done', text: 'fine', requests: 2,
      log: ([first, second]) => {
        if (first?.connection !== second?.connection) throw new Error('The second request did not come over the connection that was kept.');
      },
    },
  },
  {
    name: 'something that is not HTTP',
    script: [garbage],
    expected: { status: 'failed', code: 'connection', hint: /./, requests: tries },
  },
  {
    name: 'headers that break off',
    script: [halfHeaders],
    expected: { status: 'failed', code: 'connection', hint: /./, requests: tries },
  },
  {
    name: 'connection lost after the last word, before the finish',
    script: [stream(role, text('All of', ' it'), reset)],
    expected: { status: 'incomplete', code: 'cut', hint: /kept/, text: 'All of it', requests: 1 },
  },
  {
    name: 'connection lost after the finish, before [DONE]',
    script: [stream(role, text('All of', ' it'), finish(), reset)],
    expected: { status: 'done', text: 'All of it', requests: 1, tokens: 'counted', note: /After the end/ },
  },
];

function clientLeft(request: { readonly end: string | null }): void {
  if (request.end !== 'client') throw new Error(`The request was not ended by the client: ${request.end}`);
}
