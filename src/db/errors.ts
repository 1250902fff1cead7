import { NeonDbError } from '@neondatabase/serverless';
import { AppError, type ErrorCode } from '../errors.ts';
import { violatedColumns } from './violated-columns.ts';

const UNREACHABLE = 'The database cannot be reached';
const TOO_MANY = 'The database takes no more connections';

/** The one place that reads SQLSTATE and constraint names (PostgreSQL manual, appendix A). */
const CODES: Readonly<Record<string, readonly [ErrorCode, message: string]>> = {
  '21000': ['invalid_value', 'The same row is given twice'],
  '23505': ['conflict', 'A row with this value exists already'],
  '23503': ['foreign_key', 'The row refers to one that does not exist, or is referred to'],
  '23001': ['foreign_key', 'The row is referred to'],
  '23502': ['not_null', 'A value is missing'],
  '23514': ['check', 'A value is not allowed'],
  '44000': ['check', 'A value is not allowed'],
  '23P01': ['exclusion_violation', 'The row conflicts with another'],
  '25006': ['read_only', 'The transaction or the database is read-only'],
  '25P02': ['transaction_aborted', 'An earlier statement of the transaction failed'],
  '40001': ['serialization_failure', 'Conflict with a concurrent transaction'],
  '40P01': ['deadlock', 'Deadlock with a concurrent transaction'],
  '42501': ['permission_denied', 'The database does not permit this'],
  '53300': ['too_many_connections', TOO_MANY],
  '55P03': ['lock_not_available', 'A lock could not be had in time'],
  '57014': ['statement_timeout', 'The statement took too long, or was cancelled'],
  '57P01': ['connection_lost', 'The database ended the connection'],
  '57P02': ['connection_lost', 'The database ended the connection'],
  '57P03': ['unavailable', 'The database is starting up or shutting down'],
  '57P05': ['connection_lost', 'The database ended the connection'],
  '25P03': ['connection_lost', 'The database ended the connection'],
  '25P04': ['connection_lost', 'The database ended the connection'],
  '08P01': ['query_failed', 'The database refused the request'],
  '28000': ['configuration', 'The database refuses the user'],
  '28P01': ['configuration', 'The database refuses the password'],
  '3D000': ['configuration', 'The database does not exist'],
  // Kura's own, raised by the function kura_fail (migration `repository`).
  KU403: ['forbidden', 'The row is not open to this change'],
  KU404: ['not_found', 'The row does not exist'],
  KU409: ['idempotency_in_progress', 'A request with this key is under way, or has just ended'],
  KU412: ['stale_version', 'The row has changed since it was read'],
  KU429: ['too_many_requests', 'That was tried too often; try again later'],
};

/** SQLSTATE classes, where the code itself is not listed. */
const CLASSES: Readonly<Record<string, readonly [ErrorCode, message: string]>> = {
  '08': ['connection_lost', 'The connection to the database was lost'],
  '22': ['invalid_value', 'A value has the wrong form or is out of range'],
  '53': ['unavailable', 'The database is out of resources'],
};

/** The fields of a Postgres ErrorResponse, as both transports hand them over. */
interface PostgresError {
  readonly severity?: string | undefined;
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
}

/** An error of Postgres as an AppError that names the constraint, table and columns, and holds no value of any row. */
function fromPostgres(error: PostgresError): AppError {
  const state = error.code ?? '';
  const ended = error.severity === 'FATAL' || error.severity === 'PANIC';
  const [code, message] = CODES[state] ??
    CLASSES[state.slice(0, 2)] ?? [ended ? 'connection_lost' : 'query_failed', undefined];
  return new AppError(code, message, {
    cause: error,
    table: error.table,
    constraint: error.constraint,
    columns: error.column ? [error.column] : violatedColumns(error.detail),
    retryAfterMs: state === 'KU429' ? Number(error.table) : undefined, // kura_fail names no table then, but the time
  });
}

/** An error of the WebSocket transport as an AppError: a Postgres error, or anything else that ended the connection. */
export function fromSocket(error: unknown): AppError {
  const ofPostgres = error instanceof Error && 'severity' in error && 'code' in error;
  const refused = ofPostgres && error.code === 'XX000' ? refusal(error.message, error) : undefined;
  if (refused) return refused;
  return ofPostgres
    ? fromPostgres(error as PostgresError)
    : new AppError('connection_lost', undefined, { cause: error });
}

const REFUSES = 'The database refuses the user, the password or the database name';

/**
 * A connection that did not come about, by what Neon's proxy and Postgres say of it (neon, proxy/src/compute.rs; postgres,
 * postinit.c): over a WebSocket the proxy gives all of them the general SQLSTATE XX000, over HTTP the status 500, which is
 * also that of a connection lost in the middle of a statement.
 */
const REFUSALS: readonly (readonly [said: RegExp, ErrorCode, message: string])[] = [
  [/^Couldn't connect to compute node|is not currently accepting connections/, 'unavailable', UNREACHABLE],
  [/^password authentication failed|^(?:role|database) ".*" does not exist/, 'configuration', REFUSES],
  [/^permission denied for database|is not permitted to log in/, 'configuration', REFUSES],
  [/^(?:sorry, )?too many (?:clients|connections)|^remaining connection slots/, 'too_many_connections', TOO_MANY],
];

function refusal(said: string, cause: Error): AppError | undefined {
  const [, code, message] = REFUSALS.find(([pattern]) => pattern.test(said)) ?? [];
  return code && new AppError(code, message, { cause });
}

/** A proxy's answer that is neither 200 nor 400. */
export class ProxyStatusError extends Error {
  override name = 'ProxyStatusError';
  readonly status: number;
  /** What is said in the body, which is Neon's if it is JSON; `code` is a SQLSTATE, or empty. */
  readonly said: { readonly message: string; readonly code: string };

  constructor(status: number, body: string) {
    super(`The database proxy answered ${status}`);
    this.status = status;
    this.said = parseBody(body);
  }
}

function parseBody(body: string): ProxyStatusError['said'] {
  try {
    const { message, code } = JSON.parse(body) as { message?: unknown; code?: unknown };
    return { message: String(message ?? ''), code: String(code ?? '') };
  } catch {
    return { message: '', code: '' }; // Somebody else's page, as Cloudflare's.
  }
}

/**
 * An error of the HTTP transport as an AppError. `connection_lost` and `deadline_exceeded`: it may have run. `autocommit`: what
 * has run is saved.
 */
export function fromHttp(error: unknown, autocommit: boolean): AppError {
  // The driver reads the body outside of what it guards: one that is cut off, stalls or is no JSON fails as it likes.
  if (!(error instanceof NeonDbError)) return unanswered(error, error);
  if (error.code) return fromPostgres(error);
  const source: unknown = error.sourceError;
  if (source instanceof ProxyStatusError) return fromStatus(source, autocommit);
  if (wasRefused(source)) return new AppError('unavailable', UNREACHABLE, { cause: error });
  // Among the rest: a 400 without SQLSTATE, Neon's answer to a connection that broke in the middle of a statement.
  return refusal(error.message, error) ?? unanswered(source, error);
}

/** SQLSTATEs of a log-in, which Neon's proxy answers with the status 500: authorization, database, resources, start-up. */
const LOGIN_STATES = /^(?:28...|3D000|53...|57P03)$/;

/** No whole answer came, for `reason`: the statement may have run. */
function unanswered(reason: unknown, cause: unknown): AppError {
  const late = reason instanceof Error && (reason.name === 'TimeoutError' || reason.name === 'AbortError');
  return late
    ? new AppError('deadline_exceeded', 'The database did not answer in time', { cause })
    : new AppError('connection_lost', undefined, { cause });
}

/** Statuses that say the statement was not run: Cloudflare's for an origin it cannot connect to. */
const NOT_RUN = new Set([521, 522, 523, 525, 526, 530]);

function fromStatus(error: ProxyStatusError, autocommit: boolean): AppError {
  if (error.status === 413)
    return new AppError('payload_too_large', 'The request to the database exceeds 10 MiB', { cause: error });
  if (error.status === 507) {
    const code = autocommit ? 'connection_lost' : 'query_failed'; // the statement has run, and nobody undoes it
    return new AppError(code, 'The answer of the database exceeds 10 MiB', { cause: error });
  }
  if (error.status === 429) return new AppError('too_many_connections', TOO_MANY, { cause: error });
  const refused = refusal(error.said.message, error);
  if (refused) return refused;
  const notRun = LOGIN_STATES.test(error.said.code) || NOT_RUN.has(error.status);
  return new AppError(notRun ? 'unavailable' : 'connection_lost', undefined, { cause: error });
}

/** Node's fetch names the system call that failed; workerd says "Network connection lost" for everything. */
function wasRefused(source: unknown): boolean {
  const cause = source instanceof Error ? source.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'UND_ERR_CONNECT_TIMEOUT';
}
