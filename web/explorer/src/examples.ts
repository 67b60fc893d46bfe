// The examples: what stands in ../examples, and how their variables and tokens come about on a server whose ids are new
// each time. A value "=a.b.0.c" is taken from the answers before; see `value` for the other forms.
import book from '../examples/examples.json';
import { type Headers, send } from './fetcher';

const TEXTS = import.meta.glob<string>('../examples/**/*.graphql', { query: '?raw', import: 'default', eager: true });

export const ROLES = ['administrator', 'manager', 'employee', 'partner', 'anonymous'] as const;
export type Role = (typeof ROLES)[number];
export type Company = (typeof book.companies)[number];
export type Example = {
  /** `role/file`. */
  name: string;
  uk: string;
  en: string;
  /** The only company whose data it fits. */
  company?: string;
  /** The example whose answer the variables are taken from. */
  after?: string;
  variables?: unknown;
  /** The example that makes this subscription receive something. */
  cause?: string;
};
type Answers = Record<string, unknown>;

/** A variable has nothing to come from: an earlier answer lacks it. */
export class Missing extends Error {}
/** Nobody of the demo can log in here. */
export class NoDemo extends Error {}

export const COMPANIES: Company[] = book.companies;
export const EXAMPLES: Example[] = book.examples;
const KEY_NAME = 'GraphiQL';

export const roleOf = (example: Example) => example.name.split('/')[0] as Role;
export const textOf = (example: Example) => TEXTS[`../examples/${example.name}.graphql`] ?? '';
export const bearer = (token: string): Headers => ({ Authorization: `Bearer ${token}` });

/** What proves to be `role` of `company`: the header to send, or none. */
export async function headersOf(role: Role, company: Company): Promise<Headers> {
  if (role === 'anonymous') return {};
  return bearer(role === 'partner' ? await publishableKey(company) : await accessToken(company[role]));
}

/** The example's variables, after the examples that it builds on have run. */
export async function variablesOf(example: Example, company: Company): Promise<unknown> {
  return example.variables && value(example.variables, await answersBefore(example, company));
}

/** Runs an example and gives its data, with the data of those before it. */
export async function run(example: Example, company: Company): Promise<Answers> {
  const answers = await answersBefore(example, company);
  const variables = example.variables && value(example.variables, answers);
  const { data, errors } = await send({ query: textOf(example), variables }, await headersOf(roleOf(example), company));
  if (errors?.[0]) throw new Error(errors[0].message);
  return { ...answers, ...data };
}

async function answersBefore(example: Example, company: Company): Promise<Answers> {
  const demo = { ...company, password: book.password };
  return { demo, ...(example.after && (await run(find(example.after), company))) };
}

export function find(name: string): Example {
  const example = EXAMPLES.find((candidate) => candidate.name === name);
  if (!example) throw new Error(`There is no example ${name}.`);
  return example;
}

/** Tokens live 15 minutes; they are used for 10, so that what is opened can also be run. */
const TOKEN_MINUTES = 10;
const tokens = new Map<string, { token: string; until: number }>();

async function accessToken(email: string): Promise<string> {
  const known = tokens.get(email);
  if (known && known.until > Date.now()) return known.token;
  const query = 'mutation ($input: UserLoginInput!) { userLogin(input: $input) { tokens { accessToken } } }';
  const input = { email, password: book.password, device: KEY_NAME };
  const { data } = await send({ query, variables: { input } });
  const token = at(data, 'userLogin.tokens.accessToken');
  if (typeof token !== 'string') throw new NoDemo();
  tokens.set(email, { token, until: Date.now() + TOKEN_MINUTES * 60_000 });
  return token;
}

/** A key for pages of this origin. The server shows a key once, when it is made, so the browser keeps it. */
async function publishableKey(company: Company): Promise<string> {
  const place = `zapys:key:${company.administrator}`;
  const kept = localStorage.getItem(place);
  if (kept && !(await send({ query: '{ company { id } }' }, bearer(kept))).errors) return kept;
  const query = 'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { key } }';
  const input = { kind: 'PUBLISHABLE', name: KEY_NAME, origins: [location.origin] };
  const { data } = await send({ query, variables: { input } }, bearer(await accessToken(company.administrator)));
  const key = at(data, 'apiKeyCreate.key');
  if (typeof key !== 'string') throw new NoDemo();
  localStorage.setItem(place, key);
  return key;
}

/** Fills in what begins with "=": today, today+7 (a date), now+30 (a full hour in 30 days), key, address, or a path. */
function value(form: unknown, answers: Answers): unknown {
  if (Array.isArray(form)) return form.map((item) => value(item, answers));
  if (form !== null && typeof form === 'object') {
    return Object.fromEntries(Object.entries(form).map(([name, item]) => [name, value(item, answers)]));
  }
  if (typeof form !== 'string' || !form.startsWith('=')) return form;
  const path = form.slice(1);
  const [, moment, days] = /^(today|now)(?:\+(\d+))?$/.exec(path) ?? [];
  if (moment) {
    const instant = new Date(Date.now() + Number(days ?? 0) * 86_400_000).toISOString();
    return moment === 'today' ? instant.slice(0, 10) : `${instant.slice(0, 13)}:00:00Z`;
  }
  if (path === 'key') return random();
  if (path === 'address') return `${random()}@example.com`;
  const found = at(answers, path);
  if (found === undefined || found === null) throw new Missing(path);
  return found;
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, step) => (inner as Answers | null | undefined)?.[step], value);
}

/** Unlike crypto.randomUUID, this also works on a page that came over plain HTTP from another machine. */
function random(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
