import type { Snapshot } from '../files/snapshot-types.ts';
import { lossesOf } from '../sql/losses.ts';

/** What the way back cannot give back, or may fail at, one sentence each: for the down file and for the person. */
export async function limitsOfDown(up: readonly string[], before: Snapshot, after: Snapshot): Promise<string[]> {
  const lost = (await lossesOf(up.join('\n--> statement-breakpoint\n'))).map((loss) =>
    `The upgrade ${loss}: its data does not come back.`.replace(
      /(changes the type of \S+): its data.*/,
      '$1: values are cast back, which may fail or lose precision.',
    ),
  );
  return [...new Set([...lost, ...requiredColumns(before, after), ...enumValues(before, after)])];
}

/** Columns that come back NOT NULL without a default: only on a table without rows. */
function requiredColumns(before: Snapshot, after: Snapshot): string[] {
  return Object.entries(before.tables).flatMap(([key, table]) => {
    const now = after.tables[key];
    if (!now) return [];
    return Object.values(table.columns)
      .filter(
        (column) =>
          !now.columns[column.name] && column.notNull && column.default === undefined && !/serial/.test(column.type),
      )
      .map(
        ({ name }) =>
          `${table.name}.${name} comes back NOT NULL without a default: on a table with rows, fill it in here first.`,
      );
  });
}

function enumValues(before: Snapshot, after: Snapshot): string[] {
  return Object.entries(after.enums).flatMap(([key, now]) => {
    const added = now.values.filter((value) => before.enums[key] && !before.enums[key].values.includes(value));
    return added.map(
      (value) =>
        `Rows that use the value '${value}' of ${now.name} must be changed first: the way back fails while there are any.`,
    );
  });
}
