import { expect, test } from 'vitest';
import { failure, WorkerOutput } from '../../src/dev/start/worker-output.ts';

/** What wrangler 4.156 prints, with `> ` before what it sends to the standard error. */
function read(text: string): string[] {
  const seen: string[] = [];
  const output = new WorkerOutput((level, line) => seen.push(`${level}: ${line}`));
  for (const line of text.trim().split('\n')) {
    if (line.startsWith('>')) output.line('err', line.slice(2));
    else output.line('out', line);
  }
  return seen;
}

const begin = `
Using secrets defined in .dev.vars
Your Worker has access to the following bindings:
Binding                               Resource                  Mode
env.ENVIRONMENT ("development")       Environment Variable      local

⎔ Starting local server...
[wrangler:info] Ready on http://127.0.0.1:18787
> \x1b[33m▲ \x1b[43;33m[\x1b[43;30mWARNING\x1b[43;33m]\x1b[0m \x1b[1mScheduled Workers are not automatically triggered\x1b[0m
>
>   To manually trigger a scheduled event, run:
>     curl "http://127.0.0.1:18787/cdn-cgi/local/scheduled"
`;

test('the chatter of wrangler is not shown', () => {
  expect(read(`${begin}\n⎔ Reloading local server...\n⎔ Local server updated and ready`)).toEqual([]);
});

test('what the Worker prints is shown', () => {
  expect(read(`${begin}\na log { a: 1 }\n  indented\n[wrangler:info] GET / 200 OK (9ms)`)).toEqual([
    'info: a log { a: 1 }',
    'info:   indented',
    'info: GET / 200 OK (9ms)',
  ]);
});

test('errors are errors, without the frames of code that is not the Worker', () => {
  const text = `${begin}
[wrangler:error] Error: boom
    at Object.fetch (file:///p/src/worker.ts:3:38)
> \x1b[31m✘ \x1b[41;31m[\x1b[41;97mERROR\x1b[41;31m]\x1b[0m \x1b[1mlogged\x1b[0m
>
>   second line Error: x
>       at fetchDispatcher (file:///p/.wrangler/tmp/bundle-1/middleware-loader.entry.ts:54:17)
>       at jsonError (file:///p/node_modules/wrangler/templates/middleware/middleware-miniflare3-json-error.ts:22:30)
> \x1b[33m▲ \x1b[43;33m[\x1b[43;30mWARNING\x1b[43;33m]\x1b[0m \x1b[1ma warning\x1b[0m
plain`;
  expect(read(text)).toEqual([
    'error: Error: boom',
    'error:     at Object.fetch (file:///p/src/worker.ts:3:38)',
    'error: logged',
    'error:   second line Error: x',
    'info: a warning',
    'info: plain',
  ]);
});

test.each([
  [
    ['Build failed with 1 error:', '  Could not resolve "nope"', '      src/a.ts:7:14:', '      7 │ import'],
    'src/a.ts:7:14: Could not resolve "nope"',
  ],
  [['service core:user:kura: Uncaught Error: at load', '    at null (w.js:18:7)'], 'Uncaught Error: at load'],
  [
    [
      'k [Error]: Process exited with non-zero status (1)',
      '  cause: {',
      "    stderr: 'error GET /x has no summary\\n',",
    ],
    'GET /x has no summary',
  ],
  [['The entry-point file at "w.ts" was not found.'], 'The entry-point file at "w.ts" was not found.'],
  [[], undefined],
])('says in one line why it does not start: %#', (lines, line) => {
  expect(failure(lines)).toBe(line);
});
