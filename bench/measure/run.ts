import { join } from 'node:path';
import { machine, revision, versions } from '../output/machine.ts';
import { startDatabase } from '../setup/database.ts';
import { startProxy } from '../setup/proxy.ts';
import { emptyBundle, startWorker } from '../setup/workerd.ts';
import { type Starter, type StartUps, timeFirstRequests, timeStarts } from './cold.ts';
import { type Bench, type RunContext, through } from './context.ts';
import { Failures } from './failures.ts';
import { described, prepareAll } from './prepare.ts';
import type { Report } from './report.ts';
import { scenarios } from './scenarios.ts';
import { timeAll } from './timing.ts';
import { countAll } from './wire.ts';

const START_UPS = 25;

/** The whole run. */
export async function run(command: string, bench: Bench): Promise<Report> {
  const began = new Date();
  const before = { commit: revision(), machine: machine() };
  const { settings, folder, say } = bench;
  const wanted = scenarios.filter(({ name }) => settings.scenarios.includes(name));
  const failures = new Failures(say);

  const { ready, served, skipped } = prepareAll(bench);
  say('Filling the database');
  await using database = await startDatabase({ items: wanted.some(({ name }) => name.startsWith('page')) });
  await using proxy = await startProxy(database.url);
  const context: RunContext = { ...bench, failures, database, proxy, cursors: new Map() };

  say('Timing starts');
  const url = through(context, proxy.port);
  const startUps: StartUps = new Map();
  const empty = emptyBundle(join(folder, 'empty'));
  const workers: Starter[] = [
    ...served.filter(({ prepared }) => prepared.bundle),
    { peer: { name: 'empty' }, prepared: { start: () => startWorker(empty, {}) } },
  ];
  await timeStarts(workers, START_UPS, url, startUps, say);

  const wires = await countAll(context, ready, wanted);
  const warm = wanted.filter(({ name }) => name !== 'cold');
  const cells = await timeAll(context, ready, warm);
  for (const cold of wanted.filter(({ name }) => name === 'cold')) {
    cells.push(...(await timeFirstRequests(context, ready, cold, url, startUps)));
  }

  return {
    command,
    began: began.toISOString(),
    minutes: (Date.now() - began.getTime()) / 60_000,
    ...before,
    versions: versions(database.version, ready),
    settings,
    peers: [...served.map(({ peer, prepared }) => described(peer, prepared, startUps)), ...skipped],
    failures: failures.all,
    cells,
    wires,
  };
}
