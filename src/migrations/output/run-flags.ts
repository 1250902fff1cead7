import { type Command, Option } from 'commander';
import type { RunOptions } from '../run/options.ts';
import { type CommonOptions, parseCount, parseDuration } from './verb.ts';

export interface RunFlags extends CommonOptions {
  readonly lockWait: number;
  readonly lockTimeout: number;
  readonly statementTimeout: number;
  readonly retries: number;
}

/** The options of verbs that change a database. */
export function withRunFlags(command: Command): Command {
  const time = (flags: string, description: string, ms: number, shown: string) =>
    new Option(flags, description).argParser(parseDuration).default(ms, shown);
  return command
    .addOption(time('--lock-wait <time>', 'how long to wait for another runner', 60_000, '60s'))
    .addOption(time('--lock-timeout <time>', 'how long a statement may wait for a table', 3_000, '3s'))
    .option('--retries <n>', 'how often to try again after that', parseCount, 10)
    .addOption(time('--statement-timeout <time>', 'how long a statement may run', 0, '0: for ever'));
}

export function runOptions(url: string, flags: RunFlags): RunOptions {
  return {
    url,
    via: flags.via,
    folder: flags.dir,
    lockWaitMs: flags.lockWait,
    lockTimeoutMs: flags.lockTimeout,
    statementTimeoutMs: flags.statementTimeout,
    retries: flags.retries,
  };
}
