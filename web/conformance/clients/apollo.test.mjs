// Apollo Client and urql: automatic persisted queries, queries by GET, errors where these clients look for them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import apollo from '@apollo/client/core/core.cjs';
import persisted from '@apollo/client/link/persisted-queries/persisted-queries.cjs';
import { Client, fetchExchange } from '@urql/core';
import { start, token } from './server.mjs';

const { ApolloClient, HttpLink, InMemoryCache, from, gql } = apollo;

let server;
before(async () => { server = await start(); });
after(() => server?.stop());

const headers = () => ({ authorization: `Bearer ${token(server)}` });
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

function client(requests) {
  const recording = (url, options) => {
    requests.push(`${options.method} ${options.body?.includes('"query"') || String(url).includes('query=') ? 'text' : 'hash'}`);
    return fetch(url, options);
  };
  const link = new HttpLink({ uri: server.url, headers: headers(), fetch: recording });
  const hashing = persisted.createPersistedQueryLink({ sha256, useGETForHashedQueries: true });
  return new ApolloClient({ link: from([hashing, link]), cache: new InMemoryCache(), defaultOptions: { query: { fetchPolicy: 'no-cache' } } });
}

test('apollo: a query is sent as text once, then by its hash', async () => {
  const requests = [];
  const own = client(requests);
  const query = gql`query CompanyName { company { name } }`;
  const first = await own.query({ query });
  const again = await own.query({ query });
  assert.equal(typeof first.data.company.name, 'string');
  assert.deepEqual(again.data, first.data);
  assert.deepEqual(requests, ['GET hash', 'POST text', 'GET hash']);
});

test('apollo: an invalid query and a refused one are GraphQL errors with a code', async () => {
  const own = client([]);
  const invalid = await own.query({ query: gql`query Invalid { nothing }` }).then(assert.fail, (error) => error);
  const [told] = invalid.graphQLErrors.length ? invalid.graphQLErrors : invalid.networkError.result.errors;
  assert.equal(told.extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  const absent = gql`query Absent { booking(id: "bkg_00000000000000000000000000") { id } }`;
  const { graphQLErrors } = await own.query({ query: absent }).then(assert.fail, (error) => error);
  assert.equal(graphQLErrors[0].extensions.code, 'NOT_FOUND');
});

test('urql: a query by GET', async () => {
  const own = new Client({ url: server.url, exchanges: [fetchExchange], preferGetMethod: 'force', fetchOptions: () => ({ headers: headers() }) });
  const { data, error } = await own.query('query CompanyName { company { name } }', {}).toPromise();
  assert.equal(error, undefined);
  assert.equal(typeof data.company.name, 'string');
});
