import '../quick-load.ts';

// Makes `public/`, what the Worker serves beside its code. wrangler runs it before it bundles (wrangler.toml, [build]).

try {
  const { createApp } = await import('../app.ts');
  const { openapiDocument } = await import('./document.ts');
  const { writeAssets } = await import('./assets.ts');
  writeAssets(await openapiDocument(createApp({})));
} catch (error) {
  console.error(`error ${(error as Error).message}`);
  process.exitCode = 1;
}
