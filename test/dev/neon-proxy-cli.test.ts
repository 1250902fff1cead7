import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { neon } from '@neondatabase/serverless';
import { expect, inject, test } from 'vitest';
import { pointDriver } from './neon/harness.ts';

function start(...args: string[]) {
  const child = spawn(process.execPath, ['src/dev/neon-proxy-cli.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { out: '', err: '' };
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const banner = new Promise<string>((resolve) => {
    child.stdout.on('data', (data) => {
      output.out += data;
      if (output.out.includes('Ctrl-C')) resolve(output.out);
    });
  });
  child.stderr.on('data', (data) => {
    output.err += data;
  });
  return { child, output, ended, banner };
}

test.each(['SIGINT', 'SIGTERM'] as const)('serves until %s, and never shows a password', async (signal) => {
  const { child, output, ended, banner } = start('--postgres', inject('postgres'), '--port', '0', '--latency', '50');
  const shown = stripVTControlCharacters(await banner);
  const password = new URL(inject('postgres')).password;
  const url = shown.match(/postgres:\/\/\S+/)?.[0] ?? '';
  expect(new URL(url).password).toBe('PASSWORD');
  expect(shown).toContain('50 ms');

  pointDriver();
  const began = performance.now();
  expect(await neon(url.replace('PASSWORD', password))`select 1 as n`).toEqual([{ n: 1 }]);
  expect(performance.now() - began).toBeGreaterThanOrEqual(46);
  child.kill(signal);
  expect(await ended).toBe(0);
  expect(output.err).toBe('');
});

test('a port in use is one line and exit code 1', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const { output, ended } = start('--postgres', inject('postgres'), '--port', String(port));
  expect(await ended).toBe(1);
  expect(output).toEqual({ out: '', err: expect.stringMatching(/^[^\n]*the port is in use\n$/) });
  server.close();
});

test.each([
  ['no URL', []],
  ['a bad URL', ['--postgres', 'mysql://a:secret@b/c']],
  ['a bad port', ['--postgres', 'postgres://b/c', '--port', '70000']],
  ['a bad latency', ['--postgres', 'postgres://b/c', '--latency=-1']],
  ['an unknown option', ['--postgres', 'postgres://b/c', '--nothing']],
])('%s is one line and exit code 1', async (_, args) => {
  const { output, ended } = start(...args);
  expect(await ended).toBe(1);
  expect(output).toEqual({ out: '', err: expect.stringMatching(/^[^\n]+\n$/) });
  expect(output.err).not.toContain('secret');
});

test('--help fits 80 columns and names every option', async () => {
  const { output, ended } = start('--help');
  expect(await ended).toBe(0);
  for (const option of ['--postgres', '--port', '--host', '--latency', '--help']) expect(output.out).toContain(option);
  expect(Math.max(...output.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});
