import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ASSET_HEADERS, ASSET_REDIRECTS, DOCS_START, docsPage } from './docs-page.ts';
import { rendererScript } from './renderer.ts';

/** Where wrangler.toml looks for them. */
const FOLDER = resolve(import.meta.dirname, '../../public');

/** Writes the document and the page that shows it; what is the same already stays untouched. */
export function writeAssets(document: object): void {
  const script = rendererScript();
  const renderer = `docs/scalar-${createHash('sha256').update(script).digest('hex').slice(0, 12)}.js`;
  const files = {
    'openapi.json': `${JSON.stringify(document, null, 2)}\n`,
    'docs.html': docsPage(`/${renderer}`),
    'docs/start.js': DOCS_START,
    [renderer]: script,
    _headers: ASSET_HEADERS,
    _redirects: ASSET_REDIRECTS,
  };
  for (const [name, text] of Object.entries(files)) write(join(FOLDER, name), text);
  for (const name of readdirSync(join(FOLDER, 'docs'))) {
    if (/^scalar-\w+\.js$/.test(name) && !renderer.endsWith(name)) rmSync(join(FOLDER, 'docs', name), { force: true });
  }
}

/** In one step: somebody may be serving it, or writing it at the same time. */
function write(file: string, text: string): void {
  if (textOf(file) === text) return;
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
