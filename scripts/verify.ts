import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** Everything that must hold before a change lands: for people and for CI alike. Stops at the first failure. */
const MAX_BUNDLE_KIB = 150;
const ENVIRONMENTS = ['staging', 'production'];

run('Format and lint', 'biome', ['ci', '.']);
run('Types', 'tsc', ['--noEmit']);
run('OpenAPI document', 'node', ['src/openapi/build.ts']);
run('OpenAPI lint', 'redocly', ['lint', 'public/openapi.json']);
run('Tests', 'npm', ['test']);
for (const environment of ENVIRONMENTS) {
  const outdir = `dist/${environment}`;
  rmSync(outdir, { recursive: true, force: true });
  run(`Bundle for ${environment}`, 'wrangler', ['deploy', '--dry-run', '--env', environment, '--outdir', outdir]);
  checkBundle(`${outdir}/worker.js`);
}
console.log('\nverify: all green');

function run(title: string, command: string, args: string[]): void {
  console.log(`\n== ${title}: ${command} ${args.join(' ')}`);
  const env = {
    ...process.env,
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    REDOCLY_TELEMETRY: 'off',
    REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  };
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env });
  if (status !== 0) fail(`${title} failed${error ? `: ${error.message}` : ''}`);
}

function checkBundle(bundle: string): void {
  const code = readFileSync(bundle);
  if (code.includes('/_dev')) fail('The bundle has the inbox of development in it');
  const kib = gzipSync(code).length / 1024;
  console.log(`Bundle size: ${kib.toFixed(1)} KiB gzip, of at most ${MAX_BUNDLE_KIB} KiB`);
  if (kib > MAX_BUNDLE_KIB) fail('The bundle is too large');
}

function fail(message: string): never {
  console.error(`\nverify: ${message}`);
  process.exit(1);
}
