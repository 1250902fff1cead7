import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { AppEnv } from '../../src/http/context.ts';
import { trace } from '../../src/http/trace.ts';

const app = new Hono<AppEnv>().use(trace()).get('/', (c) => c.json(c.var.trace));

async function ask(traceparent?: string) {
  const response = await app.request('/', { headers: traceparent === undefined ? {} : { traceparent } });
  return { trace: (await response.json()) as Record<string, string>, answer: response.headers.get('traceresponse') };
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentSpanId = '00f067aa0ba902b7';

it.each([
  ['sampled', `00-${traceId}-${parentSpanId}-01`, '01'],
  ['not sampled: it is logged all the same', `00-${traceId}-${parentSpanId}-00`, '01'],
  ['random', `00-${traceId}-${parentSpanId}-03`, '03'],
  ['flags nobody has defined', `00-${traceId}-${parentSpanId}-fc`, '01'],
  ['a later version', `cc-${traceId}-${parentSpanId}-02`, '01'],
  ['a later version with more', `01-${traceId}-${parentSpanId}-01-what-the-future-brings`, '01'],
])('goes on with the trace of its caller: %s', async (_, traceparent, flags) => {
  const { trace, answer } = await ask(traceparent);
  expect(trace).toEqual({ traceId, parentSpanId, spanId: expect.stringMatching(/^[\da-f]{16}$/) });
  expect(trace.spanId).not.toBe(parentSpanId);
  expect(answer).toBe(`00-${traceId}-${trace.spanId}-${flags}`);
});

it.each([
  ['nothing', undefined],
  ['empty', ''],
  ['no version', `${traceId}-${parentSpanId}-01`],
  ['the forbidden version', `ff-${traceId}-${parentSpanId}-01`],
  ['a version in upper case', `CC-${traceId}-${parentSpanId}-01`],
  ['a trace id in upper case', `00-${traceId.toUpperCase()}-${parentSpanId}-01`],
  ['a parent id in upper case', `00-${traceId}-${parentSpanId.toUpperCase()}-01`],
  ['flags in upper case', `00-${traceId}-${parentSpanId}-0A`],
  ['a trace id of zeros', `00-${'0'.repeat(32)}-${parentSpanId}-01`],
  ['a parent id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['a short trace id', `00-${traceId.slice(1)}-${parentSpanId}-01`],
  ['a long trace id', `00-${traceId}0-${parentSpanId}-01`],
  ['a short parent id', `00-${traceId}-${parentSpanId.slice(1)}-01`],
  ['no flags', `00-${traceId}-${parentSpanId}`],
  ['short flags', `00-${traceId}-${parentSpanId}-1`],
  ['long flags', `00-${traceId}-${parentSpanId}-001`],
  ['other digits', `00-${traceId.replace('4', 'g')}-${parentSpanId}-01`],
  ['other delimiters', `00_${traceId}_${parentSpanId}_01`],
  ['more, after this version', `00-${traceId}-${parentSpanId}-01-more`],
  ['more without a delimiter, after a later version', `cc-${traceId}-${parentSpanId}-01.more`],
  ['the header twice', `00-${traceId}-${parentSpanId}-01, 00-${traceId}-${parentSpanId}-01`],
])('starts a trace: %s', async (_, traceparent) => {
  const [first, second] = [await ask(traceparent), await ask(traceparent)];
  expect(first.trace).toEqual({
    traceId: expect.stringMatching(/^[\da-f]{32}$/),
    spanId: expect.stringMatching(/^[\da-f]{16}$/),
  });
  expect(first.trace.traceId).not.toBe(traceId);
  expect(first.trace.traceId).not.toBe(second.trace.traceId);
  expect(first.answer).toBe(`00-${first.trace.traceId}-${first.trace.spanId}-03`);
});
