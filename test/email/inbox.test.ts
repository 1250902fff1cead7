import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { findInInbox, inboxSender, listInbox } from '../../src/email/inbox.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { SECRET_KEY } from '../support/names.ts';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
});

const evil = `"></iframe><script>alert(1)</script>`;
const mail = {
  to: `ada${evil}@example.com`,
  subject: `Hello ${evil}`,
  text: `See https://kura.example/a?b=1&c=2 ${evil}`,
  html: `<h1>Hello</h1><script>alert(2)</script><a href="https://kura.example/">go</a>`,
};
const signal = new AbortController().signal;
const send = (idempotencyKey: string, changes = {}) =>
  inboxSender(db, `Kura ${evil} <kura@localhost>`)({ ...mail, ...changes }, { idempotencyKey, signal });

it('keeps a mail once per idempotency key, also when the first ones come all at once', async () => {
  const ids = Array.from({ length: 6 }, () => crypto.randomUUID());
  await Promise.all([...ids, ...ids].map((id) => send(id)));
  const listed = await listInbox(db);
  expect(listed.map(({ id }) => id).sort()).toEqual(ids.sort());
  expect(await findInInbox(db, ids[0] ?? '')).toMatchObject(mail);
});

describe('the page', () => {
  let id: string;
  const page = async (path = '/_dev/mail') => {
    const response = await testApp(database).get(path);
    expect(response.status).toBe(200);
    return { headers: response.headers, html: await response.text() };
  };

  beforeEach(async () => {
    id = crypto.randomUUID();
    await send(id);
  });

  it('shows the newest mail first, and what it looks like', async () => {
    const { html, headers } = await page();
    expect(headers.get('Content-Type')).toMatch(/^text\/html/);
    expect(html.indexOf(`/_dev/mail?id=${id}`)).toBe(html.indexOf('/_dev/mail?id='));
    expect(html).toMatch(/<time datetime="[^"]+Z">/);
    expect(html).toContain('srcdoc="&lt;base target=&quot;_blank&quot;&gt;&lt;h1&gt;Hello');
  });

  it('lets nothing of a mail out of its frame', async () => {
    for (const view of ['html', 'text']) {
      const { html, headers } = await page(`/_dev/mail?id=${id}&view=${view}`);
      expect(html).not.toContain('<script');
      expect(html.match(/<iframe/g) ?? []).toHaveLength(view === 'html' ? 1 : 0);
      const policy = headers.get('Content-Security-Policy');
      expect(policy).toMatch(/default-src 'none'/);
      expect(policy).not.toMatch(/script-src|connect-src/);
    }
    const sandbox = /sandbox="([^"]*)"/.exec((await page()).html)?.[1];
    expect(sandbox).toBe('allow-popups allow-popups-to-escape-sandbox');
  });

  it('shows the text with links', async () => {
    const { html } = await page(`/_dev/mail?id=${id}&view=text`);
    expect(html).toContain('<a href="https://kura.example/a?b=1&amp;c=2" target="_blank" rel="noreferrer">');
  });

  it('says so when there is nothing to show', async () => {
    const empty = testApp(await createTestDatabase());
    expect(await (await empty.get('/_dev/mail')).text()).toContain('No mail yet');
    expect((await page(`/_dev/mail?id=${crypto.randomUUID()}`)).html).toContain('No mail is chosen');
    expect((await empty.get('/_dev/mail?id=1')).status).toBe(422);
  });

  it('shows the mail of somebody who has just registered', async () => {
    await testApp(database).post('/v1/users', {
      username: 'grace',
      email: 'grace@example.com',
      password: 'correct horse',
    });
    const { html } = await page();
    expect(html).toContain('grace@example.com');
    expect(html).toContain('Welcome to Kura');
  });

  it.each([
    ['in production', { ENVIRONMENT: 'production', SECRET_KEY }, 'http://localhost/_dev/mail'],
    ['in staging', { ENVIRONMENT: 'staging', SECRET_KEY }, 'http://localhost/_dev/mail'],
    ['on another machine', {}, 'https://kura.example/_dev/mail'],
    ['on a host that only looks like this one', {}, 'https://localhost.example/_dev/mail'],
  ])('is not there %s', async (_, variables, url) => {
    const app = createApp({ DATABASE_URL: database.url, ...variables });
    for (const method of ['GET', 'POST']) {
      const response = await app.request(url, { method });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'not_found' });
    }
  });

  it.each(['http://127.0.0.1:8787', 'http://[::1]', 'http://kura.localhost'])('is there at %s', async (origin) => {
    const app = createApp({ DATABASE_URL: database.url });
    expect((await app.request(`${origin}/_dev/mail`)).status).toBe(200);
  });
});
