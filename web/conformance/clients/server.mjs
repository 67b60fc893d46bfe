// A server of the demo companies on a free port of this machine, for tests with the clients that people really use.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const binary = process.env.ZAPYS_BINARY ?? fileURLToPath(new URL('../../../target/debug/zapys', import.meta.url));

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** Starts a server; `company` is what `zapys demo --json` says of the first demo company. */
export async function start(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'zapys-clients-'));
  const port = await freePort();
  const env = {
    ...process.env,
    ZAPYS__DATA__DIRECTORY: folder,
    ZAPYS__HTTP__BIND: `127.0.0.1:${port}`,
    ZAPYS__METRICS__BIND: '',
    ZAPYS__LOG__FILTER: 'warn',
    ...settings,
  };
  const demo = spawnSync(binary, ['demo', '--json'], { env, encoding: 'utf8' });
  if (demo.status !== 0) throw new Error(`zapys demo: ${demo.stderr}`);
  const child = spawn(binary, ['serve'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const base = `http://127.0.0.1:${port}`;
  const ready = async () => (await fetch(`${base}/health/ready`).catch(() => null))?.ok;
  while (!(await ready())) {
    if (child.exitCode !== null) throw new Error('zapys serve ended');
    await new Promise((next) => setTimeout(next, 50));
  }
  const [company] = JSON.parse(demo.stdout).companies;
  return {
    company,
    url: `${base}/graphql`,
    socket: `ws://127.0.0.1:${port}/graphql/ws`,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A request of the administrator, as a front end sends it. */
export async function ask(server, query, variables) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token(server)}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** The administrator's access token. */
export const token = (server) => server.company.administrator.accessToken;
