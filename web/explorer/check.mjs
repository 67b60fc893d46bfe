// Tries the page in a real browser against a running demo server (`make demo`): every example runs, a subscription
// receives an event, nothing breaks the page's policy and no other host is asked.
//   npm run check [-- http://127.0.0.1:8080 [screenshot.png]]        CHROMIUM=/usr/bin/chromium
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [base = 'http://127.0.0.1:8080', screenshot] = process.argv.slice(2);
const { examples } = JSON.parse(readFileSync(new URL('examples/examples.json', import.meta.url), 'utf8'));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 1500, height: 900 }, locale: 'uk-UA' });
const [foreign, complaints, sockets] = [[], [], []];
page.on('request', (request) => /^(data|blob):/.test(request.url()) || request.url().startsWith(base) || foreign.push(request.url()));
let openSockets = 0;
page.on('websocket', (socket) => {
  sockets.push(socket.url());
  openSockets += 1;
  socket.on('close', () => { openSockets -= 1; });
});
page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
page.on('pageerror', (error) => complaints.push(String(error)));
await page.addInitScript(() => {
  globalThis.violations = [];
  document.addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
});

// The three editors have no labels; GraphiQL offers what is in them through its storage only later. Monaco knows now.
const response = () => page.evaluate(() =>
  globalThis.__MONACO.editor.getModels().find((model) => model.uri.path.includes('response')).getValue());
const answered = async (what) => {
  await page.waitForFunction(() =>
    globalThis.__MONACO.editor.getModels().some((model) => model.uri.path.includes('response') && model.getValue().startsWith('{')), null, { timeout: 15_000 })
    .catch(async () => assert.fail(`${what}: no answer; ${await response()}; ${await page.locator('.zapys-examples output').innerText()}; ${complaints}`));
  const answer = JSON.parse(await response());
  assert.equal(answer.errors, undefined, `${what}: ${JSON.stringify(answer.errors)}`);
  return answer.data;
};
const run = () => page.locator('.graphiql-execute-button').click();
const open = async (name) => {
  const tabs = await page.locator('.graphiql-tab').count();
  await page.locator(`[data-example="${name}"]`).click();
  await page.waitForFunction((before) => document.querySelectorAll('.graphiql-tab').length > before, tabs)
    .catch(async () => assert.fail(`${name} does not open: ${await page.locator('.zapys-examples output').innerText()}`));
};

await page.goto(`${base}/graphiql`);
await page.locator('.graphiql-query-editor .view-line').first().waitFor();
await page.locator('.zapys-examples').waitFor();
await run();
assert.deepEqual(await answered('anonymous'), { viewer: null });
console.log('a query without a token: answered');

for (const { name, cause } of examples) {
  await open(name);
  const before = sockets.length;
  await run();
  if (!name.endsWith('/watch')) {
    const data = await answered(name);
    for (const payload of Object.values(data)) assert.deepEqual(payload?.userErrors ?? [], [], name);
    console.log(`${name}: answered`);
  } else if (cause) {
    await page.locator(`[data-cause="${name}"]`).click();
    const data = await answered(name);
    assert.ok(data.calendarChanged.booking.reference);
    console.log(`${name}: received ${JSON.stringify(data.calendarChanged.kind)}`);
    if (screenshot) await page.screenshot({ path: screenshot });
    await run(); // stops it
  } else {
    await page.locator('.graphiql-execute-button[aria-label^="Stop"]').waitFor();
    for (let waited = 0; sockets.length === before && waited < 50; waited += 1) await page.waitForTimeout(100);
    assert.equal(await response(), '', name);
    await run();
  }
}

for (let waited = 0; openSockets > 0 && waited < 50; waited += 1) await page.waitForTimeout(100);
assert.equal(openSockets, 0, 'a stopped subscription closes its socket');

// Documentation, completion and validation come from the introspected schema and the workers.
await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).first().click();
await page.locator('.graphiql-doc-explorer').getByText('availability', { exact: true }).first().waitFor();
await page.evaluate(() => globalThis.__MONACO.editor.getModels().find((model) => model.uri.path.includes('operation')).setValue('{ nonsense }'));
await page.locator('.graphiql-query-editor .squiggly-error').first().waitFor();
console.log('documentation and validation: there');

// Tabs outlive a reload; tokens do not, since nobody asked for that.
const tabs = await page.locator('.graphiql-tab').count();
await page.waitForTimeout(1_000);
await page.reload();
await page.locator('.graphiql-query-editor .view-line').first().waitFor();
assert.equal(await page.locator('.graphiql-tab').count(), tabs);
const kept = await page.evaluate(() => Object.entries(localStorage).filter(([, value]) => value.includes('Bearer ey')).map(([name]) => name));
assert.deepEqual(kept, [], 'tokens in the storage');

assert.deepEqual(sockets.map((url) => url.replace(/^ws/, 'http')), sockets.map(() => `${base}/graphql/ws`));
assert.equal(sockets.length, 2, sockets.join());
assert.deepEqual(foreign, [], 'requests to other hosts');
assert.deepEqual(await page.evaluate(() => globalThis.violations), [], 'violations of the policy');
assert.deepEqual(complaints, [], 'errors in the console');
console.log(`${examples.length} examples, ${sockets.length} sockets, no request to another host, no complaint in the console`);
await browser.close();
