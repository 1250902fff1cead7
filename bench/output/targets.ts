import { type Cell, type Report, TARGET_MS } from '../measure/report.ts';
import { type ScenarioName, scenarioNames } from '../measure/scenarios.ts';

/** A target, and what was measured; `met` is undefined where this run has not measured it. */
export interface Target {
  readonly what: string;
  readonly measured: string;
  readonly met: boolean | undefined;
}

/** Every target of the bench, against this run. They are told, and fail nothing. */
export function targetsOf(report: Report): Target[] {
  const of = finder(report);
  const wanted = (names: readonly ScenarioName[]) => names.filter((name) => report.settings.scenarios.includes(name));
  const [scenarios, loaded] = [wanted(scenarioNames), wanted(scenarioNames.filter((name) => name !== 'cold'))];
  const service = report.peers.find(({ name }) => name === 'service');
  const ratio = (peer: string, scenario: ScenarioName) =>
    (of(peer, scenario, TARGET_MS)?.p50.median ?? Number.NaN) /
    (of('kura', scenario, TARGET_MS)?.p50.median ?? Number.NaN);
  return [
    ...scenarios.map((name) => tripsTarget(report, name)),
    ...scenarios.map((name) => {
      const more = (1 / ratio('limit', name) - 1) * 100;
      return target(
        `${name}: latency within 5 % of the limit at ${TARGET_MS} ms`,
        more,
        more <= 5,
        `${signed(more)} %`,
      );
    }),
    ...loaded.map((name) => {
      const share =
        (of('kura', name, 0)?.load?.perSecond.median ?? Number.NaN) /
        (of('limit', name, 0)?.load?.perSecond.median ?? Number.NaN);
      return target(`${name}: throughput 0.85 x the limit at 0 ms`, share, share >= 0.85, `${share.toFixed(2)} x`);
    }),
    faster(`transaction: 1.6 x faster than drizzle-ws at ${TARGET_MS} ms`, ratio('drizzle-ws', 'transaction'), 1.6),
    faster(`create: 3 x faster than fastapi at ${TARGET_MS} ms`, ratio('fastapi', 'create'), 3),
    deepPage(of('kura', 'page-first', 0), of('kura', 'page-keyset', 0)),
    bundleSize(service?.bundle?.gzipBytes ?? Number.NaN),
    startUp(service?.startUp?.cpuMs.median ?? Number.NaN),
  ];
}

function finder({ cells }: Report) {
  return (peer: string, scenario: ScenarioName, latency: number): Cell | undefined =>
    cells.find((cell) => cell.peer === peer && cell.scenario === scenario && cell.latency === latency);
}

function tripsTarget({ wires }: Report, scenario: ScenarioName): Target {
  const of = (peer: string) =>
    wires.find((wire) => wire.peer === peer && wire.scenario === scenario)?.roundTrips ?? Number.NaN;
  const [kura, limit] = [of('kura'), of('limit')];
  return target(`${scenario}: as many round trips as the limit`, kura - limit, kura <= limit, `${kura} and ${limit}`);
}

const faster = (what: string, measured: number, wanted: number): Target =>
  target(what, measured, measured >= wanted, `${measured.toFixed(2)} x`);

function deepPage(first: Cell | undefined, deep: Cell | undefined): Target {
  const ratio = (deep?.p50.median ?? Number.NaN) / (first?.p50.median ?? Number.NaN);
  return target('page-keyset: page 10,000 at most 1.2 x page 1', ratio, ratio <= 1.2, `${ratio.toFixed(2)} x`);
}

/** wrangler prints KiB, of 1024 bytes, for the compressed size. */
const bundleSize = (bytes: number): Target =>
  target(
    'service: bundle at most 150 KiB gzip (KiB, as wrangler prints)',
    bytes,
    bytes <= 150 * 1024,
    `${(bytes / 1024).toFixed(2)} KiB; ${bytes} bytes`,
  );

const startUp = (ms: number): Target =>
  target('service: start-up at most 50 ms of the processor', ms, ms <= 50, `${ms.toFixed(0)} ms`);

function target(what: string, value: number, met: boolean, measured: string): Target {
  return Number.isNaN(value) ? { what, measured: '-', met: undefined } : { what, measured, met };
}

const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(1)}`;
