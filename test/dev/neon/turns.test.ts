import { expect, test } from 'vitest';
import { FrontendStream } from '../../../src/dev/neon/frontend.ts';
import { Turns } from '../../../src/dev/neon/turns.ts';

const BYTES = Buffer.from('Q\0\0\0\x04');
const TERMINATE = Buffer.from('X\0\0\0\x04');

test('frames sent before the answer was heard belong to one round trip', () => {
  const turns = new Turns();
  expect(turns.fromClient(BYTES, true)).toBe(true);
  const ping = turns.toClient();
  expect(ping).toBeDefined();
  // Postgres has answered, but the pong shows that the client did not know it yet.
  expect(turns.fromClient(BYTES, true)).toBe(false);
  expect(turns.toClient()).toBeUndefined();
  turns.pong(String(ping));
  expect(turns.fromClient(BYTES, true)).toBe(true);
});

test('a late pong of an earlier turn does not count for this one', () => {
  const turns = new Turns();
  turns.fromClient(BYTES, true);
  const first = String(turns.toClient());
  turns.pong(first);
  turns.fromClient(BYTES, true);
  turns.toClient();
  turns.pong(first);
  expect(turns.fromClient(BYTES, true)).toBe(false);
});

test('a lone Terminate starts no round trip, the same bytes inside a message do', () => {
  const turns = new Turns();
  expect(turns.fromClient(TERMINATE, true)).toBe(false);
  expect(turns.fromClient(TERMINATE, false)).toBe(true);
});

test('messages are followed across any cut of the stream', () => {
  const startup = Buffer.from('\0\0\0\x0c\0\x03\0\0user');
  const ssl = Buffer.from('\0\0\0\x08\x04\xd2\x16\x2f', 'latin1');
  const stream = Buffer.concat([ssl, startup, Buffer.from('Q\0\0\0\x06ab'), TERMINATE]);
  for (let size = 1; size <= stream.length; size += 1) {
    const frontend = new FrontendStream();
    for (let at = 0; at < stream.length; at += size) {
      expect(frontend.terminated).toBe(false);
      frontend.push(stream.subarray(at, at + size));
    }
    expect(frontend).toMatchObject({ aligned: true, terminated: true });
  }
});

test('nothing is aligned before the start-up packet is through, or within a message', () => {
  const frontend = new FrontendStream();
  expect(frontend.aligned).toBe(false);
  frontend.push(Buffer.from('\0\0\0\x0c\0\x03\0\0user'));
  expect(frontend.aligned).toBe(true);
  frontend.push(Buffer.from('d\0\0\0\x09'));
  expect(frontend.aligned).toBe(false);
  frontend.push(TERMINATE);
  expect(frontend).toMatchObject({ aligned: true, terminated: false });
});
