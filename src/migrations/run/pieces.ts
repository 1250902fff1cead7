import type { Connection } from '../database/connection.ts';
import { splitScript } from '../files/script.ts';

/** Runs a script's statements in order, inside whatever transaction is open; an error says which one it was. */
export async function runScript(connection: Connection, script: string, note: (text: string) => void): Promise<void> {
  const pieces = splitScript(script);
  for (const [index, piece] of pieces.entries()) {
    if (pieces.length > 1) note(`statement ${index + 1} of ${pieces.length}`);
    try {
      await connection.query(piece);
    } catch (error) {
      throw atStatement(error, index + 1, pieces.length, piece);
    }
  }
}

/** The same error, its message led by the statement that it happened in. */
export function atStatement(error: unknown, number: number, count: number, sql: string): unknown {
  if (!(error instanceof Error)) return error;
  const start = sql
    .replace(/^\s*--.*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  const shown = start.length > 60 ? `${start.slice(0, 57)}...` : start;
  error.message = `statement ${number} of ${count} (${shown}): ${error.message}`;
  return error;
}
