// The browser's storage for GraphiQL, without the tokens: its history keeps the headers of each request, even while
// "Persist headers" is off.
import type { Storage } from '@graphiql/toolkit';

const HISTORY = ['graphiql:queries', 'graphiql:favorites'];

function withoutHeaders(text: string): string {
  return JSON.stringify(JSON.parse(text), (name, value: unknown) => (name === 'headers' ? undefined : value));
}

export const storage: Storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (name) => localStorage.getItem(name),
  setItem(name, text) {
    const mayKeep = !HISTORY.includes(name) || localStorage.getItem('graphiql:shouldPersistHeaders') === 'true';
    localStorage.setItem(name, mayKeep ? text : withoutHeaders(text));
  },
  removeItem: (name) => localStorage.removeItem(name),
  clear: () => localStorage.clear(),
};
