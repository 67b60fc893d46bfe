// The query page of Zapys: sends what is written, shows what comes back. No library, nothing loaded from elsewhere.
// Headers may hold a token: they are kept for this tab only; the operation and its variables for the next visit.
'use strict';

const element = (id) => document.getElementById(id);
const [query, variables, headers, answer, status] = ['query', 'variables', 'headers', 'answer', 'status'].map(element);
let running = null;

const START = `# Ctrl + Enter runs the operation under the cursor, or the only one.
query Hello {
  __typename
}
`;

query.value = localStorage.getItem('zapys.query') || START;
variables.value = localStorage.getItem('zapys.variables') || '{}';
headers.value = sessionStorage.getItem('zapys.headers') || '{\n  "Authorization": "Bearer "\n}';

function read(field, name) {
  const text = field.value.trim();
  if (!text) return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  }
}

// Operations of the document with their places: enough to find the one under the cursor.
function operations(text) {
  const plain = text.replace(/#[^\n]*|"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"/g, (part) => ' '.repeat(part.length));
  const found = [];
  const pattern = /\b(query|mutation|subscription)\b\s*([_A-Za-z]\w*)?[^{]*\{/g;
  for (let match; (match = pattern.exec(plain)); ) {
    let depth = 1;
    let end = pattern.lastIndex;
    for (; end < plain.length && depth > 0; end += 1) {
      if (plain[end] === '{') depth += 1;
      if (plain[end] === '}') depth -= 1;
    }
    found.push({ kind: match[1], name: match[2], from: match.index, to: end });
    pattern.lastIndex = end;
  }
  return found;
}

function chosen() {
  const all = operations(query.value);
  const cursor = query.selectionStart;
  return all.find((operation) => operation.from <= cursor && cursor <= operation.to) || all[0] || { kind: 'query' };
}

function show(value) {
  answer.textContent = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

function busy(stop) {
  running = stop;
  element('stop').hidden = !stop;
}

async function run() {
  if (running) running();
  localStorage.setItem('zapys.query', query.value);
  localStorage.setItem('zapys.variables', variables.value);
  sessionStorage.setItem('zapys.headers', headers.value);
  try {
    const operation = chosen();
    const request = { query: query.value, variables: read(variables, 'Variables') };
    if (operation.name) request.operationName = operation.name;
    const sent = Object.fromEntries(Object.entries(read(headers, 'Headers')).filter(([name, value]) => !(/^authorization$/i.test(name) && /^Bearer\s*$/.test(value))));
    await (operation.kind === 'subscription' ? subscribe(request, sent) : ask(request, sent));
  } catch (error) {
    status.textContent = '';
    show(String(error.message || error));
  }
}

async function ask(request, sent) {
  const abort = new AbortController();
  busy(() => abort.abort());
  const started = performance.now();
  status.textContent = '…';
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json', ...sent },
      body: JSON.stringify(request),
      signal: abort.signal,
    });
    const text = await response.text();
    status.textContent = `${response.status} in ${Math.round(performance.now() - started)} ms`;
    try {
      show(JSON.parse(text));
    } catch {
      show(text);
    }
  } finally {
    busy(null);
  }
}

function subscribe(request, sent) {
  const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/graphql/ws`, 'graphql-transport-ws');
  const results = [];
  busy(() => socket.close(1000));
  status.textContent = 'connecting…';
  const say = (message) => socket.send(JSON.stringify(message));
  socket.onopen = () => say({ type: 'connection_init', payload: sent });
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.type === 'connection_ack') {
      status.textContent = 'listening';
      say({ type: 'subscribe', id: '1', payload: request });
    } else if (message.type === 'next' || message.type === 'error') {
      results.unshift(message.payload);
      results.length = Math.min(results.length, 100);
      show(results);
    } else if (message.type === 'complete') {
      socket.close(1000);
    } else if (message.type === 'ping') {
      say({ type: 'pong' });
    }
  };
  socket.onclose = (event) => {
    status.textContent = `closed (${event.code}${event.reason ? ` ${event.reason}` : ''})`;
    busy(null);
  };
}

const TYPE = 'name kind ofType { name kind ofType { name kind ofType { name kind } } }';
const ROOTS = ['queryType', 'mutationType', 'subscriptionType'];
const ROOT = `{ name fields { name description args { name type { ${TYPE} } } type { ${TYPE} } } }`;

function written(type) {
  if (type.kind === 'NON_NULL') return `${written(type.ofType)}!`;
  if (type.kind === 'LIST') return `[${written(type.ofType)}]`;
  return type.name;
}

function named(type) {
  return type.ofType ? named(type.ofType) : type;
}

function insert(kind, field) {
  const parameters = field.args.map((argument) => `$${argument.name}: ${written(argument.type)}`).join(', ');
  const passed = field.args.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const body = ['SCALAR', 'ENUM'].includes(named(field.type).kind) ? '' : ' {\n    __typename\n  }';
  const name = field.name[0].toUpperCase() + field.name.slice(1);
  const text = `${kind} ${name}${parameters ? `(${parameters})` : ''} {\n  ${field.name}${passed ? `(${passed})` : ''}${body}\n}\n`;
  query.value = `${query.value.trimEnd()}\n\n${text}`.trimStart();
  query.focus();
  query.setSelectionRange(query.value.length - 2, query.value.length - 2);
}

async function list() {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: `{ __schema { ${ROOTS.map((root) => `${root} ${ROOT}`).join(' ')} } }` }),
  });
  const { data } = await response.json();
  if (!data) return;
  const rows = ROOTS.flatMap((root) => ((data.__schema[root] || {}).fields || []).map((field) => [root.replace('Type', ''), field]));
  const draw = () => {
    const wanted = element('filter').value.toLowerCase();
    const matching = rows.filter(([, field]) => `${field.name} ${field.description || ''}`.toLowerCase().includes(wanted));
    element('fields').replaceChildren(...matching.map(([kind, field]) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = field.name;
      button.onclick = () => insert(kind, field);
      const note = document.createElement('small');
      note.textContent = `${kind}. ${field.description || ''}`;
      const row = document.createElement('li');
      row.append(button, note);
      return row;
    }));
  };
  element('filter').oninput = draw;
  draw();
}

element('run').onclick = run;
element('stop').onclick = () => running && running();
document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
query.addEventListener('keydown', (event) => {
  if (event.key === 'Tab' && !event.shiftKey && !event.ctrlKey && !event.altKey) {
    event.preventDefault();
    query.setRangeText('  ', query.selectionStart, query.selectionEnd, 'end');
  }
});
list().catch(() => {});
