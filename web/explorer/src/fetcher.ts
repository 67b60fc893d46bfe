// How the page speaks to its own server: HTTP for queries and mutations, graphql-transport-ws for subscriptions.
// Addresses follow from where the page was loaded; nothing else is ever asked.
import type { Fetcher, FetcherOpts } from '@graphiql/toolkit';
import { type ExecutionResult, getOperationAST, parse } from 'graphql';
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

type Observer = { next(result: ExecutionResult): void; error(error: unknown): void; complete(): void };

/** One subscription over a socket of its own, which closes with it. The Authorization header goes into connection_init. */
function subscribe(request: Request, headers: Headers): ReturnType<Fetcher> {
  const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const observable = {
    subscribe(observer: Observer) {
      const client = createClient({
        url: SOCKET,
        connectionParams: authorization ? { authorization } : {},
        lazyCloseTimeout: 0,
        retryAttempts: 0,
      });
      let isStopped = false;
      // What ends after it was stopped must not reach GraphiQL, which by then may wait for something else.
      const unlessStopped = <A extends unknown[]>(tell: (...told: A) => void) => (...told: A) => { if (!isStopped) tell(...told); };
      const stop = client.subscribe(request as { query: string }, {
        next: unlessStopped((result) => observer.next(result as ExecutionResult)),
        error: unlessStopped((error) => observer.error(
          error instanceof CloseEvent ? new Error(`The socket closed: ${error.code} ${error.reason}`) : error,
        )),
        complete: unlessStopped(() => observer.complete()),
      });
      return {
        unsubscribe() {
          isStopped = true;
          stop();
        },
      };
    },
  };
  // GraphiQL calls the form with one observer only; its type has an older one beside it.
  return observable as ReturnType<Fetcher>;
}

/** By the text that is sent: GraphiQL's own idea of the document lags behind the editor. */
function isSubscription({ query, operationName }: Request): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    return false; // The server says what is wrong with it.
  }
}

/** What GraphiQL calls. */
export const fetcher: Fetcher = (request, options?: FetcherOpts) => {
  const headers = (options?.headers ?? {}) as Headers;
  return isSubscription(request) ? subscribe(request, headers) : send(request, headers);
};
