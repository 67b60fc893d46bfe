// How the page speaks to its own server: HTTP for queries and mutations, graphql-transport-ws for subscriptions.
// Addresses follow from where the page was loaded; nothing else is ever asked.
import type { Fetcher, FetcherOpts } from '@graphiql/toolkit';
import { type DocumentNode, type ExecutionResult, getOperationAST } from 'graphql';
import { createClient } from 'graphql-ws';

import { language } from './words';

export type Headers = Record<string, string>;
export type Request = { query: string; variables?: unknown; operationName?: string | null };

const HTTP = new URL('/graphql', location.href).href;
const SOCKET = new URL('/graphql/ws', location.href).href.replace(/^http/, 'ws');

/** One operation over HTTP. An answer that is no GraphQL response is thrown as the text that came. */
export async function send(request: Request, headers: Headers = {}): Promise<ExecutionResult> {
  const response = await fetch(HTTP, {
    method: 'POST',
    headers: {
      Accept: 'application/graphql-response+json, application/json;q=0.9',
      'Accept-Language': language(),
      ...headers,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify(request),
    credentials: 'omit',
  });
  const text = await response.text();
  try {
    return JSON.parse(text) as ExecutionResult;
  } catch {
    throw new Error(`${response.status} ${text}`);
  }
}

/** One subscription over a socket of its own, which closes with it. The Authorization header goes into connection_init. */
async function* subscribe(request: Request, headers: Headers): AsyncGenerator<ExecutionResult> {
  const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const client = createClient({
    url: SOCKET,
    connectionParams: authorization ? { authorization } : {},
    lazyCloseTimeout: 0,
    retryAttempts: 0,
  });
  try {
    yield* client.iterate(request as { query: string }) as AsyncIterable<ExecutionResult>;
  } catch (error) {
    throw error instanceof CloseEvent ? new Error(`The socket closed: ${error.code} ${error.reason}`) : error;
  } finally {
    await client.dispose();
  }
}

function isSubscription(document: DocumentNode | undefined, name: string | null | undefined): boolean {
  return document !== undefined && getOperationAST(document, name)?.operation === 'subscription';
}

/** What GraphiQL calls. */
export const fetcher: Fetcher = (request, options?: FetcherOpts) => {
  const headers = (options?.headers ?? {}) as Headers;
  if (isSubscription(options?.documentAST, request.operationName)) {
    return subscribe(request, headers);
  }
  return send(request, headers);
};
