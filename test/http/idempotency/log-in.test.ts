import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { auditOf, sessionsOf, tokenOf } from '../../sessions/fixture.ts';
import { testApp } from '../../support/app.ts';
import { resetWireStats, wireStats } from '../../support/database.ts';
import { PASSWORD, signIn } from '../../support/sign-in.ts';
import { database, db, newKey, useEffects } from './fixture.ts';

useEffects();

const logIn = (key: string, body: object) => testApp(database).post('/v1/sessions', body, { 'Idempotency-Key': key });

it('ASVS 5.0 11.4.1, 14.2.4: begins one session, and its token is stored nowhere in the clear', async () => {
  const { user } = await signIn(database);
  const [key, body] = [newKey(), { username: user.username, password: PASSWORD }];
  await resetWireStats(database);
  const first = await logIn(key, body);
  // The look-up and the count of the attempt; the session; its answer and COMMIT.
  expect(await wireStats(database)).toMatchObject({ http: { roundTrips: 2 }, websocket: { roundTrips: 2 } });
  const [token, again] = [await tokenOf(first), await tokenOf(await logIn(key, body))];
  expect(again).toBe(token);
  expect(await sessionsOf(db, user.id)).toHaveLength(2); // with the one of `signIn`
  const [stored] = await db.statement((q) =>
    q.execute(sql`select encode(sealed, 'escape') as text from idempotency_keys`),
  );
  expect(stored?.text).not.toContain('kura_');
  expect((await testApp(database).get('/v1/users/me', { Authorization: `Bearer ${again}` })).status).toBe(200);
});

it('gives the cookie again', async () => {
  const { user } = await signIn(database);
  const [key, body] = [newKey(), { username: user.username, password: PASSWORD, cookie: true }];
  const [first, again] = [await logIn(key, body), await logIn(key, body)];
  expect(again.headers.getSetCookie()).toEqual(first.headers.getSetCookie());
  expect(again.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-session=kura_/)]);
});

it('ASVS 5.0 6.3.1: counts and audits the attempts that fail, which leave nothing else', async () => {
  const { user } = await signIn(database);
  const [key, body] = [newKey(), { username: user.username, password: 'not the password' }];
  const statuses: number[] = [];
  for (let i = 0; i < 11; i++) statuses.push((await logIn(key, body)).status);
  expect(statuses).toEqual([...Array(10).fill(401), 429]);
  expect(await auditOf(db, user.id)).toHaveLength(11);
  expect(await db.statement((q) => q.execute(sql`select from idempotency_keys`))).toEqual([]);
}, 30_000);

it('tries again within the same request where the account was changed meanwhile', async () => {
  const { user } = await signIn(database);
  const holder = db.transaction(async (tx) => {
    await tx.statement((q) => q.execute(sql`update users set hashed_password = hashed_password where id = ${user.id}`));
    const entering = logIn(newKey(), { username: user.username, password: PASSWORD });
    await expect
      .poll(async () => {
        const waiting = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        return db.outside.statement((q) => q.execute(waiting));
      })
      .toHaveLength(1);
    const rehashed = sql`update users set hashed_password = ${'$2b$04$m2mA.z0gRqFuf1QrrmAZReFQw6O5RlXiHkYYmPtiSF0AaVhNYhFgC'} where id = ${user.id}`;
    await tx.statement((q) => q.execute(rehashed));
    return { entering };
  });
  const { entering } = await holder;
  expect((await entering).status).toBe(401); // by the password it has now, not by a failed transaction
});
