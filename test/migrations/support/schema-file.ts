import { fileURLToPath } from 'node:url';

const core = fileURLToPath(import.meta.resolve('drizzle-orm/pg-core'));

/** The text of a schema module with one table of text columns; it may stand in any folder. */
export function tableModule(table: string, columns: readonly string[]): string {
  const fields = columns.map((name) => `  ${name}: text(${JSON.stringify(name)}),`).join('\n');
  return `import { integer, pgTable, text } from ${JSON.stringify(core)};
export const table = pgTable(${JSON.stringify(table)}, {
  id: integer('id').primaryKey(),
${fields}
});
`;
}
