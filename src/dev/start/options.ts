import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { Stop } from '../exit.ts';

export interface StartOptions {
  /** 0: any free one. */
  port: number;
  fresh: boolean;
  latency: number;
  debug: boolean;
}

/**
 * The options of `npm start`, from the arguments after `--` and from PORT. Undefined when help was asked for and given.
 * @throws Stop naming the option that is wrong.
 */
export function parseOptions(args: string[], print: (text: string) => void): StartOptions | undefined {
  const program = new Command('npm start --')
    .usage('[options]')
    .description(
      'Starts Kura on this machine: Postgres, the local Neon proxy and the Worker.\nThe database is kept in .kura/ between starts. Ctrl-C stops everything.',
    )
    .addOption(
      new Option('--port <number>', 'port of the API, 0 for any free one')
        .env('PORT')
        .default(8787)
        .argParser(wholeNumber(65_535)),
    )
    .option('--fresh', 'delete the database and begin with a new one', false)
    .addOption(
      new Option('--latency <ms>', 'round-trip time added between Worker and Postgres')
        .default(0)
        .argParser(wholeNumber(60_000)),
    )
    .option('--debug', 'show each SQL statement and all output of the Worker', false)
    .helpOption('--help', 'show this')
    .configureHelp({ helpWidth: 80 })
    .configureOutput({ writeOut: print, writeErr: () => {} })
    .exitOverride();
  try {
    return program.parse(args, { from: 'user' }).opts<StartOptions>();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    if (error.code === 'commander.excessArguments') {
      throw new Stop(
        `unexpected argument "${program.args[0]}" (options go behind --, as in "npm start -- --port 9000")`,
      );
    }
    throw new Stop(`${error.message.replace(/^error: /, '')} (npm start -- --help shows the options)`);
  }
}

function wholeNumber(max: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${max}.`);
  };
}
