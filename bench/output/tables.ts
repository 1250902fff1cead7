import type { Cell, PeerReport, Report } from '../measure/report.ts';
import { type ScenarioName, scenarios } from '../measure/scenarios.ts';
import type { Spread } from '../measure/statistics.ts';

export interface Table {
  readonly title: string;
  /** The first is the peer, to the left; the others are numbers, to the right. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The latency of the targets, or the highest there is below it. */
export const mainLatency = (latencies: readonly number[]): number =>
  Math.max(...latencies.filter((ms) => ms <= 20), Math.min(...latencies));

/** Everything of a report, in tables. */
export function tablesOf(report: Report): Table[] {
  const names = scenarios.filter(({ name }) => report.settings.scenarios.includes(name));
  return [
    workersTable(report),
    ...names.flatMap(({ name, title }) => [timeTable(report, name, title), costTable(report, name, title)]),
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

function timeTable({ settings, cells }: Report, scenario: ScenarioName, title: string): Table {
  const ours = cells.filter((cell) => cell.scenario === scenario);
  return {
    title: `${title}: median, quartiles of the rounds, ms`,
    columns: ['peer', ...settings.latencies.map((ms) => `${ms} ms`)],
    rows: settings.peers.map((peer) => [
      peer,
      ...settings.latencies.map((latency) => {
        const cell = ours.find((one) => one.peer === peer && one.latency === latency);
        return cell ? withSpread(cell) : '-';
      }),
    ]),
  };
}

function costTable({ settings, cells, wires }: Report, scenario: ScenarioName, title: string): Table {
  const main = mainLatency(settings.latencies);
  const of = (peer: string, latency: number) =>
    cells.find((one) => one.scenario === scenario && one.peer === peer && one.latency === latency);
  return {
    title: `${title}: what a request takes; p95 and p99 at ${main} ms, load at 0 ms`,
    columns: ['peer', 'trips', 'stmts', 'B out', 'B in', 'p95', 'p99', 'req/s', 'CPU ms', 'MiB'],
    rows: settings.peers.map((peer) => {
      const wire = wires.find((one) => one.scenario === scenario && one.peer === peer);
      const cell = of(peer, main);
      const load = of(peer, 0)?.load;
      return [
        peer,
        wire ? String(wire.roundTrips) : '-',
        wire ? String(wire.statements) : '-',
        wire ? wire.bytesIn.toFixed(0) : '-',
        wire ? wire.bytesOut.toFixed(0) : '-',
        cell ? short(cell.p95) : '-',
        cell ? short(cell.p99) : '-',
        load ? load.perSecond.median.toFixed(0) : '-',
        load ? load.cpuMs.toFixed(2) : '-',
        load ? load.peakMiB.toFixed(0) : '-',
      ];
    }),
  };
}

function withSpread({ p50, failure }: Cell): string {
  return failure ? 'failed' : `${short(p50.median)} ${range(p50)}`;
}

const range = ({ low, high }: Spread): string => `${short(low)}-${short(high)}`;

/** Three digits that count. */
const short = (ms: number): string => (ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0));

const kib = (bytes: number): string => (bytes / 1024).toFixed(0);
