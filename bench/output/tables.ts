import { type Cell, LOADED_AT, type PeerReport, type Report } from '../measure/report.ts';
import { type ScenarioName, scenarios } from '../measure/scenarios.ts';
import type { Spread } from '../measure/statistics.ts';

export interface Table {
  readonly title: string;
  /** The first is the peer, to the left; the others are numbers, to the right. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Of fewer requests, chance decides what the few slowest took. */
const ENOUGH = { p95: 100, p99: 200 } as const;

/** Everything of a report, in tables. */
export function tablesOf(report: Report): Table[] {
  const names = scenarios.filter(({ name }) => report.settings.scenarios.includes(name));
  return [
    workersTable(report),
    ...names
      .flatMap(({ name, title }) => [
        medianTable(report, name, title),
        tailTable(report, name, title),
        costTable(report, name, title),
      ])
      .filter(({ columns }) => columns.length > 1),
  ];
}

function workersTable({ peers }: Report): Table {
  return {
    title: 'Size and start-up',
    columns: ['peer', 'KiB', 'KiB gzip', 'start-up ms', 'of the processor', 'quartiles'],
    rows: peers.map(({ name, bundle, startUp, skipped }: PeerReport) =>
      skipped
        ? [name, 'skipped', '', '', '', '']
        : [
            name,
            bundle ? kib(bundle.bytes) : '-',
            bundle ? kib(bundle.gzipBytes) : '-',
            startUp ? startUp.ms.median.toFixed(0) : '-',
            startUp ? startUp.cpuMs.median.toFixed(0) : '-',
            startUp ? `${startUp.cpuMs.low.toFixed(0)}-${startUp.cpuMs.high.toFixed(0)}` : '-',
          ],
    ),
  };
}

/** A number of each peer; undefined where it was not measured. */
type Column = readonly [title: string, of: (peer: string) => string | undefined];

/** Leaves out what was measured of none. */
function byPeer({ settings, failures }: Report, scenario: ScenarioName, title: string, columns: Column[]): Table {
  const { peers } = settings;
  const shown = columns.filter(([, of]) => peers.some((peer) => of(peer) !== undefined));
  const without = (peer: string) =>
    failures.some((one) => one.peer === peer && one.scenario === scenario) ? 'failed' : '-';
  return {
    title,
    columns: ['peer', ...shown.map(([title]) => title)],
    rows: peers.map((peer) => [peer, ...shown.map(([, of]) => of(peer) ?? without(peer))]),
  };
}

function medianTable(report: Report, scenario: ScenarioName, title: string): Table {
  const columns = report.settings.latencies.map((ms): Column => {
    const of = cellsOf(report, scenario, ms);
    return [`${ms} ms`, (peer) => spread(of(peer)?.p50, short)];
  });
  return byPeer(report, scenario, `${title}: median, quartiles of the rounds, ms`, columns);
}

function tailTable(report: Report, scenario: ScenarioName, title: string): Table {
  const columns = LOADED_AT.flatMap((ms): Column[] => {
    const of = cellsOf(report, scenario, ms);
    return [
      [`p95 ${ms} ms`, (peer) => tail(of(peer), 'p95')],
      [`p99 ${ms} ms`, (peer) => tail(of(peer), 'p99')],
      [`req/s ${ms} ms`, (peer) => spread(of(peer)?.load?.perSecond, (rate) => rate.toFixed(0))],
    ];
  });
  return byPeer(report, scenario, `${title}: the slowest, and throughput`, columns);
}

function costTable(report: Report, scenario: ScenarioName, title: string): Table {
  const load = (peer: string) => cellsOf(report, scenario, 0)(peer)?.load;
  const wire = (peer: string) => report.wires.find((one) => one.scenario === scenario && one.peer === peer);
  return byPeer(report, scenario, `${title}: what a request takes; CPU and memory under load at 0 ms`, [
    ['trips', (peer) => wire(peer)?.roundTrips.toString()],
    ['stmts', (peer) => wire(peer)?.statements.toString()],
    ['B out', (peer) => wire(peer)?.bytesSent.toFixed(0)],
    ['B in', (peer) => wire(peer)?.bytesReceived.toFixed(0)],
    ['CPU ms', (peer) => load(peer)?.cpuMs.toFixed(2)],
    ['MiB', (peer) => load(peer)?.peakMiB.toFixed(0)],
  ]);
}

const cellsOf =
  ({ cells }: Report, scenario: ScenarioName, latency: number) =>
  (peer: string): Cell | undefined =>
    cells.find((cell) => cell.scenario === scenario && cell.latency === latency && cell.peer === peer);

const tail = (cell: Cell | undefined, share: keyof typeof ENOUGH): string | undefined =>
  cell && cell.requests >= ENOUGH[share] ? short(cell[share]) : undefined;

const spread = (value: Spread | undefined, format: (n: number) => string): string | undefined =>
  value && `${format(value.median)} ${format(value.low)}-${format(value.high)}`;

/** Three digits that count. */
const short = (ms: number): string => (ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0));

const kib = (bytes: number): string => (bytes / 1024).toFixed(0);
