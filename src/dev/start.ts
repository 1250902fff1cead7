import { join, resolve } from 'node:path';
import { createColors } from 'picocolors';
import { freePort } from './postgres/ports.ts';
import { startApi } from './start/api.ts';
import { endLeftovers } from './start/leftovers.ts';
import { parseOptions, type StartOptions } from './start/options.ts';
import { requirePort } from './start/port.ts';
import { Report } from './start/report.ts';
import { claim } from './start/run-file.ts';
import { migrate, startDatabase, startProxy } from './start/services.ts';
import { watchSignals } from './start/signals.ts';
import { runStack, type Stack } from './start/stack.ts';
import { nodeModules } from './start/worker.ts';

// `npm start`: everything a request needs, on this machine. Exit code 0 after Ctrl-C or SIGTERM, 1 after a failure.

const root = resolve(import.meta.dirname, '../..');
const stateDir = join(root, '.kura');

async function start(stack: Stack): Promise<void> {
  const { options, report, resources, signal } = stack;
  const port = options.port || (await freePort());
  const url = `http://localhost:${port}`;
  const run = claim(stateDir, url);
  resources.defer(run.release);
  if (run.leftovers) {
    const ended = await endLeftovers(run.leftovers, nodeModules);
    report.line('recovered', `the last run was killed${ended.length > 0 ? `; stopped its ${ended.join(', ')}` : ''}`);
  }
  await requirePort(port);

  const direct = await startDatabase(stack);
  const database = await startProxy(stack, direct);
  await migrate(stack, direct);
  await startApi(stack, run, port, database);
  signal.throwIfAborted();

  const rows: [string, string][] = [
    ['API', url],
    ['Docs', `${url}/docs`],
    ['Mail', `${url}/_dev/mail`],
    ['Health', `${url}/health/ready`],
    ['Database', database],
  ];
  if (options.latency > 0) rows.push(['Latency', `${options.latency} ms`]);
  report.banner(rows, url);
}

async function main(options: StartOptions): Promise<void> {
  const killers: (() => void)[] = [];
  const asked = watchSignals(() => {
    for (const kill of killers.toReversed()) kill();
  });
  const report = new Report(process.stdout, process.env);
  await runStack({ options, root, stateDir, report, killers, asked }, start);
}

/** The only way out on a failure: one line, never a stack trace. */
function fail(error: unknown): void {
  const { red } = createColors(process.stderr.isTTY === true && !process.env.NO_COLOR);
  const { message, code } = error as NodeJS.ErrnoException;
  process.stderr.write(`${red('error')} ${(message || code || String(error)).split('\n')[0]}\n`);
  process.exitCode = 1;
}

for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}); // a closed pipe or terminal
try {
  const options = parseOptions(process.argv.slice(2), (text) => process.stdout.write(text));
  if (options) await main(options);
} catch (error) {
  fail(error);
}
process.exit();
