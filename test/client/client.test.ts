import { type DetailedError, parseResponse } from 'hono/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, createClient } from '../../src/client.ts';
import { createTestDatabase } from '../support/database.ts';
import { type DevServer, startDevServer } from '../support/dev-server.ts';

let server: DevServer;
let client: Client;
let token: string | undefined;

beforeAll(async () => {
  server = await startDevServer(await createTestDatabase());
  client = createClient(server.url, { token: () => token });
});

afterAll(() => server?.close());

const grace = { username: 'grace', email: 'grace@example.com', password: 'correct horse battery' };

/** The inbox page once it holds what is waited for: a mail is sent after the response. */
async function inboxWith(text: string): Promise<string> {
  for (;;) {
    const page = await (await fetch(`${server.url}/_dev/mail?view=text`)).text();
    if (page.includes(text)) return page;
  }
}

// The life of one account, over HTTP: each part begins with what the one before has left.

it('registers', async () => {
  const user = await parseResponse(client.v1.users.$post({ json: { ...grace, fullName: 'Grace Hopper' } }));
  expect(user).toMatchObject({ username: 'grace', email: 'grace@example.com', fullName: 'Grace Hopper' });
  expect(user.emailVerifiedAt).toBeNull();
});

it('shows by the link in the welcome mail that the address is theirs', async () => {
  const page = await inboxWith(grace.email);
  const token = /\/account\/verify#([\w-]+)/.exec(page)?.[1] ?? expect.unreachable('The mail has no link');
  expect((await client.v1.email.verify.$post({ json: { token } })).status).toBe(204);
});

it('logs in', async () => {
  const refused = client.v1.sessions.$post({ json: { username: 'grace', password: 'wrong' } });
  await expect(parseResponse(refused)).rejects.toMatchObject({ statusCode: 401 } satisfies Partial<DetailedError>);
  const loggedIn = await parseResponse(
    client.v1.sessions.$post({ json: { username: grace.email, password: grace.password } }),
  );
  token = loggedIn.token;
  expect(loggedIn.user.username).toBe('grace');
});

it('reads itself by the token', async () => {
  const me = await parseResponse(client.v1.users.me.$get());
  expect(me).toMatchObject({ username: 'grace', emailVerifiedAt: expect.any(String) });
  const { items } = await parseResponse(client.v1.sessions.$get());
  expect(items).toMatchObject([{ current: true }]);
});

it('writes a post, and finds it', async () => {
  const json = { title: 'Notes on the compiler', body: 'It compiles.', isPublished: true };
  const written = await parseResponse(client.v1.posts.$post({ json }));
  const byId = client.v1.posts[':id'];
  const changed = await byId.$patch(
    { param: { id: written.id }, json: { title: 'Notes' } },
    { headers: { 'If-Match': `"v${written.version}"` } },
  );
  expect(await parseResponse(changed)).toEqual({
    ...written,
    title: 'Notes',
    version: 2,
    updatedAt: expect.any(String),
  });
  const { items } = await parseResponse(client.v1.posts.$get({ query: { mine: 'true', search: 'compiles' } }));
  expect(items).toMatchObject([{ id: written.id, title: 'Notes' }]);
});

it('logs out, and is nobody then', async () => {
  expect((await client.v1.sessions.current.$delete()).status).toBe(204);
  expect((await client.v1.users.me.$get()).status).toBe(401);
});

it('does not compile what the API does not take', () => {
  const wrong = () => [
    // @ts-expect-error there is no such path
    client.v1.nothing,
    // @ts-expect-error a password is missing
    client.v1.users.$post({ json: { username: 'grace', email: 'grace@example.com' } }),
  ];
  expect(wrong).toBeTypeOf('function');
});
