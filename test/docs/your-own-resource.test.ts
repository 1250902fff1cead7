import { spawnSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(project, 'docs/your-own-resource.md'), 'utf8');

/** The blocks of the page in their order, each with the file that was named last before it. */
const blocks = [...page.matchAll(/^(?:`(\S+)`\n\n)?```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, file, kind = '', text = '']) => ({
    file,
    kind,
    text,
  }),
);

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'kura-docs-'));
  const tracked = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: project,
    encoding: 'utf8',
  });
  for (const file of tracked.stdout.split('\0').filter(Boolean)) cpSync(join(project, file), join(copy, file));
  // A folder of links: what tools keep in node_modules stays apart.
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(project, 'node_modules'))) {
    if (name !== '.vite') symlinkSync(join(project, 'node_modules', name), join(copy, 'node_modules', name));
  }
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

it('the page makes a resource, followed to the letter', { timeout: 120_000 }, () => {
  let last: string | undefined;
  for (const { file, kind, text } of blocks) {
    last = file ?? last;
    if (kind === 'sh') for (const command of text.trim().split('\n')) run(command);
    else if (last === undefined) throw new Error(`No file is named before ${text}`);
    else if (kind === 'diff') patch(last, text);
    else if (kind === 'sql') append(last, text);
    else write(last, text);
  }
  expect(blocks.map(({ kind }) => kind)).toContain('sh');
});

function write(file: string, text: string): void {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), text, { flag: 'wx' });
}

function append(pattern: string, text: string): void {
  const files = globSync(pattern, { cwd: copy });
  expect(files, pattern).toHaveLength(1);
  for (const file of files) writeFileSync(join(copy, file), `\n${text}`, { flag: 'a' });
}

/** The lines without a sign and with `-` have to be there, once; they become those without a sign and with `+`. */
function patch(file: string, diff: string): void {
  const lines = diff.trimEnd().split('\n');
  const side = (sign: string) =>
    lines.filter((line) => line.startsWith(' ') || line.startsWith(sign)).map((line) => line.slice(1));
  const source = readFileSync(join(copy, file), 'utf8');
  const [before, after] = [side('-').join('\n'), side('+').join('\n')];
  expect(source.split(before), `${file} has once: ${before}`).toHaveLength(2);
  writeFileSync(
    join(copy, file),
    source.replace(before, () => after),
  );
}

function run(command: string): void {
  const { status, stdout, stderr } = spawnSync(command, {
    cwd: copy,
    shell: true,
    encoding: 'utf8',
    env: { ...process.env, VITEST: undefined, NODE_ENV: undefined, NO_COLOR: '1' },
  });
  expect(status, `${command}\n${stdout}${stderr}`).toBe(0);
}
