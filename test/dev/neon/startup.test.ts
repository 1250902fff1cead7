import { expect, test } from 'vitest';
import { ByteReader, StreamEnded } from '../../../src/dev/neon/bytes.ts';
import { filterOptions, readOpening, readPassword } from '../../../src/dev/neon/startup.ts';

function packet(code: number, rest = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + rest.length);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, rest]);
}

const STARTUP = packet(196608, Buffer.from('user\0ann\0database\0shop\0\0'));

// The cases of Neon's own test of filtered_options.
test.each([
  ['', undefined],
  ['project=foo', undefined],
  [' endpoint=foo ', undefined],
  ['\\  project=foo \\ ', '\\  \\ '],
  ['project = foo', 'project = foo'],
  ['project = foo neon_endpoint_type:read_write   neon_lsn:0/2', 'project = foo'],
  ['-c statement_timeout=1s', '-c statement_timeout=1s'],
])('options %j are passed on as %j', (options, expected) => {
  expect(filterOptions(options)).toBe(expected);
});

test('a start-up packet is read from frames of one byte, and what follows is left', async () => {
  const reader = new ByteReader();
  const opening = readOpening(reader, () => {});
  for (const byte of Buffer.concat([STARTUP, Buffer.from('Q')])) reader.push(Buffer.from([byte]));
  expect(await opening).toEqual({
    kind: 'startup',
    parameters: new Map([
      ['user', 'ann'],
      ['database', 'shop'],
    ]),
  });
  expect(reader.rest().toString()).toBe('Q');
});

test('requests for encryption are refused, each once', async () => {
  const reader = new ByteReader();
  let refused = 0;
  reader.push(Buffer.concat([packet(80877104), packet(80877103), STARTUP]));
  await readOpening(reader, () => (refused += 1));
  expect(refused).toBe(2);
});

test('a cancel request is read with its key', async () => {
  const reader = new ByteReader();
  const key = Buffer.alloc(8);
  key.writeInt32BE(7);
  key.writeInt32BE(-9, 4);
  reader.push(packet(80877102, key));
  expect(await readOpening(reader, () => {})).toEqual({ kind: 'cancel', key: { processId: 7, secretKey: -9 } });
});

test.each([
  ['a length out of bounds', Buffer.from('GET / HTTP/1.1')],
  ['an old protocol', packet(131072)],
])('%s is a protocol error', async (_, bytes) => {
  const reader = new ByteReader();
  reader.push(bytes);
  await expect(readOpening(reader, () => {})).rejects.toThrow(/startup packet|protocol/);
});

test('a password is read up to its zero byte; another message is a protocol error', async () => {
  const reader = new ByteReader();
  reader.push(Buffer.from('p\0\0\0\x08abc\0Q\0\0\0\x04'));
  expect(await readPassword(reader)).toBe('abc');
  await expect(readPassword(reader)).rejects.toThrow('expected a password');
});

test('a client that leaves in the middle ends the read', async () => {
  const reader = new ByteReader();
  const opening = readOpening(reader, () => {});
  reader.push(STARTUP.subarray(0, 10));
  reader.end();
  await expect(opening).rejects.toThrow(StreamEnded);
});
