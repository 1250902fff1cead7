import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/neon.ts';
import { userRepository } from '../../src/users/repository.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase } from '../support/database.ts';
import { signIn } from '../support/sign-in.ts';

describe('the last superuser', () => {
  it.each([
    ['demoted', 'PATCH', { isSuperuser: false }],
    ['deactivated', 'PATCH', { isActive: false }],
    ['deleted', 'DELETE', undefined],
  ] as const)(
    'is not %s, though one of two is; two who do so to each other at once cannot both succeed',
    async (_, method, body) => {
      const own = await createTestDatabase();
      const on = testApp(own);
      const [a, b] = [await signIn(own, { isSuperuser: true }), await signIn(own, { isSuperuser: true })];
      const headers = { 'If-Match': '*' };
      const answers = await Promise.all([
        on.send(method, `/v1/users/${a.user.id}`, body, { ...b.headers, ...headers }),
        on.send(method, `/v1/users/${b.user.id}`, body, { ...a.headers, ...headers }),
      ]);
      const left = await userRepository.count(openDatabase({ url: own.url }), { isSuperuser: true, isActive: true });
      expect([left, answers.filter(({ ok }) => ok).length]).toEqual([1, 1]);
      const last = answers[0]?.ok ? b : a;
      const alone = await on.send(method, `/v1/users/${last.user.id}`, body, { ...last.headers, ...headers });
      expect(await alone.json()).toMatchObject({
        code: 'conflict',
        status: 409,
        detail: /^This is the last superuser/,
      });
    },
  );

  it('is kept by a lock, not by luck: the second waits, and sees what the first has done', async () => {
    const own = await createTestDatabase();
    const on = testApp(own);
    const other = openDatabase({ url: own.url });
    const [a, b] = [await signIn(own, { isSuperuser: true }), await signIn(own, { isSuperuser: true })];
    const answer = await other.transaction(async (tx) => {
      await tx.statement((q) => q.execute(sql`select pg_advisory_xact_lock(hashtext('kura.superusers'))`));
      await userRepository.update(tx, a.user.id, { isSuperuser: false });
      const pending = on.send(
        'PATCH',
        `/v1/users/${b.user.id}`,
        { isSuperuser: false },
        { ...b.headers, 'If-Match': '*' },
      );
      const waiting = sql`select count(*)::int as n from pg_locks l join pg_database d on d.oid = l.database
        where d.datname = current_database() and l.locktype = 'advisory' and not l.granted`;
      for (let n = 0; n === 0; )
        n = Number((await openDatabase({ url: own.url }).statement((q) => q.execute(waiting)))[0]?.n);
      return { pending };
    });
    const refused = await answer.pending;
    expect(await refused.json()).toMatchObject({ code: 'conflict', status: 409 });
  });
});
