import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reasonOf } from './measure/failures.ts';
import type { Report } from './measure/report.ts';
import { run } from './measure/run.ts';
import { command, type Options, outputOf, settingsOf } from './options.ts';
import { asMarkdown } from './output/markdown.ts';
import { tablesOf } from './output/tables.ts';
import { targetsOf } from './output/targets.ts';
import { asText } from './output/text.ts';
import { install } from './setup/install.ts';
import { Missing } from './setup/missing.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

await command(bench).parseAsync();

async function bench(options: Options): Promise<void> {
  const ended = new AbortController();
  // What it has started ends with it, whoever stops it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => ended.abort(new Error('Stopped')));
  goFirst();
  const given = process.argv.slice(2);
  const report = await run(['npm run bench', ...(given.length ? ['--'] : []), ...given].join(' '), {
    settings: settingsOf(options),
    folder: join(here, '..', '.kura', 'bench'),
    say: progress(),
    signal: ended.signal,
  });
  write(report, resolve(outputOf(options)));
}

/** Before what else the machine does, where this user may; every process of the bench inherits it. */
function goFirst(): void {
  try {
    setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    // Only the superuser may: then it is measured among the others.
  }
}

/** A line per step, with the time since the beginning. */
function progress(): (line: string) => void {
  const began = performance.now();
  return (line) => console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`);
}

function write(report: Report, folder: string): void {
  const [tables, targets] = [tablesOf(report), targetsOf(report)];
  mkdirSync(folder, { recursive: true });
  const json = join(folder, 'results.json');
  writeFileSync(json, `${JSON.stringify(report, null, 1)}\n`);
  writeFileSync(join(folder, 'README.md'), asMarkdown(report, tables, targets));
  console.log(`\n${asText(tables, targets, process.stdout.isTTY === true && !process.env.NO_COLOR)}`);
  draw(json);
  console.log(`\nWritten to ${folder}`);
}

/** In a process of its own: the chart library is installed on first use, after this program has begun. */
function draw(json: string): void {
  try {
    install(join(here, 'charts'));
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    console.error(`No charts: ${reasonOf(error)}`);
    return;
  }
  const { status } = spawnSync(process.execPath, [join(here, 'charts', 'draw.ts'), json], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The charts could not be drawn');
}
