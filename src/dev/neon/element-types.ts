import type { FieldDef } from 'pg';
import type { Session } from './session.ts';
import type { ElementTypes } from './values.ts';

const LOOK_UP = `select oid, typelem from pg_catalog.pg_type
  where oid = any ($1::oid[]) and typinput = 'pg_catalog.array_in'::regproc`;

/**
 * Which of the columns are arrays, and of what. Asked of Postgres in the same session: a user's types have no fixed
 * OIDs, and may have been made in this very transaction.
 */
export async function elementTypes(session: Session, fields: FieldDef[]): Promise<ElementTypes> {
  if (fields.length === 0) return new Map();
  const { rows } = await session.run(LOOK_UP, [`{${fields.map((field) => field.dataTypeID).join(',')}}`]);
  return new Map(rows.map(([array, element]) => [Number(array), Number(element)]));
}
