import { enableCompileCache } from 'node:module';

// `npm run admin -- COMMAND`. The types are stripped once, not at every start; so the program is loaded after this line.
enableCompileCache();
await import('./program.ts');
