import { describe, expect, test } from 'vitest';
import { ownError, post, useHarness } from './harness.ts';

const harness = useHarness();

function urlWith(change: (url: URL) => void): string {
  const url = new URL(harness.url);
  change(url);
  return url.href;
}

describe('a connection string', () => {
  test.each([
    [
      'with a wrong password',
      (url: URL) => (url.password = 'wrong'),
      /^password authentication failed for user 'kura'$/,
    ],
    [
      'with an unknown user',
      (url: URL) => (url.username = 'nobody'),
      /^password authentication failed for user 'nobody'$/,
    ],
    ['without a user', (url: URL) => ([url.username, url.password] = ['', '']), /^missing username$/],
    [
      'without a password',
      (url: URL) => (url.password = ''),
      /^missing authentication credentials: required password$/,
    ],
  ])('%s is a 400 of the proxy', async (_, change, message) => {
    const { status, body } = await post(urlWith(change), { query: 'select 1' });
    expect({ status, body }).toEqual({ status: 400, body: ownError(expect.stringMatching(message)) });
  });

  test.each([
    ['nonsense', /^invalid connection string/],
    ['mysql://a:b@c/d', /^incorrect scheme$/],
    ['postgres://a:%zz@c/d', /^invalid connection string/],
  ])('that is %s is a 400 of the proxy', async (text, message) => {
    const { status, body } = await post(harness.url, { query: 'select 1' }, { 'Neon-Connection-String': text });
    expect({ status, body }).toEqual({ status: 400, body: ownError(expect.stringMatching(message)) });
  });

  test('that is missing is a 400 of the proxy', async () => {
    const response = await fetch(`http://${new URL(harness.url).host}/sql`, { method: 'POST', body: '{"query":""}' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual(ownError('invalid header: neon-connection-string'));
  });

  test('of an unknown database is a 400 of Postgres', async () => {
    const { status, body } = await post(
      urlWith((url) => (url.pathname = '/nowhere')),
      { query: 'select 1' },
    );
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { message: 'database "nowhere" does not exist', code: '3D000', severity: 'FATAL' },
    });
  });

  test('with a bearer token asks for an authentication broker, which this is not', async () => {
    const { status, body } = await post(harness.url, { query: 'select 1' }, { Authorization: 'Bearer x' });
    expect({ status, body }).toEqual({ status: 400, body: ownError(expect.stringContaining('required password')) });
  });

  test('may have anything in its password and its name', async () => {
    await harness.admin.query(`drop role if exists "o'dd / one"`);
    await harness.admin.query(`create role "o'dd / one" login password 'p@ss:/?#[]%'`);
    const url = urlWith((odd) => {
      odd.username = encodeURIComponent("o'dd / one");
      odd.password = encodeURIComponent('p@ss:/?#[]%');
    });
    const { body } = await post(url, { query: 'select current_user as who' });
    await harness.admin.query(`drop role "o'dd / one"`);
    expect(body.rows).toEqual([{ who: "o'dd / one" }]);
  });
});

test('a database that takes no more connections is a 500 with the fields of Postgres', async () => {
  await harness.admin.query('create role crowd login password $$crowd$$ connection limit 0');
  const url = urlWith((crowded) => ([crowded.username, crowded.password] = ['crowd', 'crowd']));
  const answer = await post(url, { query: 'select 1' });
  await harness.admin.query('drop role crowd');
  expect(answer).toMatchObject({ status: 500, body: { code: '53300', severity: 'FATAL' } });
});

test('a statement_timeout of the role is an error like any other', async () => {
  await harness.admin.query('create role hasty login password $$hasty$$');
  await harness.admin.query(`alter role hasty set statement_timeout = '20ms'`);
  const url = urlWith((hasty) => ([hasty.username, hasty.password] = ['hasty', 'hasty']));
  const { body } = await post(url, { query: 'select pg_sleep(10)' });
  await harness.admin.query('drop role hasty');
  expect(body).toMatchObject({ code: '57014' });
});
