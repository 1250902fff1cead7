import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import { openapiDocument } from '../../src/openapi/document.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { operationsOf } from '../support/openapi.ts';
import { newDeadLetter, newDeletedUser, newPost } from '../support/rows.ts';
import { PASSWORD, type SignedIn, signIn } from '../support/sign-in.ts';
import { checker, faultsOf } from './answers.ts';
import { type Case, invalidCases, validCases } from './requests.ts';

/** `npm run fuzz` makes more; the seed of a failure makes the same again. */
const CASES = Number(process.env.KURA_CASES ?? 200);
const SEED = Number(process.env.KURA_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** So many at once, each lot with callers of its own, as one of them may log out or delete itself. */
const LOT = 25;

const document = await openapiDocument(createApp({}));
const tools = checker(document);
const operations = operationsOf(document);

let database: TestDatabase;
let app: ReturnType<typeof testApp>;

beforeAll(async () => {
  for (const method of ['log', 'info', 'warn', 'error'] as const) vi.spyOn(console, method).mockReturnValue();
  database = await createTestDatabase();
  app = testApp(database);
});

/** Each lot calls from a network of its own: what one fails at is not held against the next. */
type Callers = Readonly<Record<'user' | 'superuser', SignedIn>> & { readonly address: string };
let lots = 0;
const newAddress = () => `10.0.${lots >> 8}.${lots++ & 255}`;

describe(`every operation, ${CASES} requests each (KURA_SEED=${SEED} makes the same again)`, () => {
  it.each(operations.map((one) => [one.operation.operationId, one] as const))(
    '%s',
    async (_, one) => {
      const { operation, method, path, response } = one;
      const invalid = invalidCases(operation, tools);
      const seed = SEED + operations.indexOf(one); // not the same names for each
      const half = invalid ? CASES / 2 : CASES;
      const cases = [
        ...fc.sample(validCases(operation, tools), { seed, numRuns: half }),
        ...(invalid ? fc.sample(invalid, { seed, numRuns: half }) : []),
      ];
      const statuses = new Set<number>();
      const check = async (given: Case, callers: Callers) => {
        const sent = await requestOf(given, method, path, callers);
        const answer = await app.request(sent.url, sent);
        const { status, headers } = answer;
        statuses.add(status);
        const text = await answer.text();
        const faults = faultsOf(operation, response(String(status)), { status, headers, text }, tools);
        return [...faults, ...unexpected(given, status, text)].map((fault) => ({ fault, sent }));
      };
      for (let at = 0; at < cases.length; at += LOT) {
        const [user, superuser] = await Promise.all([signIn(database), signIn(database, { isSuperuser: true })]);
        const address = newAddress();
        const lot = cases.slice(at, at + LOT).map((given) => check(given, { user, superuser, address }));
        expect((await Promise.all(lot)).flat().slice(0, 3)).toEqual([]); // one says as much as many
      }
      const success = Number(Object.keys(operation.responses).find((status) => status < '300'));
      if (!NEEDS_A_MAIL.has(operation.operationId)) expect([...statuses], 'none succeeded').toContain(success);
    },
    600_000,
  );
});

/** Operations that succeed only with the secret of a mail. */
const NEEDS_A_MAIL = new Set(['postEmailVerify', 'postPasswordReset']);

function unexpected({ statuses, wrong = [] }: Case, status: number, text: string): string[] {
  if (!statuses) return [];
  if (!statuses.includes(status)) return [`${status}, not ${statuses}: ${text}`];
  const listed = new Set(wrong.length > 0 ? JSON.parse(text).errors.map(({ path }: { path: string }) => path) : []);
  return wrong.filter((path) => !listed.has(path)).map((path) => `${path} is not listed: ${text}`);
}

async function requestOf(given: Case, method: string, path: string, callers: Callers) {
  const { caller, helped, type } = given;
  const helper = callers[caller === 'superuser' ? 'superuser' : 'user'];
  const known: Known = helped && !given.wrong ? await helpOf(path, helper) : {};
  const params: Known = { ...given.params, ...(known.id !== undefined && { id: known.id }) };
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? name));
  const { cursor: _, ...rest } = given.query; // only the server makes one that is good
  const query = String(new URLSearchParams(helped && !given.wrong ? rest : given.query));
  const body = bodyOf(given, known);
  const headers = {
    'CF-Connecting-IP': callers.address,
    ...given.headers,
    ...(type && { 'Content-Type': type }),
    ...(caller !== 'nobody' && callers[caller].headers),
  };
  return { method, url: query ? `${url}?${query}` : url, headers, ...(body !== undefined && { body }) };
}

function bodyOf({ body, type }: Case, known: Known): string | undefined {
  if (body === undefined || typeof body === 'string') return body;
  const entries = Object.entries(body as object).map(([name, value]) => [name, known[name] ?? value] as const);
  const sent = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  return type?.includes('form') ? String(new URLSearchParams(sent as Record<string, string>)) : JSON.stringify(sent);
}

type Known = Readonly<Record<string, string | undefined>>;

/** Good values for fields, which chance would not find. */
async function helpOf(path: string, { user, sessionId }: SignedIn): Promise<Known> {
  switch (path) {
    case '/v1/sessions/{id}':
      return { id: sessionId };
    case '/v1/posts/{id}':
      return { id: await newPost(database, user.id, true) };
    case '/v1/outbox/{id}/retry':
      return { id: await newDeadLetter(database) };
    case '/v1/users/{id}':
      return { id: user.isSuperuser ? (await signIn(database)).user.id : user.id };
    case '/v1/users/{id}/restore':
    case '/v1/users/{id}/permanently':
      return { id: await newDeletedUser(database) };
    case '/v1/sessions':
    case '/v1/sessions/token':
      return { username: user.username, password: PASSWORD };
    default:
      return { currentPassword: PASSWORD, ...(path.startsWith('/v1/users/me') && { password: PASSWORD }) };
  }
}
