import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Missing, runOrMissing } from './missing.ts';

const OLDEST = [3, 11] as const;

/** The program `python` of a virtual environment with the pinned requirements, made on first use. Throws `Missing`. */
export function virtualEnvironment(requirements: string, folder: string): string {
  const python = findPython();
  const program = join(folder, 'bin', 'python');
  const stamp = join(folder, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return program;
  runOrMissing(python, ['-m', 'venv', '--clear', folder], 'no virtual environment could be made');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  runOrMissing(program, pip, 'its packages could not be installed');
  writeFileSync(stamp, wanted);
  return program;
}

function findPython(): string {
  for (const name of ['python3', 'python']) {
    const { stdout, status } = spawnSync(name, ['-c', 'import sys; print(*sys.version_info[:2])'], {
      encoding: 'utf8',
    });
    const [major = 0, minor = 0] = status === 0 ? stdout.split(' ').map(Number) : [];
    if (major === OLDEST[0] && minor >= OLDEST[1]) return name;
  }
  throw new Missing(`there is no Python ${OLDEST.join('.')} or newer`);
}

/** As 3.12.3. */
export const versionOf = (python: string): string =>
  runOrMissing(python, ['-c', 'import platform; print(platform.python_version())'], 'Python does not run').trim();
