import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

/** Where Debian and Ubuntu put it, and others; `CHROMIUM` names any other place. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];

const { CHROMIUM } = process.env;
const executablePath = (CHROMIUM ? [CHROMIUM] : PLACES).find((place) => existsSync(place));

/** Whether there is a browser for the tests that need one; if not, it is said once, in one line. */
export function hasBrowser(): boolean {
  if (executablePath) return true;
  process.stderr.write('SKIPPED the browser tests: no Chromium here (apt-get install chromium, or set CHROMIUM)\n');
  return false;
}

const FLAGS = [
  '--no-sandbox', // which root, as CI's containers run, cannot have
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The page of the docs takes tens of seconds on two cores that the other tests keep busy. */
const PATIENCE_MS = 110_000;

/** A headless Chromium with a folder of its own. */
export async function openBrowser(): Promise<{ context: BrowserContext; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'kura-browser-'));
  const context = await chromium.launchPersistentContext(folder, {
    ...(executablePath && { executablePath }),
    headless: true,
    viewport: { width: 1280, height: 900 },
    args: FLAGS,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const close = async () => {
    await context.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return { context, close };
}
