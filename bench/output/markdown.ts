import { COLD_AT, LOADED_AT, loadRoundsAt, mainLatency, type Report } from '../measure/report.ts';
import type { Table } from './tables.ts';
import type { Target } from './targets.ts';

/** By the names of their files. */
const charts = ({ settings }: Report): Readonly<Record<string, string>> => ({
  latency: `Median latency at ${mainLatency(settings.latencies)} ms of injected round-trip time`,
  latencies: 'Median latency against the injected round-trip time',
  throughput: 'Throughput without injected latency',
  paging: 'Keyset and offset paging',
});

/** Above this, of the machine's processors, what else ran on them is in the numbers. */
const BUSY = 0.5;

/** The report as a page, its charts beside it. */
export function asMarkdown(report: Report, tables: readonly Table[], targets: readonly Target[]): string {
  const { command, began, minutes, commit, machine, versions, settings, peers, failures } = report;
  const { processor, memory, system, load } = machine;
  const others = load > BUSY ? ' Other programs ran on it: compare within this run, not between runs.' : '';
  const rounds = LOADED_AT.map((ms) => `${loadRoundsAt(settings, ms)} at ${ms} ms`).join(', ');
  const named = (values: Readonly<Record<string, string>>) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
  const marks = { true: 'met', false: '**missed**', undefined: 'not measured' };
  return [
    '# Results',
    `Made by \`${command}\` of commit ${commit} on ${began.slice(0, 10)}, in ${minutes.toFixed(0)} minutes. How it is measured: [README](../README.md).`,
    `- Machine: ${processor}, ${memory}, ${system}, a load of ${load.toFixed(1)} in the minute before.${others}`,
    `- Versions: ${named(versions)}.`,
    `- Load: ${settings.concurrency} requests at once, rounds of ${settings.loadMs} ms: ${rounds}. Cold: ${settings.coldStarts} fresh processes each, at ${COLD_AT.join(' and ')} ms.`,
    ...peers.flatMap(({ name, skipped }) => (skipped ? [`- Skipped: ${name}, ${skipped}.`] : [])),
    ...failures.map(({ peer, scenario, reason }) => `- Failed: ${peer} in \`${scenario}\`, ${reason}.`),
    '## Targets',
    table(
      ['target', 'measured', ''],
      targets.map(({ what, measured, met }) => [what, measured, marks[`${met}`]]),
    ),
    '## Charts',
    ...Object.entries(charts(report)).map(([name, title]) => `![${title}](${name}.svg)`),
    '## Tables',
    'B out and B in are what a request sends to the database and gets from it, in bytes; MiB is the peak of the process. ' +
      'p95 is told of 100 requests or more, p99 of 200.',
    ...tables.flatMap(({ title, columns, rows }) => [`### ${title}`, table(columns, rows)]),
    '',
  ].join('\n\n');
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
