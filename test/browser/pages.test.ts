import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser } from '../support/browser.ts';
import { createTestDatabase } from '../support/database.ts';
import { type DevServer, startDevServer } from '../support/dev-server.ts';

let server: DevServer;
let browser: { context: BrowserContext; close(): Promise<void> };
let page: Page;
/** What a reader of the page would find amiss: errors of its scripts, and requests to any other site. */
const amiss: string[] = [];

const PASSWORD = 'correct horse battery';

describe.runIf(hasBrowser())('the pages, in Chromium', () => {
  beforeAll(async () => {
    server = await startDevServer(await createTestDatabase());
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  beforeEach(async () => {
    amiss.length = 0;
    page = await browser.context.newPage();
    page.on('pageerror', ({ message }) => amiss.push(message));
    page.on('console', (said) => said.type() === 'error' && amiss.push(said.text()));
    page.on('request', (request) => {
      if (!/^(data|blob|about):/.test(request.url()) && !request.url().startsWith(`${server.url}/`)) {
        amiss.push(request.url());
      }
    });
    return () => page.close();
  });

  it('/ leads to /docs, which shows every feature and asks no other site for anything', async () => {
    await page.goto(server.url);
    expect(new URL(page.url()).pathname).toBe('/docs');
    await page.getByRole('heading', { name: 'Kura', exact: true }).waitFor();
    for (const feature of ['Users', 'Sessions', 'Health']) {
      await page.getByRole('button', { name: new RegExp(`Group - ${feature}$`) }).waitFor();
    }
    expect(await page.title()).toBe('Kura API');
    expect(amiss).toEqual([]);
  });

  it('/docs logs in by Authorize, and calls the API as who that is', async () => {
    const username = await register();
    await page.goto(`${server.url}/docs`);
    await page.getByLabel('Username', { exact: true }).fill(username);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.getByRole('button', { name: 'Clear tokens' }).waitFor();

    await page
      .getByRole('complementary')
      .getByRole('link', { name: /^Read myself/ })
      .click(); // or it is not rendered yet
    await page.getByRole('button', { name: /^Test Request\s*\(get \/v1\/users\/me\)/i }).click();
    const [answer] = await Promise.all([
      page.waitForResponse(`${server.url}/v1/users/me`),
      page.getByRole('button', { name: /^Send get request/i }).click(),
    ]);
    expect(await answer.json()).toMatchObject({ username });
    await page.getByText(`"${username}"`).waitFor();
    expect(amiss).toEqual([]);
  });

  it('/_dev/mail shows a mail as its reader would see it, and as text', async () => {
    const username = await register();
    const mails = page.getByRole('navigation', { name: 'Mails' });
    const mail = mails.getByRole('link', { name: `${username}@example.com` }).first();
    while (!(await mail.isVisible())) await page.goto(`${server.url}/_dev/mail`); // it is sent after the response
    await mail.click();
    const letter = page.frameLocator('iframe[title="The mail"]');
    await letter.getByText('your account is ready').waitFor();
    const link = await letter.getByRole('link').first().getAttribute('href');
    expect(link).toMatch(new RegExp(`^${server.url}/`));
    await page.getByRole('link', { name: 'Text', exact: true }).click();
    await page.locator('pre').getByText('your account is ready').waitFor();
    expect(amiss).toEqual([]);
  });
});

let n = 0;

/** A new user's name. */
async function register(): Promise<string> {
  n++;
  const username = `ada${n}`;
  const response = await fetch(`${server.url}/v1/users`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, email: `${username}@example.com`, password: PASSWORD }),
  });
  expect(response.status).toBe(201);
  return username;
}
