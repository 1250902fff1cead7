import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
import { dirname, join, relative, resolve, sep } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(project, 'docs/your-own-resource.md'), 'utf8');

/** The blocks of the page in their order, each with the file that was named last before it. */
const blocks = [...page.matchAll(/^(?:`(\S+)`\n\n)?```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, file, kind = '', code = '']) => ({
    file,
    kind,
    code,
  }),
);

/** What is no source, and what the page needs nothing of. */
const LEFT_OUT = new Set(['.git', '.kura', '.wrangler', 'bench', 'coverage', 'dist', 'node_modules', 'scripts']);

/** The tests that the page runs, and what they import: to check the types of all the others takes as long as all the rest. */
const TESTS = ['api', 'support'];

function isCopied(path: string): boolean {
  const [folder = '', name] = relative(project, path).split(sep);
  return !LEFT_OUT.has(folder) && (folder !== 'test' || name === undefined || TESTS.includes(name));
}

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'kura-docs-'));
  cpSync(project, copy, { recursive: true, filter: isCopied });
  // A folder of links: what tools keep in node_modules stays apart.
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(project, 'node_modules'))) {
    if (name !== '.vite') symlinkSync(join(project, 'node_modules', name), join(copy, 'node_modules', name));
  }
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

it('the page makes a resource, followed to the letter', { timeout: 600_000 }, async () => {
  let last: string | undefined;
  for (const { file, kind, code } of blocks) {
    last = file ?? last;
    if (kind === 'sh') await Promise.all(code.trim().split('\n').map(run));
    else if (last === undefined) throw new Error(`No file is named before ${code}`);
    else if (kind === 'diff') patch(last, code);
    else if (kind === 'sql') append(last, code);
    else write(last, code);
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

async function run(command: string): Promise<void> {
  const env = { ...process.env, VITEST: undefined, NODE_ENV: undefined, NO_COLOR: '1' };
  const child = spawn(command, { cwd: copy, shell: true, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors] = [text(child.stdout), text(child.stderr)];
  const [status] = await once(child, 'close');
  expect(status, `${command}\n${await output}${await errors}`).toBe(0);
}
