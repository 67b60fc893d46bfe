// Subscriptions as front ends have them: graphql-ws over a WebSocket, graphql-sse over server-sent events.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient as createSocketClient } from 'graphql-ws';
import { createClient as createEventsClient } from 'graphql-sse';
import WebSocket from 'ws';
import { ask, start, token } from './server.mjs';

const CHANGES = 'subscription Changes { calendarChanged { kind bookingId } }';

let server;
before(async () => { server = await start(); });
after(() => server?.stop());

const authorization = () => `Bearer ${token(server)}`;
const sockets = (connectionParams) =>
  createSocketClient({ url: server.socket, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, lazy: true });
const events = () => createEventsClient({ url: server.url, headers: { authorization: authorization() }, retryAttempts: 0 });

/** Holds free times until one is held, which open calendars are told of. */
async function hold() {
  const { locationIds, serviceIds } = server.company;
  const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const find = `query Free($visit: AvailabilityVisitInput!, $from: LocalDate!, $to: LocalDate!) {
    availability(visit: $visit, from: $from, to: $to) { slots { startsAt } }
  }`;
  for (const serviceId of serviceIds) {
    const visit = { locationId: locationIds[0], lines: [{ serviceId }] };
    const found = await ask(server, find, { visit, from: day(1), to: day(14) });
    const [slot] = found.availability.slots;
    if (!slot) continue;
    const make = 'mutation Hold($input: HoldCreateInput!) { holdCreate(input: $input) { userErrors { code } } }';
    const input = { ...visit, startsAt: slot.startsAt, idempotencyKey: crypto.randomUUID() };
    const made = await ask(server, make, { input });
    assert.deepEqual(made.holdCreate.userErrors, []);
    return;
  }
  assert.fail('the demo company has no free time');
}

/** The first result of a stream, while `cause` makes one happen. */
async function firstWhile(client, cause) {
  const stream = client.iterate({ query: CHANGES });
  const first = stream.next();
  // The stream is open when a query that was sent after it over the same way has been answered.
  for await (const answer of client.iterate({ query: '{ __typename }' })) assert.equal(answer.data.__typename, 'Query');
  let result;
  void first.then((value) => { result = value; });
  while (!result) {
    await cause();
    await new Promise((next) => setTimeout(next, 100));
  }
  await stream.return();
  return result.value;
}

for (const [name, client] of [['graphql-ws', () => sockets({ authorization: authorization() })], ['graphql-sse', events]]) {
  test(`${name}: a query, a mutation's effect as an event, an error`, async () => {
    const own = client();
    const { data, errors } = await firstWhile(own, hold);
    assert.equal(errors, undefined);
    assert.equal(data.calendarChanged.kind, 'HELD');
    const refused = await own.iterate({ query: '{ nothing }' }).next().then(
      ({ value }) => value.errors,
      (thrown) => (Array.isArray(thrown) ? thrown : [thrown]),
    );
    assert.equal(refused.length, 1);
    await own.dispose?.();
  });
}

test('graphql-ws: a wrong token closes with 4403', async () => {
  const closed = await sockets({ authorization: 'Bearer nonsense' }).iterate({ query: CHANGES }).next().then(
    () => assert.fail('it must not open'),
    (event) => event,
  );
  assert.deepEqual([closed.code, closed.reason], [4403, 'Forbidden']);
});

test('graphql-ws: many operations share a socket', async () => {
  const client = sockets({ authorization: authorization() });
  const ask = async (n) => (await client.iterate({ query: `{ a${n}: __typename }` }).next()).value.data[`a${n}`];
  assert.deepEqual(await Promise.all(Array.from({ length: 50 }, (_, n) => ask(n))), Array(50).fill('Query'));
  await client.dispose();
});
