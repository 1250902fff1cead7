import { sql } from 'drizzle-orm';
import type { Database } from '../../src/db/database.ts';
import type { TestDatabase } from './database.ts';

/** Makes a role that can log in, with these privileges and settings (which hold for one-shot statements too); its URL. */
export async function createRole(
  db: Database,
  database: TestDatabase,
  { grants = [], settings = {}, limit = -1 }: { grants?: string[]; settings?: Record<string, string>; limit?: number },
): Promise<string> {
  const role = `r_${crypto.randomUUID().replaceAll('-', '')}`;
  const texts = [
    `create role ${role} login password 'secret' connection limit ${limit}`,
    ...grants.map((grant) => `grant ${grant} to ${role}`),
    ...Object.entries(settings).map(([name, value]) => `alter role ${role} set ${name} to '${value}'`),
  ];
  await db.batch((tx) => texts.map((text) => tx.statement((q) => q.execute(sql.raw(text)))));
  const url = new URL(database.url);
  url.username = role;
  url.password = 'secret';
  return url.href;
}
