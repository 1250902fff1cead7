import { applyRenames } from './engine/apply-renames.ts';
import { compare } from './engine/compare.ts';
import { inverse, label } from './engine/renames.ts';
import { type ResolveOptions, resolveRenames } from './engine/resolve.ts';
import { limitsOfDown } from './engine/restores.ts';
import { defaultSchema, snapshotOfSchema } from './engine/schema.ts';
import { MigrationFault } from './fault.ts';
import { addMigration, nextIn, slugOf } from './files/add.ts';
import { defaultFolder, readFolder } from './files/folder.ts';
import { headsOf } from './files/heads.ts';
import { emptySnapshot } from './files/snapshot.ts';
import { downScript, emptyDown, emptyUp, typescriptMarker, typescriptModule, upScript } from './files/templates.ts';

export interface CreateOptions extends Partial<ResolveOptions> {
  readonly name: string;
  readonly folder?: string;
  readonly schema?: string;
  /** Hand-written SQL, or TypeScript; else what the comparison gives. */
  readonly kind?: 'compared' | 'empty' | 'ts';
}

export interface Created {
  readonly name: string;
  readonly files: readonly string[];
  /** The renames that keep data, `old=new`. */
  readonly renames: readonly string[];
  /** What the way back cannot restore. */
  readonly limits: readonly string[];
  readonly up: readonly string[];
}

/**
 * Writes the next migration: files, snapshot and journal entry in drizzle-kit's format. Throws `found` where nothing has
 * changed, `usage` where a change may be a rename and nobody can be asked.
 */
export async function createMigration(options: CreateOptions): Promise<Created> {
  const { name, folder = defaultFolder, schema = defaultSchema, kind = 'compared' } = options;
  const slug = slugOf(name);
  const heads = await headsOf(await readFolder(folder));
  if (heads.length > 1)
    throw new MigrationFault(
      'invalid_files',
      `There are two heads, ${heads.join(' and ')}: run \`npm run db -- merge\` first`,
    );
  const next = await nextIn(folder);
  const tag = `${next.number}_${slug}`;
  const before = next.previous ?? emptySnapshot();
  if (kind !== 'compared') {
    const snapshot = { ...before, id: crypto.randomUUID(), prevId: before.id };
    const texts =
      kind === 'ts'
        ? { '.sql': typescriptMarker(tag), '.ts': typescriptModule }
        : { '.sql': emptyUp, '.down.sql': emptyDown };
    return {
      name: tag,
      files: await addMigration(folder, next, slug, texts, snapshot),
      renames: [],
      limits: [],
      up: [],
    };
  }
  const after = await snapshotOfSchema(schema, next.previous);
  const renames = await resolveRenames(before, after, { given: [], ask: undefined, noRenames: false, ...options });
  const up = await compare(before, after, renames);
  if (up.length === 0)
    throw new MigrationFault(
      'found',
      'The schema is what the last migration made it: nothing to write (--empty for hand-written SQL)',
    );
  const down = await compare(after, before, inverse(renames));
  const limits = await limitsOfDown(up, applyRenames(before, renames).snapshot, after);
  const files = await addMigration(
    folder,
    next,
    slug,
    { '.sql': upScript(up), '.down.sql': downScript(down, limits) },
    after,
  );
  return {
    name: tag,
    files,
    renames: renames.map((rename) => `${label(rename, rename.from)}=${rename.to}`),
    limits,
    up,
  };
}
