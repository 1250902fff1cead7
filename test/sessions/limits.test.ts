import { like } from 'drizzle-orm';
import { beforeAll, expect, it } from 'vitest';
import { auditEvents } from '../../src/audit/table.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { limits } from '../../src/http/limits/table.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { PASSWORD, signIn } from '../support/sign-in.ts';
import { type App, bodyOf, endWindows, logIn, somewhere, statusWith } from './fixture.ts';

let database: TestDatabase;
let db: Database;
let app: App;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
  app = testApp(database);
});

const wrong = 'not the password';

/** How many answers have each status. */
function tally(answers: readonly Response[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

async function statuses(times: number, body: object, headers?: Record<string, string>): Promise<number[]> {
  const answers: number[] = [];
  for (let i = 0; i < times; i++) answers.push((await logIn(app, body, headers)).status);
  return answers;
}

it('ASVS 6.3.1: admits exactly 10 of 200 attempts at once on a name from a network, however it is written', async () => {
  const { user } = await signIn(database);
  const names = [user.email, user.email.toUpperCase()];
  const here = somewhere();
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => logIn(app, { username: names[i % 2], password: wrong }, here)),
  );
  expect(tally(answers)).toEqual({ 401: 10, 429: 190 });
});

it('ASVS 6.3.1: admits exactly 100 of 200 attempts at once on a name from as many networks', async () => {
  const { user } = await signIn(database);
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => logIn(app, { username: user.email, password: wrong })),
  );
  expect(tally(answers)).toEqual({ 401: 100, 429: 100 });
});

it('ASVS 6.3.8: does the same for a name that nobody has', async () => {
  const names = ['Nobody', 'nobody'];
  const here = somewhere();
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => logIn(app, { username: names[i % 2], password: wrong }, here)),
  );
  expect(tally(answers)).toEqual({ 401: 10, 429: 20 });
});

it("ASVS 6.3.8: does not tell by its counts that a username and an address are the same account's", async () => {
  const { user } = await signIn(database);
  const here = somewhere();
  await statuses(10, { username: user.username, password: wrong }, here);
  expect(await statuses(1, { username: user.email, password: wrong }, here)).toEqual([401]);
});

it('ASVS 6.1.1: lets no network keep the owner out at another, however often it tries', async () => {
  const { user } = await signIn(database);
  const stranger = somewhere();
  const answers = await Promise.all(
    Array.from({ length: 120 }, () => logIn(app, { username: user.email, password: wrong }, stranger)),
  );
  expect(tally(answers)).toEqual({ 401: 10, 429: 110 });
  expect(await statuses(1, { username: user.email, password: PASSWORD })).toEqual([201]);
});

it('ASVS 6.3.1: admits exactly 100 of 200 attempts at once from a network, each on another account', async () => {
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      logIn(app, { username: `victim${i}`, password: wrong }, { 'CF-Connecting-IP': `2001:db8:0:1::${i}` }),
    ),
  );
  expect(tally(answers)).toEqual({ 401: 100, 429: 100 });
});

it('keeps nothing of the names that a network may try no more, and one event of all that is refused', async () => {
  const here = somewhere();
  const { user } = await signIn(database);
  const tryNames = (names: string[]) =>
    Promise.all(names.map((username) => logIn(app, { username, password: wrong }, here)));
  const name = (n: number) => `name${n}`;
  await tryNames(Array.from({ length: 99 }, (_, n) => name(n)));
  await tryNames([user.email]);
  const kept = () => Promise.all([db.statement((q) => q.$count(limits)), db.statement((q) => q.$count(auditEvents))]);
  const [rows, events] = await kept();
  const refused = await tryNames([user.email, ...Array.from({ length: 49 }, (_, n) => name(100 + n))]);
  expect(tally(refused)).toEqual({ 429: 50 });
  expect(await kept()).toEqual([rows, events + 1]);
});

it('counts no attempt on a name that the network is refused for', async () => {
  const here = somewhere();
  const { user } = await signIn(database);
  await statuses(1, { username: user.email, password: wrong }, here);
  const others = Array.from({ length: 99 }, (_, n) => logIn(app, { username: `any${n}`, password: wrong }, here));
  await Promise.all(others);
  const counts = () =>
    db.statement((q) => q.select().from(limits).where(like(limits.key, 'log-in by name%')).orderBy(limits.key));
  const before = await counts();
  expect(await statuses(2, { username: user.email, password: wrong }, here)).toEqual([429, 429]);
  expect(await counts()).toEqual(before);
});

it('says when to try again', async () => {
  const { user } = await signIn(database);
  const here = somewhere();
  await statuses(10, { username: user.email, password: wrong }, here);
  const response = await logIn(app, { username: user.email, password: PASSWORD }, here);
  expect(response.status, 'the right password does not help').toBe(429);
  expect(await bodyOf(response)).toMatchObject({ code: 'too_many_requests' });
  const seconds = Number(response.headers.get('Retry-After'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThan(16 * 60); // a window that began a moment later than this request ends later, too
});

it('ASVS 6.1.1: locks nobody out for good, and ends no session', async () => {
  const { user, token } = await signIn(database);
  const here = somewhere();
  expect(await statuses(11, { username: user.email, password: wrong }, here)).toEqual([...Array(10).fill(401), 429]);
  expect(await statusWith(app, token)).toBe(200);
  await endWindows(db);
  expect(await statuses(1, { username: user.email, password: PASSWORD }, here)).toEqual([201]);
});

it('counts a name anew after a success', async () => {
  const { user } = await signIn(database);
  const here = somewhere();
  expect(await statuses(9, { username: user.email, password: wrong }, here)).toEqual(Array(9).fill(401));
  expect(await statuses(1, { username: user.email.toUpperCase(), password: PASSWORD }, here)).toEqual([201]);
  expect(await statuses(11, { username: user.email, password: wrong }, here)).toEqual([...Array(10).fill(401), 429]);
});

it('does not count a network anew after a success, which whoever guesses could have at will', async () => {
  const { user } = await signIn(database);
  const here = somewhere();
  const others = Array.from({ length: 99 }, (_, i) => logIn(app, { username: `other${i}`, password: wrong }, here));
  expect(tally(await Promise.all(others))).toEqual({ 401: 99 });
  expect(await statuses(1, { username: user.email, password: PASSWORD }, here)).toEqual([201]);
  expect(await statuses(1, { username: 'another', password: wrong }, here)).toEqual([429]);
});

it('shares its counts with the form', async () => {
  const { user } = await signIn(database);
  const here = somewhere();
  await statuses(10, { username: user.email, password: wrong }, here);
  const body = new URLSearchParams({ grant_type: 'password', username: user.email, password: PASSWORD });
  const response = await app.request('/v1/sessions/token', { method: 'POST', body, headers: here });
  expect([response.status, await bodyOf(response)]).toMatchObject([429, { code: 'too_many_requests' }]);
});
