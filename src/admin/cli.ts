import '../quick-load.ts';

// `npm run admin -- COMMAND`. Loaded after the line above, which makes that quicker.
await import('./program.ts');
