import { createColors } from 'picocolors';
import type { Table } from './tables.ts';
import type { Target } from './targets.ts';

const WIDTH = 80;

/** Tables for a terminal of 80 columns. */
export function asText(tables: readonly Table[], targets: readonly Target[], color: boolean): string {
  const { bold, green, red, dim } = createColors(color);
  const shown = tables.map(({ title, columns, rows }) => {
    const widths = columns.map((_, i) => Math.max(...[columns, ...rows].map((row) => row[i]?.length ?? 0)));
    const [first = 0, ...others] = widths;
    const gap = Math.max(
      1,
      Math.floor((WIDTH - first - others.reduce((a, b) => a + b, 0)) / Math.max(1, others.length)),
    );
    const line = (row: readonly string[]) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(first) : cell.padStart((widths[i] ?? 0) + Math.min(gap, 3))))
        .join('');
    return [bold(title), dim(line(columns)), ...rows.map(line)].join('\n');
  });
  const width = Math.max(...targets.map(({ what }) => what.length));
  const measuredWidth = Math.max(...targets.map(({ measured }) => measured.length));
  const mark = { true: green('met'), false: red('missed'), undefined: dim('not measured') };
  const checked = targets.map(
    ({ what, measured, met }) => `${what.padEnd(width)}  ${measured.padStart(measuredWidth)}  ${mark[`${met}`]}`,
  );
  return [...shown, [bold('Targets'), ...checked].join('\n')].join('\n\n');
}
