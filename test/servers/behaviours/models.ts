import type { Behaviour } from '../fault-server.ts';

/** `GET /v1/models`. */
export const models: Behaviour = ({ response }) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ object: 'list', data: ['fault-model', 'other-model'].map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'test' })) }));
};
