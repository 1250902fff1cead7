import { type ConnectOptions, connect } from '../database/connection.ts';
import { type DumpItem, dumpSchema } from './dump.ts';

/** The schema of the database at that address. */
export async function dumpOf(options: ConnectOptions): Promise<DumpItem[]> {
  const connection = await connect(options);
  try {
    return await dumpSchema(connection);
  } finally {
    await connection.close();
  }
}
