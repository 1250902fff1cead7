import { beforeAll, expect, it } from 'vitest';
import { testApp } from '../support/app.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';

let database: TestDatabase;
let app: ReturnType<typeof testApp>;
beforeAll(async () => {
  database = await createTestDatabase();
  app = testApp(database);
});

it.each(['verify', 'reset'])(
  '/account/%s runs its own script alone, asks the database for nothing, and is not kept',
  async (name) => {
    await resetWireStats(database);
    const pages = await Promise.all([app.get(`/account/${name}`), app.get(`/account/${name}`)]);
    const nonces = await Promise.all(
      pages.map(async (page) => {
        expect(page.headers.get('Content-Type')).toBe('text/html; charset=UTF-8');
        expect(page.headers.get('Cache-Control')).toBe('no-store');
        expect(page.headers.get('Referrer-Policy')).toBe('no-referrer');
        const policy = page.headers.get('Content-Security-Policy') ?? '';
        const nonce = /script-src 'nonce-([\w-]{22})'/.exec(policy)?.[1] ?? '';
        expect(policy).toContain("default-src 'none'");
        expect(policy).toContain("form-action 'none'");
        const html = await page.text();
        expect(html.match(/<(script|style)\b[^>]*>/g)).toEqual([
          `<style nonce="${nonce}">`,
          `<script nonce="${nonce}">`,
        ]);
        expect(html).not.toMatch(/\son\w+=|style=|src=|href="http/);
        return nonce;
      }),
    );
    expect(new Set(nonces).size).toBe(2);
    expect((await wireStats(database)).http.requests).toBe(0);
  },
);
