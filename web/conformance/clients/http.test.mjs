// The audit of the GraphQL over HTTP project: https://github.com/graphql/graphql-http#audits
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { start } from './server.mjs';

let server;
before(async () => { server = await start(); });
after(() => server?.stop());

// The list needs an address to be made; each audit asks the server that runs by then.
const fetchFn = (url, options) => fetch(String(url).replace(/^http:\/\/server\/?/, server.url), options);
for (const audit of serverAudits({ url: 'http://server', fetchFn })) {
  test(`${audit.id} ${audit.name}`, async () => {
    const { status, reason } = await audit.fn();
    assert.equal(status, 'ok', reason);
  });
}
