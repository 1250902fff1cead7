import pg from 'pg';
import { elementTypes } from './element-types.ts';
import { ProxyError } from './errors.ts';
import { MAX_BODY_BYTES } from './limits.ts';
import type { Payload, SqlOptions, Statement } from './request.ts';
import { resultToJson } from './results.ts';
import type { Session } from './session.ts';
import { valueToJson } from './values.ts';

/** The largest count that a Bind message can hold. */
const MAX_PARAMS = 65_535;

/**
 * Runs a request's statements, a batch's in one transaction, and returns the JSON text of the answer. Throws what
 * Postgres answers, ProxyError or Cancelled; the transaction is then still open, for the reset to roll back.
 */
export async function execute(session: Session, payload: Payload, options: SqlOptions): Promise<string> {
  if (payload.kind === 'single') return runStatement(session, payload.statement, options, 0);
  await session.run(`START TRANSACTION ${options.characteristics}`);
  const results: string[] = [];
  let used = 0;
  for (const statement of payload.statements) {
    const result = await runStatement(session, statement, options, used);
    used += Buffer.byteLength(result) + 1;
    results.push(result);
  }
  await session.run('COMMIT');
  return `{"results":[${results.join(',')}]}`;
}

/**
 * Whether the connection can be used again, after a reset, when `execute` threw this. As with Neon, one that failed a
 * single statement is not; a batch's is, as its transaction is rolled back by the reset.
 */
export function isReusableAfter(error: unknown, payload: Payload): boolean {
  return payload.kind === 'batch' && error instanceof pg.DatabaseError;
}

async function runStatement(
  session: Session,
  statement: Statement,
  options: SqlOptions,
  used: number,
): Promise<string> {
  if (statement.query.includes('\0')) {
    throw new ProxyError(400, 'error encoding message to server: string contains embedded null');
  }
  if (statement.params.length > MAX_PARAMS) {
    throw new ProxyError(400, 'error encoding message to server: value too large to transmit');
  }
  const result = await session.run(statement.query, statement.params, MAX_BODY_BYTES - used);
  const rowAsArray = statement.arrayMode ?? options.arrayMode;
  if (options.rawText) return resultToJson(result, rowAsArray, (text) => JSON.stringify(text), used);
  const elements = await elementTypes(session, result.fields);
  return resultToJson(result, rowAsArray, (text, type) => valueToJson(text, type, elements), used);
}
