import { backendMessages, frontendMessages } from './fault-postgres.ts';
import type { Splitter, Unit } from './fault-unit.ts';

const BINARY = 2;
const CLOSE = 8;
const CONTROL: Readonly<Record<number, string>> = { 8: 'WebSocket close', 9: 'WebSocket ping', 10: 'WebSocket pong' };

/** A WebSocket's frames (RFC 6455, 5.2), taken apart into the Postgres messages inside, each in a frame of its own. */
export function webSocketMessages(fromClient: boolean): Splitter {
  const postgres = fromClient ? frontendMessages() : backendMessages();
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const units: Unit[] = [];
    for (let next = readFrame(rest); next; next = readFrame(rest)) {
      rest = rest.subarray(next.length);
      const control = CONTROL[next.opcode];
      if (control) units.push({ label: control, bytes: frame(next.opcode, next.payload, fromClient) });
      else
        for (const { label, bytes } of postgres(next.payload))
          units.push({ label, bytes: frame(BINARY, bytes, fromClient) });
    }
    return units;
  };
}

/** A Close frame, status 1000 (RFC 6455, 7.4.1). */
export const closeFrame = (fromClient: boolean): Buffer => frame(CLOSE, Buffer.from([0x03, 0xe8]), fromClient);

function readFrame(bytes: Buffer): { opcode: number; payload: Buffer; length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  const short = second & 0x7f;
  const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
  const masked = (second & 0x80) !== 0;
  const start = 2 + extended + (masked ? 4 : 0);
  if (bytes.length < start) return undefined;
  const size = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < start + size) return undefined;
  const payload = Buffer.from(bytes.subarray(start, start + size));
  if (masked) for (let i = 0; i < size; i++) payload[i] = (payload[i] ?? 0) ^ (bytes[start - 4 + (i % 4)] ?? 0);
  return { opcode: first & 0x0f, payload, length: start + size };
}

/** A client has to mask (RFC 6455, 5.3); a key of zeros leaves the payload in plain sight. */
function frame(opcode: number, payload: Buffer, masked: boolean): Buffer {
  const mask = masked ? 0x80 : 0;
  const header = Buffer.alloc(payload.length > 65_535 ? 10 : payload.length > 125 ? 4 : 2);
  header[0] = 0x80 | opcode;
  if (header.length === 2) header[1] = mask | payload.length;
  else if (header.length === 4) {
    header[1] = mask | 126;
    header.writeUInt16BE(payload.length, 2);
  } else {
    header[1] = mask | 127;
    header.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  return Buffer.concat([header, Buffer.alloc(masked ? 4 : 0), payload]);
}
