import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ProxyError } from './errors.ts';
import { MAX_BODY_BYTES, requestTooLarge } from './limits.ts';
import { type Json, toPostgresText } from './params.ts';

/** One statement of a request. */
export interface Statement {
  query: string;
  params: (string | null)[];
  arrayMode: boolean | undefined;
}

/** The body of `POST /sql`. */
export type Payload = { kind: 'single'; statement: Statement } | { kind: 'batch'; statements: Statement[] };

const ISOLATION_LEVELS = new Map([
  ['ReadUncommitted', 'READ UNCOMMITTED'],
  ['ReadCommitted', 'READ COMMITTED'],
  ['RepeatableRead', 'REPEATABLE READ'],
  ['Serializable', 'SERIALIZABLE'],
]);

/** What the headers of `POST /sql` ask for. */
export interface SqlOptions {
  rawText: boolean;
  arrayMode: boolean;
  /** The characteristics of a batch's START TRANSACTION, '' for none. */
  characteristics: string;
  /** The batch headers, as a batch's response repeats them. */
  echo: Record<string, string>;
}

/** Only the literal `true` counts. Throws ProxyError 400 for an unknown isolation level. */
export function parseOptions(headers: IncomingHttpHeaders): SqlOptions {
  const level = headers['neon-batch-isolation-level'];
  const isolation = typeof level === 'string' ? ISOLATION_LEVELS.get(level) : undefined;
  if (level !== undefined && isolation === undefined) throw new ProxyError(400, 'invalid isolation level');
  const readOnly = headers['neon-batch-read-only'] === 'true';
  const deferrable = headers['neon-batch-deferrable'] === 'true';
  return {
    rawText: headers['neon-raw-text-output'] === 'true',
    arrayMode: headers['neon-array-mode'] === 'true',
    characteristics: [isolation && `ISOLATION LEVEL ${isolation}`, readOnly && 'READ ONLY', deferrable && 'DEFERRABLE']
      .filter(Boolean)
      .join(', '),
    echo: {
      ...(readOnly ? { 'neon-batch-read-only': 'true' } : {}),
      ...(deferrable ? { 'neon-batch-deferrable': 'true' } : {}),
      ...(isolation ? { 'neon-batch-isolation-level': String(level) } : {}),
    },
  };
}

/**
 * The whole body. Throws ProxyError 413 above the limit, but only after the rest was read and dropped: a client that
 * still sends would not see the answer. `ended` breaks it off.
 */
export async function readBody(request: IncomingMessage, ended: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  const breakOff = () => request.destroy();
  ended.addEventListener('abort', breakOff);
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length <= MAX_BODY_BYTES) chunks.push(chunk);
    }
  } finally {
    ended.removeEventListener('abort', breakOff);
  }
  if (length > MAX_BODY_BYTES) throw requestTooLarge();
  return Buffer.concat(chunks);
}

/** Throws ProxyError 400 for what is no JSON or not of the form `{query, …}` or `{queries: […]}`. */
export function parsePayload(body: Buffer): Payload {
  let json: Json;
  try {
    json = JSON.parse(body.toString());
  } catch (error) {
    throw new ProxyError(
      400,
      `could not parse the HTTP request body: ${error instanceof Error ? error.message : error}`,
    );
  }
  const statement = toStatement(json);
  if (statement) return { kind: 'single', statement };
  const queries = isObject(json) ? json.queries : undefined;
  const statements = Array.isArray(queries) ? queries.map(toStatement) : [undefined];
  if (statements.every((one) => one !== undefined)) return { kind: 'batch', statements };
  throw new ProxyError(
    400,
    'could not parse the HTTP request body: data did not match any variant of untagged enum Payload',
  );
}

function toStatement(json: Json): Statement | undefined {
  if (!isObject(json) || typeof json.query !== 'string') return undefined;
  const { query, params = [], arrayMode = null } = json;
  if (!Array.isArray(params) || (arrayMode !== null && typeof arrayMode !== 'boolean')) return undefined;
  return { query, params: params.map(toPostgresText), arrayMode: arrayMode ?? undefined };
}

function isObject(json: Json | undefined): json is { [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
