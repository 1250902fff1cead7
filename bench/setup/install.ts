import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrMissing } from './missing.ts';

/** Installs what a folder of the bench needs for itself, from its lock file, unless it is there. Throws `Missing`. */
export function install(folder: string): void {
  if (isInstalled(folder)) return;
  runOrMissing('npm', ['ci'], 'npm ci failed', { cwd: folder });
}

/** npm leaves a copy of the lock file in what it installs. */
function isInstalled(folder: string): boolean {
  const installed = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const versions = ({ packages }: Lock) =>
    Object.entries(packages).flatMap(([path, { version, optional }]) =>
      path && !optional ? `${path}@${version}` : [],
    );
  const has = new Set(versions(read(installed)));
  return versions(read(join(folder, 'package-lock.json'))).every((one) => has.has(one));
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Lock;
