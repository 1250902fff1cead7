import { BREAKPOINT } from './script.ts';

export function upScript(statements: readonly string[]): string {
  return `${statements.join(`\n${BREAKPOINT}\n`)}\n`;
}

export function downScript(statements: readonly string[], limits: readonly string[]): string {
  return `${limits.map((limit) => `-- ${limit}\n`).join('')}${upScript(statements)}`;
}

export const emptyUp = `-- Write the change here. Between two statements put a line:
--> statement-breakpoint
-- For what cannot run in a transaction, such as CREATE INDEX CONCURRENTLY, add a line "-- kura: no-transaction".
`;

export const emptyDown = `-- kura: irreversible its way back is not written yet
-- Write the way back here and delete the line above; where there is none, say why in that line.
`;

/** What stands in the SQL file of a TypeScript migration: drizzle-kit, which cannot run it, must not skip it either. */
export function typescriptMarker(tag: string): string {
  return `-- kura: typescript
-- ${tag}.ts does this. drizzle-kit cannot run it, so it stops here rather than skip it.
DO $$ BEGIN RAISE EXCEPTION '${tag} is written in TypeScript: apply it with npm run db -- upgrade'; END $$;
`;
}

export const typescriptModule = `import type { MigrationTransaction } from '../src/migrations/data-migration.ts';

// Runs in one transaction. For a table too large for that, uncomment the next line: every statement then commits by
// itself, so both functions must bear being run again after a crash.
// export const noTransaction = true;

export async function up(tx: MigrationTransaction): Promise<void> {
  // await tx.batches(\`update users set … where id in (select id from users where … limit 1000)\`);
  await tx.query('select 1');
}

export async function down(tx: MigrationTransaction): Promise<void> {
  await tx.query('select 1');
}
`;
