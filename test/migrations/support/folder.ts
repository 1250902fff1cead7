import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readJournal, writeJournal } from '../../../src/migrations/files/journal.ts';

export interface Script {
  readonly name: string;
  readonly up: string;
  /** null: no way back. */
  readonly down?: string | null;
  /** The journal's time stamp; by default later than those before it. */
  readonly when?: number;
}

export interface TestFolder {
  readonly path: string;
  /** Adds migrations at the end of the journal, numbered. Returns their names. */
  add(...scripts: Script[]): Promise<string[]>;
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
  remove(file: string): Promise<void>;
}

/** A folder of migrations of the test's own, gone when the test is. */
export async function testFolder(...scripts: Script[]): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'kura-migrations-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const folder: TestFolder = {
    path,
    async add(...more) {
      const journal = await readJournal(path);
      const names: string[] = [];
      for (const { name, up, down, when } of more) {
        const idx = journal.entries.length;
        const tag = `${String(idx).padStart(4, '0')}_${name}`;
        await folder.write(`${tag}.sql`, up);
        if (down !== null) await folder.write(`${tag}.down.sql`, down ?? '-- nothing');
        journal.entries.push({ idx, version: '7', when: when ?? 1000 + idx, tag, breakpoints: true });
        names.push(tag);
      }
      await writeJournal(path, journal);
      return names;
    },
    async write(file, text) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), text);
    },
    read: (file) => readFile(join(path, file), 'utf8'),
    remove: (file) => rm(join(path, file)),
  };
  await folder.add(...scripts);
  return folder;
}

/** `count` migrations, each making one table. */
export function tables(count: number): Script[] {
  return Array.from({ length: count }, (_, n) => ({
    name: `table_${n}`,
    up: `create table t${n} (id int primary key);\n--> statement-breakpoint\ninsert into t${n} values (1);`,
    down: `drop table t${n};`,
  }));
}
