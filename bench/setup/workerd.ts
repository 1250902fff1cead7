import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Compatibility, compatibilityOf, workerdConfig } from '../../test/support/workerd-config.ts';
import { type Program, startProgram } from './program.ts';

/** A Worker as wrangler would deploy it. */
export interface Bundle {
  readonly folder: string;
  readonly modules: readonly string[];
  readonly compatibility: Compatibility;
  /** Of all modules, minified: what is uploaded. */
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** What it takes to serve one. */
type Servable = Pick<Bundle, 'folder' | 'modules' | 'compatibility'>;

/** The project's own configuration. */
const PROJECT = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));

const require = createRequire(import.meta.url);
const wrangler = require.resolve('wrangler');
/** The program's path; the package has no types. */
const { default: workerd } = require('workerd') as { readonly default: string };

interface BundleOptions {
  /** Leaves names as they are, for profiles. */
  readonly readable?: boolean | undefined;
  readonly environment?: string;
}

/** Bundles the Worker that `config` (a wrangler.toml) names into `folder`. */
export function bundle(config: string, folder: string, { readable, environment }: BundleOptions = {}): Bundle {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const args = [wrangler, 'deploy', '--dry-run', '--config', config, '--outdir', folder];
  if (readable) args.push('--no-minify');
  if (environment) args.push('--env', environment);
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' },
  });
  if (status !== 0) throw new Error(`wrangler could not bundle ${config}\n${stdout}${stderr}`);
  const files = readdirSync(folder).filter((name) => /\.(js|wasm)$/.test(name));
  const modules = files.toSorted((a, b) => Number(b.endsWith('.js')) - Number(a.endsWith('.js'))); // the entry first
  const contents = modules.map((name) => readFileSync(join(folder, name)));
  return {
    folder,
    modules,
    compatibility: compatibilityOf(config),
    bytes: contents.reduce((sum, { length }) => sum + length, 0),
    gzipBytes: contents.reduce((sum, content) => sum + gzipSync(content).length, 0),
  };
}

/** Serves the bundle in workerd itself, without the layers of a development server. */
export async function startWorker(
  { folder, modules, compatibility }: Servable,
  bindings: Readonly<Record<string, string>>,
  options: readonly string[] = [],
  onLine: (line: string) => void = () => {},
): Promise<Program> {
  const config = join(folder, `${crypto.randomUUID()}.capnp`);
  writeFileSync(config, workerdConfig({ modules, bindings, compatibility, port: 0 }));
  try {
    return await startProgram({
      program: workerd,
      args: ['serve', config, '--control-fd=3', ...options],
      channel: true,
      portOf(line) {
        onLine(line);
        return Number(/"socket":"http","port":(\d+)/.exec(line)?.[1]) || undefined;
      },
    });
  } finally {
    rmSync(config);
  }
}

/** A Worker that does nothing: what workerd itself takes to start. */
export function emptyBundle(folder: string): Servable {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'empty.js'), `export default { fetch: () => new Response('') };`);
  return { folder, modules: ['empty.js'], compatibility: compatibilityOf(PROJECT) };
}
