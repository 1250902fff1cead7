import { createLedgers } from '../database/ledger-sql.ts';
import { literal } from '../database/literal.ts';
import { LOCK } from '../database/lock.ts';
import type { Migration } from '../files/folder.ts';
import { splitScript } from '../files/script.ts';
import type { RunOptions } from '../run/options.ts';

type Named = Pick<Migration, 'name' | 'when'>;

/** One migration's part of an offline script. */
export interface Part {
  readonly name: string;
  readonly script: string;
  readonly noTransaction: boolean;
  /** What must be in the ledger before, and what must not. */
  readonly present: Named | undefined;
  readonly absent: Named | undefined;
  /** The ledger's statements. */
  readonly ledger: string;
}

/**
 * A script for `psql -v ON_ERROR_STOP=1` and any other client. Each migration makes sure that the one before it is in
 * the ledger, so that a client which goes on after an error does no harm.
 */
export function offlineScript(
  title: string,
  parts: readonly Part[],
  { lockTimeoutMs = 3000, statementTimeoutMs = 0 }: RunOptions,
): string {
  const lines = [
    `-- Kura migrations, ${title}. Run it on the direct host, in one session: psql -v ON_ERROR_STOP=1 -f FILE`,
    `SET client_min_messages = warning;\nSET statement_timeout = ${statementTimeoutMs};\nSET lock_timeout = ${lockTimeoutMs};`,
    block(
      `if not pg_try_advisory_lock(${LOCK}) then\n    raise exception 'another runner holds the migration lock';\n  end if;`,
    ),
    `${createLedgers};`,
    ...parts.map(partScript),
    `SELECT pg_advisory_unlock(${LOCK});`,
  ];
  return lines.join('\n\n');
}

function partScript({ name, script, noTransaction, present, absent, ledger }: Part): string {
  const body = splitScript(script).map(terminated);
  const guards = [
    present &&
      guard(
        `not ${inLedger(present)}`,
        present.name === name ? `${name} is not applied` : `${present.name} is not applied: ${name} cannot run`,
      ),
    absent && guard(inLedger(absent), `${absent.name} is applied already`),
  ].filter((text) => text !== undefined);
  if (noTransaction) {
    return [
      `-- ${name}, without a transaction`,
      ...guards,
      'SET lock_timeout = 0;',
      ...body,
      'BEGIN;',
      `${ledger};`,
      'COMMIT;',
    ].join('\n');
  }
  return [`-- ${name}`, 'BEGIN;', ...guards, ...body, `${ledger};`, 'COMMIT;'].join('\n');
}

/** drizzle's ledger has all that is applied, also by drizzle-kit alone. */
function inLedger({ when }: Named): string {
  return `exists (select from drizzle.__drizzle_migrations where created_at = ${when})`;
}

function guard(condition: string, message: string): string {
  return block(`if ${condition} then\n    raise exception ${literal(message)};\n  end if;`);
}

function block(body: string): string {
  return `DO $kura$\nbegin\n  ${body}\nend\n$kura$;`;
}

/** A statement may end in a comment, or in no semicolon. */
function terminated(piece: string): string {
  return piece.endsWith(';') ? piece : `${piece}\n;`;
}
