import '../quick-load.ts';

// `npm run db -- VERB`. Loaded after the line above, which makes that quicker.
await import('./program.ts');
