import { faults } from './faults.ts';
import type { Outcome } from './outcome.ts';

/** How often each thing came out at one kind of step under one fault. */
interface Cell {
  ok: number;
  error: number;
  unknown: number;
  broken: number;
  idle: number;
}

const KEPT = /^(begin|start|commit|rollback|savepoint|release)$/i;

/** The steps that are one row: a message, and of which statement only where that has a part in the transaction's end. */
function rowOf({ link, direction, label }: Outcome): string {
  const [message = '', verb] = label.split(' ');
  const kept = verb === undefined || /^HTTP|^WebSocket/.test(label) || KEPT.test(verb) ? label : message;
  return `${link} ${direction} ${kept}`;
}

/**
 * Fault by step: `ok/error/unknown`, `ok` being all that went as without the fault; `+n` of which nothing came, as nobody waited
 * for the lock; `!n` for broken promises.
 */
export function matrix(outcomes: readonly Outcome[]): string[][] {
  const table = new Map<string, Map<string, Cell>>();
  for (const outcome of outcomes.toSorted((a, b) => order(a) - order(b))) {
    const { fault, as, broken } = outcome;
    const row = table.get(rowOf(outcome)) ?? new Map<string, Cell>();
    const cell = row.get(fault) ?? { ok: 0, error: 0, unknown: 0, broken: 0, idle: 0 };
    if (outcome.effect) cell[as]++;
    else cell.idle++;
    if (broken.length > 0) cell.broken++;
    table.set(rowOf(outcome), row.set(fault, cell));
  }
  const columns = Object.keys(faults).filter((fault) => outcomes.some((outcome) => outcome.fault === fault));
  const lines = Array.from(table, ([name, row]) => [name, ...columns.map((fault) => show(row.get(fault)))]);
  return [['step', ...columns], ...lines];
}

/** Links and directions apart, then as they come. */
const order = ({ link, direction, index }: Outcome): number =>
  (link === 'front' ? 0 : 2_000_000) + (direction === '→' ? 0 : 1_000_000) + index;

function show(cell: Cell | undefined): string {
  if (!cell) return '·';
  const { ok, error, unknown, broken, idle } = cell;
  return `${ok}/${error}/${unknown}${idle ? `+${idle}` : ''}${broken ? `!${broken}` : ''}`;
}

/** The table in columns, `perBlock` faults beside each other. */
export function inColumns(table: readonly string[][], perBlock = 7): string {
  const [head = [], ...lines] = table;
  const blocks: string[] = [];
  for (let from = 1; from < head.length; from += perBlock) {
    const picked = [head, ...lines].map((line) => [line[0] ?? '', ...line.slice(from, from + perBlock)]);
    const used = picked.filter((line, i) => i === 0 || line.slice(1).some((cell) => cell !== '·'));
    const widths = used[0]?.map((_, column) => Math.max(...used.map((line) => line[column]?.length ?? 0))) ?? [];
    blocks.push(used.map((line) => line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')).join('\n'));
  }
  return blocks.join('\n\n');
}
