import { createWriteStream, statSync } from 'node:fs';

const largest = 1024 * 1024;

/** Opens a log file for adding lines; one that has grown large begins anew. A full disk must not end what is logged. */
export function openLog(file: string): { line(text: string): void; close(): Promise<void> } {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const stream = createWriteStream(file, { flags: size > largest ? 'w' : 'a' });
  stream.on('error', () => {});
  return {
    line: (text) => stream.write(`${text}\n`),
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  };
}
