/** Every code an error can carry, with the HTTP status and title it is shown with. Clients may rely on the codes. */
const ERRORS = {
  invalid_input: [422, 'Invalid input'],
  invalid_cursor: [400, 'Invalid cursor'],
  malformed_json: [400, 'Malformed JSON'],
  unsupported_media_type: [415, 'Unsupported media type'],
  payload_too_large: [413, 'Payload too large'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  email_taken: [400, 'Email already registered'],
  username_taken: [400, 'Username already taken'],
  wrong_password: [400, 'Wrong password'],
  invalid_token: [400, 'Invalid or expired token'],
  unauthenticated: [401, 'Not signed in'],
  invalid_credentials: [401, 'Wrong username or password'],
  forbidden: [403, 'Forbidden'],
  foreign_origin: [403, 'Request from a foreign origin'],
  too_many_requests: [429, 'Too many requests'],
  precondition_required: [428, 'Precondition required'],
  idempotency_in_progress: [409, 'Request in progress'],
  idempotency_mismatch: [422, 'Idempotency key used for another request'],
  not_ready: [503, 'Not ready'],
  overloaded: [503, 'Too many requests at once'],
  configuration: [500, 'Configuration error'],
  internal: [500, 'Internal error'],
  conflict: [409, 'Conflict'],
  foreign_key: [409, 'Reference to a row that does not exist, or is still referred to'],
  not_null: [422, 'Missing value'],
  check: [422, 'Value not allowed'],
  exclusion_violation: [409, 'Conflict'],
  invalid_value: [422, 'Invalid value'],
  stale_version: [412, 'The row has changed'],
  serialization_failure: [503, 'Conflicting transactions'],
  deadlock: [503, 'Conflicting transactions'],
  lock_not_available: [503, 'Locked'],
  statement_timeout: [503, 'Statement timed out'],
  deadline_exceeded: [503, 'Deadline exceeded'],
  read_only: [503, 'Database is read-only'],
  connection_lost: [503, 'Database connection lost'],
  commit_unknown: [503, 'Outcome unknown'],
  too_many_connections: [503, 'Too many database connections'],
  unavailable: [503, 'Database unavailable'],
  query_failed: [500, 'Query failed'],
  database_closed: [500, 'Database closed'],
  transaction_finished: [500, 'Transaction finished'],
  transaction_aborted: [500, 'Transaction aborted'],
  transaction_required: [500, 'Transaction required'],
  transaction_forbidden: [500, 'Transaction forbidden'],
  permission_denied: [403, 'Not permitted'],
  delivery_failed: [503, 'Delivery failed'],
  delivery_refused: [502, 'Delivery refused'],
  misuse: [500, 'Programming error'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ErrorCode = keyof typeof ERRORS;
/** All of them, in the order of the table. */
export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[];

export type ErrorStatus = (typeof ERRORS)[ErrorCode][0];

/** One thing that is wrong with the input: where (`body.email`, `query.limit`) and what. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

export interface ErrorOptions {
  readonly cause?: unknown;
  /** Invalid input: everything that is wrong with it. */
  readonly fields?: readonly FieldError[];
  /** Database errors: what Postgres named. */
  readonly table?: string | undefined;
  readonly constraint?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  /** ms before which trying again is of no use, where somebody has said so. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * The one error type. `code` tells errors apart, `name` is the code in PascalCase (`CommitUnknown`, `StaleVersion`),
 * and `message` is safe to show to a client: it never holds SQL, parameters or a driver's words; those are in `cause`.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];
  readonly table: string | undefined;
  readonly constraint: string | undefined;
  readonly columns: readonly string[];
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message?: string, options: ErrorOptions = {}) {
    super(message ?? ERRORS[code][1], options.cause === undefined ? undefined : { cause: options.cause });
    this.name = pascalCase(code);
    this.code = code;
    this.fields = options.fields ?? [];
    this.table = options.table;
    this.constraint = options.constraint;
    this.columns = options.columns ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): ErrorStatus {
    return ERRORS[this.code][0];
  }

  get title(): string {
    return ERRORS[this.code][1];
  }
}

/** Whether `error` is an AppError, and one of the `codes` if any are given. */
export function isAppError(error: unknown, ...codes: ErrorCode[]): error is AppError {
  return error instanceof AppError && (codes.length === 0 || codes.includes(error.code));
}

function pascalCase(code: string): string {
  return code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
