import { lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, signal } from '../../src/dev/postgres/processes.ts';
import { recover } from '../../src/dev/postgres/recover.ts';

const PREFIX = 'kura-test-';

/** The process whose run a folder is of: named by pid and start, as pids are used again. */
interface Owner {
  readonly pid: number;
  readonly started: string;
  /** A pid says nothing in another namespace: containers may share a folder. */
  readonly namespace: string;
}

/** A folder of this process's own, for the Postgres of a test run. */
export async function makeRunFolder(root = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(root, PREFIX));
  const owner: Owner = { pid: process.pid, started: inspect(process.pid)?.started ?? '', namespace: namespace() };
  writeFileSync(ownerFile(folder), JSON.stringify(owner));
  return folder;
}

/** Stops and removes what runs left that were killed before they could. Touches nothing whose run may live. */
export async function sweepRunFolders(root = tmpdir()): Promise<void> {
  for (const name of readdirSync(root).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = join(root, name);
    if (!isAbandoned(folder)) continue;
    const dataDir = join(folder, 'postgres');
    try {
      await recover(dataDir, () => {});
      // The owner's name goes last: what is left half removed is found again.
      await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    } catch (error) {
      // Another run may be at it, too; what is still there is for the next one, and no reason not to test.
      console.warn(`${folder} is left: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** Whether the folder is this user's and names an owner that is gone; one that names none may be new. */
function isAbandoned(folder: string): boolean {
  try {
    const stat = lstatSync(folder);
    if (!stat.isDirectory() || stat.uid !== process.getuid?.()) return false;
    const owner = JSON.parse(readFileSync(ownerFile(folder), 'utf8')) as Owner; // `makeRunFolder` wrote it
    if (owner.started === '' || owner.namespace !== namespace()) return false;
    const found = inspect(owner.pid);
    if (found) return found.started !== owner.started;
    // Linux keeps the number of a dead process whose parent does not ask; elsewhere `ps` itself may have failed.
    return process.platform === 'linux' || !signal(owner.pid, 0);
  } catch {
    return false;
  }
}

const ownerFile = (folder: string) => join(folder, 'owner.json');

function namespace(): string {
  return process.platform === 'linux' ? readlinkSync('/proc/self/ns/pid') : '';
}
