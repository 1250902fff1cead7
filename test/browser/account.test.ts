import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser } from '../support/browser.ts';
import { createTestDatabase } from '../support/database.ts';
import { type DevServer, startDevServer } from '../support/dev-server.ts';

const ada = { username: 'ada', email: 'ada@example.com', password: 'correct horse battery' };

let server: DevServer;
let browser: { context: BrowserContext; close(): Promise<void> };

const post = (path: string, body: object) =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

const signIn = async (password: string) => (await post('/v1/sessions', { username: ada.username, password })).status;

describe.runIf(hasBrowser())('the links of mails, in Chromium', () => {
  beforeAll(async () => {
    server = await startDevServer(await createTestDatabase());
    browser = await openBrowser();
    expect((await post('/v1/users', ada)).status).toBe(201);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Opens the link of the newest mail with this subject, as its reader does in the inbox. */
  async function follow(subject: string): Promise<Page> {
    const inbox = await browser.context.newPage();
    const mail = inbox.getByRole('navigation', { name: 'Mails' }).getByRole('link', { name: subject }).first();
    do
      await inbox.goto(`${server.url}/_dev/mail`); // it is sent after the response
    while (!(await mail.isVisible()));
    await mail.click();
    const [page] = await Promise.all([
      browser.context.waitForEvent('page'),
      inbox.frameLocator('iframe[title="The mail"]').getByRole('link').first().click(),
    ]);
    await inbox.close();
    return page;
  }

  const said = (page: Page, text: RegExp | string) => page.getByRole('status').filter({ hasText: text }).waitFor();

  it('confirm the address by a click, and say so where a link is used again', async () => {
    const page = await follow('Welcome to Kura');
    const link = page.url();
    await page.getByRole('button', { name: 'Confirm my address' }).click();
    await said(page, 'Thank you: the address is confirmed.');
    expect(page.url(), 'the token is gone from the address bar').toBe(`${server.url}/account/verify`);
    await page.goto(link);
    await page.getByRole('button').click();
    await said(page, 'The link was used already');
    await page.close();
  });

  it('ASVS 6.2.6, 6.2.7: set another password, which is masked, may be pasted, and has to be a good one', async () => {
    expect((await post('/v1/password/forgotten', { email: ada.email })).status).toBe(202);
    const page = await follow('Choose a new password');
    const field = page.getByLabel('New password');
    expect(await field.getAttribute('type')).toBe('password');
    await field.focus();
    await page.keyboard.insertText('password1');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await said(page, 'The password is one of the most common passwords');
    await field.fill('a better horse');
    await page.getByRole('button').click();
    await said(page, 'The password is set.');
    expect(await field.isVisible()).toBe(false);
    expect([await signIn(ada.password), await signIn('a better horse')]).toEqual([401, 201]);
    await page.close();
  });
});
