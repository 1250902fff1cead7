import { Command, InvalidArgumentError } from 'commander';
import { type Settings, TARGET_MS } from './measure/report.ts';
import { type ScenarioName, scenarioNames } from './measure/scenarios.ts';
import { peers } from './setup/peers.ts';

export interface Options {
  readonly scenarios?: readonly ScenarioName[];
  readonly peers?: readonly string[];
  readonly latency?: readonly number[];
  readonly requests?: number;
  readonly quick: boolean;
  readonly output?: string;
}

const LATENCIES = [0, 5, TARGET_MS, 50];
/** Of two idle cores: see `README.md`. */
const WHOLE_MINUTES = 25;
const peerNames = peers.map(({ name }) => name);

/** The command line. */
export function command(action: (options: Options) => Promise<void>): Command {
  return new Command('npm run bench --')
    .description(
      'Measures Kura side by side with its peers: the same Postgres, tables, latency.\n' +
        `Writes a table, results.json and charts. All of it takes some ${WHOLE_MINUTES} minutes.`,
    )
    .option('--scenarios <names>', list('only these', scenarioNames), oneOf(scenarioNames))
    .option('--peers <names>', list('only these', peerNames), oneOf(peerNames))
    .option('--latency <ms>', `injected round-trip times (default: ${LATENCIES})`, numbers)
    .option('--requests <n>', 'timed requests without latency (default: 200)', wholeNumber)
    .option('--quick', 'a few requests of each, to see that all works', false)
    .option(
      '--output <folder>',
      'where the results go (default: bench/results,\nor .kura/bench/results if not all is measured)',
    )
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ helpWidth: 80 })
    .action(action);
}

/** What is in the repository is of whole runs: one of less goes elsewhere, unless it is told to. */
export function outputOf({ output, ...less }: Options): string {
  const whole = !less.quick && !less.scenarios && !less.peers && !less.latency && less.requests === undefined;
  return output ?? (whole ? 'bench/results' : '.kura/bench/results');
}

/** How much is measured. */
export function settingsOf({ scenarios, peers, latency, requests, quick }: Options): Settings {
  return {
    scenarios: scenarios ?? scenarioNames,
    peers: peers ?? peerNames,
    latencies: latency ?? LATENCIES,
    requests: requests ?? (quick ? 20 : 200),
    perRound: 5,
    concurrency: 16,
    loadMs: quick ? 200 : 600,
    loadRounds: quick ? 1 : 5,
    coldStarts: quick ? 2 : 12,
  };
}

const list = (what: string, names: readonly string[]) => `${what} of ${names.join(', ')}`;

function oneOf<N extends string>(known: readonly N[]) {
  return (text: string): N[] =>
    text.split(',').map((part) => {
      const name = known.find((one) => one === part.trim());
      if (!name) throw new InvalidArgumentError(`Known are ${known.join(', ')}.`);
      return name;
    });
}

function numbers(text: string): number[] {
  return text.split(',').map((part) => {
    if (!/^\d+(\.\d+)?$/.test(part.trim()))
      throw new InvalidArgumentError('It must be numbers of milliseconds, as 0,20.');
    return Number(part);
  });
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}
