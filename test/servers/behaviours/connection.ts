import type { Behaviour } from '../fault-server.ts';

/** The request is read, and the connection is reset. */
export const resetAtOnce: Behaviour = (call) => call.cut('reset');

/** The request is read, and the connection is closed in good order. */
export const hangUpAtOnce: Behaviour = (call) => call.cut('end');

/** The request is read, and nothing ever comes back. */
export const silence: Behaviour = () => {};

/** Headers come, and no body ever. */
export const headersOnly: Behaviour = ({ response }) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
};

/** Not HTTP. */
export const garbage: Behaviour = (call) => {
  call.response.socket?.write('SSH-2.0-OpenSSH_9.9\r\n\r\n');
  call.cut('end');
};

/** A status line and headers that break off. */
export const halfHeaders: Behaviour = (call) => {
  call.response.socket?.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-st', () => call.cut('end'));
};
