import { compare } from '../engine/compare.ts';
import { snapshotOfSchema } from '../engine/schema.ts';
import type { Folder } from '../files/folder.ts';
import { headsOf, numberOf } from '../files/heads.ts';
import { emptySnapshot, readSnapshot } from '../files/snapshot.ts';
import type { Finding } from './finding.ts';

/** What can be seen without a database: missing files, two heads, and a schema that no migration makes. */
export async function checkFiles(folder: Folder, schema: string): Promise<Finding[]> {
  const findings: Finding[] = folder.missing.map((file) => ({
    code: 'missing_file',
    subject: file,
    message: `${file} is in the journal and not in the folder`,
    advice: 'restore it from git',
  }));
  const heads = await headsOf(folder);
  if (heads.length > 1) {
    const message = `two branches end in ${heads.join(' and ')}`;
    return [
      ...findings,
      { code: 'two_heads', subject: heads.join(', '), message, advice: 'run `npm run db -- merge`' },
    ];
  }
  const last = folder.migrations.at(-1);
  const before = last && (await readSnapshot(folder.path, numberOf(last.name)));
  if (last && !before) {
    const message = `the snapshot of ${last.name} is missing`;
    return [
      ...findings,
      { code: 'missing_file', subject: last.name, message, advice: 'restore drizzle/meta from git' },
    ];
  }
  const after = await snapshotOfSchema(schema, before);
  const [first] = await compare(before ?? emptySnapshot(), after, []);
  if (first !== undefined) {
    const statement = first.replace(/\s+/g, ' ').slice(0, 70);
    const message = `the schema has a change that no migration makes, beginning with ${statement}`;
    findings.push({ code: 'schema_differs', subject: 'schema', message, advice: 'run `npm run db -- create -m NAME`' });
  }
  return findings;
}
