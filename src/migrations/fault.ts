/** Why a verb ended, and the exit code that says so: `docs/migrations.md` documents both. */
const EXITS = {
  found: 1,
  invalid_files: 1,
  usage: 2,
  migration_failed: 3,
  unreachable: 4,
  locked: 5,
  unknown_outcome: 6,
  refused: 7,
  interrupted: 130,
  internal: 70,
} as const;

export type FaultCode = keyof typeof EXITS;

/** A failure a person can act on: the message is one line and is all that is printed; it never holds a password. */
export class MigrationFault extends Error {
  override name = 'MigrationFault';
  readonly code: FaultCode;
  /** The migration that it is about, if it is about one. */
  readonly migration: string | undefined;

  constructor(code: FaultCode, message: string, options: { cause?: unknown; migration?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.migration = options.migration;
  }

  get exitCode(): number {
    return EXITS[this.code];
  }
}

/** The first line of an error's message, or of whatever was thrown. */
export function oneLine(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  if (error instanceof AggregateError && !message) return oneLine(error.errors[0]);
  return String(message || code || error).split('\n')[0] ?? '';
}
