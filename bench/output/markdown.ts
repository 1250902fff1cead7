import type { Report } from '../measure/report.ts';
import type { Table } from './tables.ts';
import type { Target } from './targets.ts';

export const CHARTS = [
  ['latency', 'Median latency at 20 ms of injected round-trip time'],
  ['latencies', 'Median latency against the injected round-trip time'],
  ['throughput', 'Throughput without injected latency'],
  ['paging', 'Keyset and offset paging'],
] as const;

/** The report as a page, its charts beside it. */
export function asMarkdown(report: Report, tables: readonly Table[], targets: readonly Target[]): string {
  const { command, began, minutes, machine, versions, settings, peers } = report;
  const named = (values: Readonly<Record<string, string>>) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
  const marks = { true: 'met', false: '**missed**', undefined: 'not measured' };
  return [
    '# Results',
    `Made by \`${command}\` on ${began.slice(0, 10)}, in ${minutes.toFixed(0)} minutes. How it is measured: [README](../README.md).`,
    `- Machine: ${Object.values(machine).join(', ')}. Other programs ran on it: compare within this run, not between runs.`,
    `- Versions: ${named(versions)}.`,
    `- Load: ${settings.concurrency} requests at once, ${settings.loadRounds} rounds of ${settings.loadMs} ms. Cold: ${settings.coldStarts} fresh processes each.`,
    ...peers.flatMap(({ name, skipped }) => (skipped ? [`- Skipped: ${name}, ${skipped}.`] : [])),
    '## Targets',
    table(
      ['target', 'measured', ''],
      targets.map(({ what, measured, met }) => [what, measured, marks[`${met}`]]),
    ),
    '## Charts',
    ...CHARTS.map(([name, title]) => `![${title}](${name}.svg)`),
    '## Tables',
    'B out and B in are what a request sends to the database and gets from it, in bytes; MiB is the peak of the process.',
    ...tables.flatMap(({ title, columns, rows }) => [`### ${title}`, table(columns, rows)]),
    '',
  ].join('\n\n');
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
