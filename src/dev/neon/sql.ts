import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Counters } from './counters.ts';
import { errorAnswer } from './errors.ts';
import { execute, isReusableAfter } from './execute.ts';
import type { Latency } from './latency.ts';
import { parseLogin } from './login.ts';
import type { ConnectionPool } from './pool.ts';
import { parseOptions, parsePayload, readBody } from './request.ts';

/** What the requests of one proxy share. */
export interface SqlContext {
  pool: ConnectionPool;
  counters: Counters;
  latency: Latency;
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** `POST /sql`: answers every failure, and never throws. `ended` is aborted when the client leaves or the proxy closes. */
export async function handleSql(
  context: SqlContext,
  request: IncomingMessage,
  response: ServerResponse,
  ended: AbortSignal,
): Promise<void> {
  const database = databaseOf(request);
  context.counters.addHttp(database, { requests: 1, roundTrips: 1 });
  const { status, headers, text } = await answerSql(context, request, database, ended).catch(
    (error: unknown): Answer => {
      const { status, body } = errorAnswer(error);
      return { status, headers: {}, text: JSON.stringify(body) };
    },
  );
  context.counters.addHttp(database, { bytesOut: Buffer.byteLength(text) });
  await context.latency.halfway();
  response.writeHead(status, { ...headers, 'content-type': 'application/json', 'access-control-allow-origin': '*' });
  response.end(text);
}

async function answerSql(
  { pool, counters, latency }: SqlContext,
  request: IncomingMessage,
  database: string | undefined,
  ended: AbortSignal,
): Promise<Answer> {
  const body = await readBody(request, ended);
  counters.addHttp(database, { bytesIn: body.length });
  await latency.halfway();
  const login = parseLogin(request.headers);
  const options = parseOptions(request.headers);
  const payload = parsePayload(body);
  const statements = payload.kind === 'batch' ? payload.statements.length : 1;
  counters.addHttp(database, { statements });
  const text = await pool.use(
    login,
    ended,
    (session) => execute(session, payload, options),
    (error) => isReusableAfter(error, payload),
  );
  return { status: 200, headers: payload.kind === 'batch' ? options.echo : {}, text };
}

/** Whose counters the request belongs to; a request without a usable connection string counts in the total only. */
function databaseOf(request: IncomingMessage): string | undefined {
  try {
    return parseLogin(request.headers).database;
  } catch {
    // The same error is answered to the client by answerSql.
    return undefined;
  }
}
