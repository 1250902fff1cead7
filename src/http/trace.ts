import type { MiddlewareHandler } from 'hono';
import type { AppEnv, Trace } from './context.ts';

const VALID = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const SAMPLED = 1;
const RANDOM = 2;

/** What a client may call its request: nothing that could not stand in a header or a log as it is. */
const REQUEST_ID = /^[\w=-]{1,255}$/;

/**
 * `c.var.requestId`: the client's own `X-Request-Id`, or a new one. `c.var.trace`: goes on with the caller's `traceparent`, or
 * starts a trace where there is none, or a wrong one. The answer says which by `traceresponse`: levels 1 and 2 define headers
 * of requests alone, the draft of level 3 has this one.
 */
export function trace(): MiddlewareHandler<AppEnv> {
  return function trace(c, next) {
    const asked = c.req.header('X-Request-Id');
    const random = crypto.randomUUID();
    const requestId = asked !== undefined && REQUEST_ID.test(asked) ? asked : random;
    const { flags, ...trace } = continued(random.replaceAll('-', ''), c.req.header('traceparent'));
    c.set('requestId', requestId);
    c.set('trace', trace);
    c.header('X-Request-Id', requestId);
    c.header('traceresponse', `00-${trace.traceId}-${trace.spanId}-0${flags}`);
    return next();
  };
}

/**
 * Level 2, "Versioning of traceparent": a later version is read as far as this one goes; more after version 00 is an error.
 * `random` are the digits of a UUIDv4: random where level 2 wants it, in the last 7 bytes, and never all zeros. A trace that
 * starts here has one span so far, so that its id may be a part of the trace's.
 */
function continued(random: string, traceparent = ''): Trace & { readonly flags: number } {
  const spanId = random.slice(16);
  const [, version, traceId, parentSpanId, flags = '', more] = VALID.exec(traceparent) ?? [];
  const first = version === '00';
  if (!traceId || !parentSpanId || (first && more)) return { traceId: random, spanId, flags: SAMPLED | RANDOM };
  const alike = first ? Number.parseInt(flags, 16) & RANDOM : 0;
  return { traceId, spanId, parentSpanId, flags: SAMPLED | alike }; // every request is logged: sampled
}
