import type { TopLevelSpec } from 'vega-lite';
import { type Cell, mainLatency, type Report } from '../measure/report.ts';
import { scenarios } from '../measure/scenarios.ts';

const FONT = 'DejaVu Sans, Verdana, sans-serif';
/** Kura stands out; the others keep one colour through all charts. */
const COLORS: Readonly<Record<string, string>> = {
  limit: '#9aa0a6',
  kura: '#d6336c',
  'drizzle-http': '#74b816',
  'drizzle-ws': '#2b8a3e',
  prisma: '#4263eb',
  'hono-pg': '#f08c00',
  fastapi: '#0c8599',
};

const config = {
  font: FONT,
  background: 'white',
  axis: {
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    gridColor: '#eeeeee',
    domainColor: '#cccccc',
  },
  header: { labelFontSize: 11.5, labelFontWeight: 'bold', title: null },
  legend: { labelFontSize: 11, title: null },
  title: { fontSize: 15, anchor: 'start', subtitleFontSize: 11, subtitleColor: '#666666', offset: 14 },
  view: { stroke: null },
} as const;

/** Each chart's specification, by the name of its file. */
export function charts(report: Report): Record<string, TopLevelSpec> {
  const { latencies } = report.settings;
  const main = mainLatency(latencies);
  const rows = report.cells.map(asRow);
  const served = rows.filter(({ scenario }) => !scenario.startsWith('Page') && !scenario.startsWith('First'));
  const loaded = served.filter(({ latency, perSecond }) => latency === 0 && perSecond !== undefined);
  const pages = rows.filter(
    ({ scenario, latency }) => scenario.startsWith('Page') && latency === Math.min(...latencies),
  );
  return {
    latency: bars(
      report,
      served.filter(({ latency }) => latency === main),
      {
        title: `Median latency at ${main} ms of injected round-trip time`,
        subtitle: 'ms per request, one at a time; shorter is better; the dark line spans the quartiles of the rounds',
        field: 'p50',
      },
    ),
    throughput: bars(report, loaded, {
      title: 'Throughput without injected latency',
      subtitle: `requests per second, ${report.settings.concurrency} at once, on one machine with client, proxy and database; longer is better`,
      field: 'perSecond',
    }),
    paging: bars(report, pages, {
      title: 'Pages of 50 out of 1,000,000 rows',
      subtitle: 'median ms per request, no injected latency; logarithmic',
      field: 'p50',
      logarithmic: true,
    }),
    latencies: lines(report, served),
  };
}

interface Row {
  readonly peer: string;
  readonly scenario: string;
  readonly latency: number;
  readonly p50: number;
  readonly low: number;
  readonly high: number;
  readonly label: string;
  readonly perSecond?: number;
}

function asRow({ peer, scenario, latency, p50, load }: Cell): Row {
  const title = scenarios.find(({ name }) => name === scenario)?.title ?? scenario;
  return {
    peer,
    scenario: title,
    latency,
    p50: p50.median,
    low: p50.low,
    high: p50.high,
    label: p50.median.toPrecision(3),
    ...(load && { perSecond: load.perSecond.median }),
  };
}

interface Bars {
  readonly title: string;
  readonly subtitle: string;
  readonly field: 'p50' | 'perSecond';
  readonly logarithmic?: boolean;
}

/** One small chart per scenario, one bar per peer. */
function bars({ settings }: Report, rows: readonly Row[], { title, subtitle, field, logarithmic }: Bars): TopLevelSpec {
  const values = rows.map((row) => {
    const value = row[field] ?? Number.NaN;
    const spread = field === 'p50' ? {} : { low: value, high: value };
    return { ...row, ...spread, value, label: value >= 100 ? value.toFixed(0) : value.toPrecision(3) };
  });
  const y = {
    field: 'peer',
    type: 'nominal',
    sort: [...settings.peers],
    title: null,
    axis: { ticks: false, domain: false },
  } as const;
  const scale = logarithmic ? ({ type: 'log', domainMin: 0.3, nice: false } as const) : {};
  return {
    ...head(title, subtitle),
    data: { values },
    facet: { field: 'scenario', type: 'nominal', sort: order(values), header: { labelAnchor: 'start' } },
    columns: values.some(({ scenario }) => scenario.startsWith('Page')) ? 3 : 2,
    spacing: 28,
    resolve: { scale: { x: logarithmic ? 'shared' : 'independent' } },
    spec: {
      width: logarithmic ? 230 : 330,
      height: { step: 21 },
      encoding: { y },
      layer: [
        {
          mark: { type: 'bar', height: 14, cornerRadiusEnd: 2 },
          encoding: {
            x: {
              field: 'value',
              type: 'quantitative',
              title: null,
              scale,
              axis: logarithmic ? { values: [1, 10, 100, 1000] } : { tickCount: 4 },
            },
            ...(logarithmic && { x2: { datum: 0.3 } }),
            color: color(settings.peers, false),
          },
        },
        {
          mark: { type: 'rule', color: '#222222' },
          encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
        },
        {
          mark: { type: 'text', align: 'left', dx: 5, fontSize: 10, color: '#333333' },
          encoding: { x: { field: 'high', type: 'quantitative' }, text: { field: 'label' } },
        },
      ],
    },
  };
}

/** One small chart per scenario, one line per peer. */
function lines({ settings }: Report, rows: readonly Row[]): TopLevelSpec {
  return {
    ...head(
      'Median latency against the injected round-trip time',
      'ms per request; the slope is the number of round trips',
    ),
    data: { values: [...rows] },
    facet: { field: 'scenario', type: 'nominal', sort: order(rows), header: { labelAnchor: 'start' } },
    columns: 2,
    spacing: 28,
    resolve: { scale: { y: 'independent' } },
    spec: {
      width: 330,
      height: 170,
      mark: { type: 'line', point: { size: 22 }, strokeWidth: 1.8 },
      encoding: {
        x: {
          field: 'latency',
          type: 'quantitative',
          title: 'injected ms',
          axis: { values: [...settings.latencies], grid: false },
        },
        y: { field: 'p50', type: 'quantitative', title: null, axis: { tickCount: 5 } },
        color: color(settings.peers, true),
      },
    },
  };
}

function head(title: string, subtitle: string): Pick<TopLevelSpec, '$schema' | 'title' | 'config' | 'padding'> {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, subtitle },
    padding: 16,
    config,
  };
}

const order = (rows: readonly Row[]): string[] =>
  scenarios.map(({ title }) => title).filter((title) => rows.some(({ scenario }) => scenario === title));

function color(peers: readonly string[], legend: boolean) {
  const range = peers.map((name) => COLORS[name] ?? '#000000');
  return {
    field: 'peer',
    type: 'nominal',
    scale: { domain: [...peers], range },
    legend: legend ? { orient: 'bottom', direction: 'horizontal', symbolType: 'circle' } : null,
  } as const;
}
