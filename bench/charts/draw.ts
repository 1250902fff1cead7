import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Report } from '../measure/report.ts';
import { charts } from './specs.ts';

/** `npx node bench/charts/draw.ts bench/results/results.json`: the charts of a report, beside it, as SVG and PNG. */
const [path] = process.argv.slice(2);
if (!path) throw new Error('Which results.json?');
const report = JSON.parse(readFileSync(path, 'utf8')) as Report;

const require = createRequire(import.meta.url);
await initWasm(readFileSync(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));
const fonts = ['DejaVuSans', 'DejaVuSans-Bold'].map((name) =>
  readFileSync(require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)),
);
for (const [name, spec] of Object.entries(charts(report))) {
  const svg = await toSvg(spec);
  const font = { fontBuffers: fonts, defaultFontFamily: 'DejaVu Sans' };
  const png = new Resvg(svg, { font, fitTo: { mode: 'zoom', value: 2 }, background: 'white' }).render().asPng();
  writeFileSync(join(dirname(path), `${name}.svg`), `${svg}\n`);
  writeFileSync(join(dirname(path), `${name}.png`), png);
}

function toSvg(spec: TopLevelSpec): Promise<string> {
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}
