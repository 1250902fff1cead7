import pg from 'pg';

/** A failure that is the proxy's own, not an answer of Postgres: `code` and `severity` are empty, as with Neon. */
export class ProxyError extends Error {
  override name = 'ProxyError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Postgres answered, but refused the log-in; `refusal` is its answer. */
export class LoginRefused extends Error {
  override name = 'LoginRefused';
  readonly refusal: pg.DatabaseError;
  readonly user: string;

  constructor(refusal: pg.DatabaseError, user: string) {
    super(refusal.message);
    this.refusal = refusal;
    this.user = user;
  }
}

/** The request ended while its query ran: its client left, or the proxy is closing. */
export class Cancelled extends Error {
  override name = 'Cancelled';
}

/** The client's bytes are not the Postgres protocol. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
}

/** The message of Neon's proxy when the compute cannot be reached (`COULD_NOT_CONNECT`). */
export const COULD_NOT_CONNECT = "Couldn't connect to compute node";

/** Status and JSON value with which `POST /sql` answers a failure. */
export function errorAnswer(error: unknown): { status: number; body: Record<string, string | null> } {
  if (error instanceof Cancelled) {
    return { status: 400, body: { message: 'Query cancelled, connection was terminated', code: '08P01' } };
  }
  if (error instanceof LoginRefused) return refusedAnswer(error);
  if (error instanceof ProxyError) return { status: error.status, body: errorBody(error.message) };
  if (error instanceof pg.DatabaseError) return { status: 400, body: errorBody(error.message, error) };
  // What is left is a connection that broke while the query ran; Neon counts that as the query's failure.
  return { status: 400, body: errorBody(error instanceof Error ? error.message : String(error)) };
}

/** Neon checks the password itself, so a wrong one is its own error; of Postgres's refusals only 3D000 is a 400. */
function refusedAnswer({ refusal, user }: LoginRefused): ReturnType<typeof errorAnswer> {
  if (refusal.code === '28P01') {
    return { status: 400, body: errorBody(`password authentication failed for user '${user}'`) };
  }
  return { status: refusal.code === '3D000' ? 400 : 500, body: errorBody(refusal.message, refusal) };
}

/** Every key is always there; `position` and `line` are text. */
function errorBody(message: string, error?: pg.DatabaseError): Record<string, string | null> {
  return {
    message,
    code: error?.code ?? '',
    detail: error?.detail ?? null,
    hint: error?.hint ?? null,
    position: error?.position ?? null,
    internalPosition: error?.internalPosition ?? null,
    internalQuery: error?.internalQuery ?? null,
    severity: error?.severity ?? '',
    where: error?.where ?? null,
    table: error?.table ?? null,
    column: error?.column ?? null,
    schema: error?.schema ?? null,
    dataType: error?.dataType ?? null,
    constraint: error?.constraint ?? null,
    file: error?.file ?? null,
    line: error?.line ?? null,
    routine: error?.routine ?? null,
  };
}
