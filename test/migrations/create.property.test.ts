import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compare } from '../../src/migrations/engine/compare.ts';
import { emptyDatabase } from './support/database.ts';
import { dumpAt } from './support/dump.ts';
import { schemaModel, snapshotOf } from './support/schema-model.ts';

/** Raised on request: `KURA_RUNS=500 npx vitest run --project node create.property`. */
const numRuns = Number(process.env.KURA_RUNS ?? 6);

it('any change of schema goes up, down and up again to the same dumps', {
  timeout: 60_000 + numRuns * 5_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(schemaModel, schemaModel, async (first, second) => {
      const database = await emptyDatabase();
      const run = async (statements: string[]) => {
        for (const statement of statements) {
          await database.query(statement).catch((error: unknown) => {
            throw new Error(`${statement}\n${(error as Error).message}\n\n${statements.join('\n')}`);
          });
        }
        return dumpAt(database.url);
      };
      const [a, b] = [await snapshotOf(first), await snapshotOf(second)];
      const empty = await snapshotOf({ enums: [], tables: [] });
      const before = await run(await compare(empty, a, []));
      const up = await compare(a, b, []);
      const down = await compare(b, a, []);
      const after = await run(up);
      expect(await run(down)).toBe(before);
      expect(await run(up)).toBe(after);

      // And the way itself is right: what the change makes is what making the schema from nothing makes.
      const fresh = await emptyDatabase();
      for (const statement of await compare(empty, b, [])) await fresh.query(statement);
      expect(after).toBe(await dumpAt(fresh.url));
    }),
    { numRuns },
  );
});
