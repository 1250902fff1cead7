import { Command, CommanderError, Option } from 'commander';
import { Stop } from '../exit.ts';

export interface StartOptions {
  /** 0: any free one. */
  port: number;
  fresh: boolean;
  /** Milliseconds. */
  latency: number;
  debug: boolean;
}

const help = 'npm start -- --help shows the options';

/**
 * The options of `npm start`, from the arguments after `--` and from PORT. Undefined when help was asked for and given.
 * @throws Stop naming the option that is wrong.
 */
export function parseOptions(args: string[], print: (text: string) => void): StartOptions | undefined {
  const port = new Option('--port <number>', 'port of the API; 0 is any free one').env('PORT').default(8787);
  const latency = new Option('--latency <ms>', 'round-trip time between Worker and Postgres').default(0);
  const program = new Command('npm start --')
    .usage('[options]')
    .description(
      'Starts Kura on this machine: Postgres, the local Neon proxy and the Worker.\n' +
        'The database is kept in .kura/ between starts. Ctrl-C stops everything.',
    )
    .addOption(port.argParser(wholeNumber('--port (or PORT)', 65_535)))
    .option('--fresh', 'delete the database and begin with a new one')
    .addOption(latency.argParser(wholeNumber('--latency', 60_000)))
    .option('--debug', 'show each SQL statement, and all the Worker prints')
    .helpOption('--help', 'show this')
    .configureHelp({ helpWidth: 80 })
    .configureOutput({ writeOut: print, writeErr: () => {} })
    .exitOverride();
  if (process.env.PORT === '') delete process.env.PORT; // set to nothing is not set
  try {
    const { fresh = false, debug = false, ...numbers } = program.parse(args, { from: 'user' }).opts<StartOptions>();
    return { ...numbers, fresh, debug };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    if (error.code === 'commander.excessArguments') {
      throw new Stop(`unexpected argument "${program.args[0]}": options go behind --, as in npm start -- --port 9000`);
    }
    throw new Stop(`${error.message.replace(/^error: /, '')} (${help})`);
  }
}

function wholeNumber(option: string, max: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value <= max) return value;
    throw new Stop(`${option} must be a whole number from 0 to ${max}, not "${text}" (${help})`);
  };
}
