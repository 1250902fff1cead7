import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Counters } from './counters.ts';
import type { Latency } from './latency.ts';
import { readBody } from './request.ts';

/**
 * The proxy's own routes, which Neon does not have; they take no part in latency or counters.
 *
 * - `GET /_kura/stats?database=NAME` answers `NeonStats`, of the total without a name.
 * - `DELETE /_kura/stats?database=NAME` sets them to zero; all of them without a name.
 * - `PUT /_kura/latency` with `{"ms": N}` sets the round-trip time, in milliseconds.
 */
export async function handleControl(
  counters: Counters,
  latency: Latency,
  request: IncomingMessage,
  response: ServerResponse,
  ended: AbortSignal,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://proxy');
  const database = url.searchParams.get('database') ?? undefined;
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /_kura/stats':
      return json(response, 200, counters.stats(database));
    case 'DELETE /_kura/stats':
      counters.reset(database);
      response.writeHead(204).end();
      return;
    case 'PUT /_kura/latency':
      return setLatency(latency, await readBody(request, ended), response);
    default:
      return json(response, 404, { message: 'no such control route' });
  }
}

function setLatency(latency: Latency, body: Buffer, response: ServerResponse): void {
  try {
    const { ms } = JSON.parse(body.toString()) as { ms?: unknown };
    latency.set(Number(typeof ms === 'number' ? ms : Number.NaN));
    json(response, 200, { ms });
  } catch {
    // Not JSON, not an object, or not a number that latency.set takes: one answer says what would be right.
    json(response, 400, { message: 'send {"ms": N}, N being a number of milliseconds, 0 or more' });
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
