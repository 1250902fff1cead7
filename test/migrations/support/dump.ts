import { dumpText } from '../../../src/migrations/dump/dump.ts';
import { dumpOf } from '../../../src/migrations/dump/of-url.ts';

/** The canonical dump of a database, as text. */
export async function dumpAt(url: string): Promise<string> {
  return dumpText(await dumpOf({ url }));
}
