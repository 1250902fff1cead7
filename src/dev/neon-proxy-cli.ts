import { Command, InvalidArgumentError } from 'commander';
import { createColors } from 'picocolors';
import { Stop } from './exit.ts';
import { type NeonProxy, startNeonProxy } from './neon-proxy.ts';

interface Options {
  postgres: string;
  port: number;
  host: string;
  latency: number;
}

const command = new Command('npm run neon --')
  .description(
    'A stand-in for the Neon proxy, in front of any Postgres:\nPOST /sql, WebSockets and plain Postgres on one port.',
  )
  .requiredOption('--postgres <url>', 'the Postgres to proxy; host and port matter')
  .option('--port <n>', 'port to listen on, 0 for any free one', wholeNumber, 4444)
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--latency <ms>', 'round-trip time to inject', milliseconds, 0)
  .helpOption('-h, --help', 'show this help')
  .action(run);

try {
  await command.parseAsync();
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(colorsOf(process.stderr).red(error.message));
  process.exitCode = 1;
}

async function run({ postgres, port, host, latency }: Options): Promise<void> {
  const proxy = await startNeonProxy({ postgres, port, host, latencyMs: latency });
  console.log(banner(proxy, postgres, latency));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void proxy.close());
}

/** The password of the URL is left for the reader to fill in. */
function banner(proxy: NeonProxy, postgres: string, latency: number): string {
  const { username, pathname } = new URL(postgres);
  const host = proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host;
  const origin = `${host}:${proxy.port}`;
  return [
    `${colorsOf(process.stdout).bold('Neon proxy')} on ${origin}, ${latency} ms round trip`,
    '',
    `  DATABASE_URL  postgres://${username || 'USER'}:PASSWORD@${origin}${pathname.length > 1 ? pathname : '/DATABASE'}?sslmode=disable`,
    `  statistics    http://${origin}/_kura/stats`,
    '',
    'Ctrl-C ends it.',
  ].join('\n');
}

/** Colours on a terminal alone: the library would also colour what CI logs. */
function colorsOf(stream: NodeJS.WriteStream) {
  return createColors(stream.isTTY === true && !process.env.NO_COLOR);
}

function wholeNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('It must be a number from 0 to 65535.');
  return port;
}

function milliseconds(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It must be a number of milliseconds, 0 or more.');
  return Number(text);
}
