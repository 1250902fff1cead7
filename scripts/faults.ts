import { readFileSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { runCampaign } from '../test/faults/campaign/campaign.ts';
import { startCluster } from '../test/faults/campaign/cluster.ts';
import { inColumns, matrix } from '../test/faults/campaign/matrix.ts';
import { areOfOneSeed, isWhole, joined, outcomeOf, type Report, summary } from '../test/faults/campaign/outcome.ts';
import type { Part } from '../test/faults/campaign/random.ts';
import { routeSubjects } from '../test/faults/campaign/route-subjects.ts';
import { startNode, startWorkerd } from '../test/faults/campaign/runtimes.ts';
import { writeSubjects } from '../test/faults/campaign/subjects.ts';
import { runOutbox } from '../test/faults/load/outbox.ts';
import { runOverload } from '../test/faults/load/overload.ts';
import { runSoak } from '../test/faults/load/soak.ts';

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new InvalidArgumentError('It must be a regular expression.');
  }
}

function partOf(text: string): Part {
  const [, number, of] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? [];
  const part = { number: Number(number), of: Number(of) };
  if (!(part.number <= part.of)) throw new InvalidArgumentError('It must be one of so many, as 2/20.');
  return part;
}

function reportIn(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    throw new InvalidArgumentError('It must be a file that --json has written.');
  }
}

const program = new Command('npm run faults --').description(
  'Breaks every write at every message, and checks what is promised.',
);

program
  .command('campaign', { isDefault: true })
  .option('--only <pattern>', 'only points whose name fits, as "transaction.*commit.*cut"', pattern)
  .option('--json <file>', 'every point, for other programs')
  .option('--seed <n>', 'the order of the points, and which are in a sample', wholeNumber, 1)
  .option('--part <n/of>', 'one part of all points: all parts of one seed are the whole', partOf)
  .option('--sample <n>', 'at most so many points', wholeNumber)
  .option('--lanes <n>', 'cases side by side', wholeNumber, 16)
  .addOption(new Option('--runtime <name>', 'where the code runs').choices(['workerd', 'node']).default('workerd'))
  .action(campaign);

program
  .command('join')
  .description('the parts of one seed, as files of --json, as one matrix')
  .argument('<files...>', 'the parts', (file, before: Report[] = []) => [...before, reportIn(file)])
  .action((parts: Report[]) => {
    if (!areOfOneSeed(parts)) program.error('error: these are not parts of one seed, on one runtime');
    show(joined(parts));
  });

program
  .command('outbox')
  .description('registrations while workerd and Postgres are killed, under four drains')
  .option('--users <n>', 'how many', wholeNumber, 10_000)
  .option('--kills <n>', 'of workerd', wholeNumber, 15)
  .option('--crashes <n>', 'of Postgres', wholeNumber, 10)
  .option('--seed <n>', 'when', wholeNumber, 1)
  .action(async (options) => report(await runOutbox({ ...options, say: console.log })));

program
  .command('soak')
  .description('mixed load: memory, connections and latency over time')
  .option('--minutes <n>', 'how long', wholeNumber, 10)
  .action(async (options) => report(await runSoak({ ...options, say: console.log })));

program
  .command('overload')
  .description('ten times what the service can do')
  .option('--seconds <n>', 'how long, for the measurement and for the load', wholeNumber, 10)
  .action(async (options) => report(await runOverload({ ...options, say: console.log })));

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1)); // what it started ends, too

await program.parseAsync();
process.exit(process.exitCode ?? 0); // fetch keeps its connections for a while

function report(broken: readonly string[]): void {
  for (const line of broken.slice(0, 50)) console.log(`BROKEN ${line}`);
  console.log(`${broken.length} broken promises`);
  if (broken.length > 0) process.exitCode = 1;
}

interface Options {
  only?: RegExp;
  json?: string;
  seed: number;
  part?: Part;
  sample?: number;
  lanes: number;
  runtime: string;
}

async function campaign({ only, json, seed, part, sample, lanes, runtime: name }: Options): Promise<void> {
  const cluster = await startCluster(6 * lanes + 20);
  const runtime = name === 'node' ? startNode() : await startWorkerd();
  const began = Date.now();
  const plan = {
    subjects: [...writeSubjects(), ...routeSubjects()],
    lanes,
    seed,
    part,
    sample,
    only,
  };
  const { findings, possible } = await runCampaign(plan, { runtime, cluster }, (_, left) => {
    if (left % 1000 === 0) console.error(`${left} left, ${Math.round((Date.now() - began) / 1000)} s`);
  });
  await runtime.stop();
  await cluster.stop();
  if (findings.length === 0) {
    console.error('error There is no point of such a name');
    process.exitCode = 1;
    return;
  }
  const report: Report = {
    seed,
    runtime: name,
    parts: [`${part?.number ?? 1}/${part?.of ?? 1}`],
    seconds: Math.round((Date.now() - began) / 1000),
    possible,
    unhandled: runtime.complaints,
    outcomes: findings.map(outcomeOf),
  };
  if (json) writeFileSync(json, JSON.stringify(report));
  show(report);
}

function show(report: Report): void {
  console.log(`${inColumns(matrix(report.outcomes))}\n\n${summary(report).join('\n')}`);
  if (!isWhole(report)) process.exitCode = 1;
}
