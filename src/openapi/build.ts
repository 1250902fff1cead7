import { createApp } from '../app.ts';
import { writeAssets } from './assets.ts';
import { openapiDocument } from './document.ts';

// Makes `public/`, what the Worker serves beside its code. wrangler runs it before it bundles (wrangler.toml, [build]).

try {
  writeAssets(await openapiDocument(createApp({})));
} catch (error) {
  console.error(`error ${(error as Error).message}`);
  process.exitCode = 1;
}
