import type { Splitter, Unit } from './fault-unit.ts';
import { webSocketMessages } from './fault-websocket.ts';

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** HTTP/1.1 messages (RFC 9112), each whole; a WebSocket's after an upgrade. */
export function httpMessages(fromClient: boolean): Splitter {
  let rest: Buffer = Buffer.alloc(0);
  let webSocket: Splitter | undefined;
  return (chunk) => {
    if (webSocket) return webSocket(chunk);
    rest = Buffer.concat([rest, chunk]);
    const units: Unit[] = [];
    for (;;) {
      const end = rest.indexOf(END_OF_HEAD);
      if (end < 0) return units;
      const head = rest.subarray(0, end).toString('latin1');
      const length = end + 4 + bodyLength(head, rest.subarray(end + 4));
      if (!(rest.length >= length)) return units; // NaN: the body is not whole yet
      const upgrade = fromClient ? /^upgrade: *websocket/im.test(head) : / 101 /.test(head.split('\r\n')[0] ?? '');
      units.push({ label: labelOf(fromClient, upgrade), bytes: rest.subarray(0, length) });
      rest = rest.subarray(length);
      if (upgrade) {
        webSocket = webSocketMessages(fromClient);
        return [...units, ...webSocket(rest)];
      }
    }
  };
}

/** A whole answer, after which the connection is closed. */
export const httpAnswer = (status: number, body: string): Buffer =>
  Buffer.from(`HTTP/1.1 ${status} Fault\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);

function labelOf(fromClient: boolean, upgrade: boolean): string {
  if (upgrade) return fromClient ? 'WebSocket open' : 'WebSocket accepted';
  return fromClient ? 'HTTP request' : 'HTTP response';
}

/** NaN if the body is chunked and its end is not here yet. */
function bodyLength(head: string, body: Buffer): number {
  const declared = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (declared !== undefined) return Number(declared);
  if (!/^transfer-encoding: *chunked/im.test(head)) return 0;
  for (let at = 0; ; ) {
    const line = body.indexOf('\r\n', at);
    if (line < 0) return Number.NaN;
    const size = Number.parseInt(body.subarray(at, line).toString('latin1'), 16);
    at = line + 2 + size + 2;
    if (size === 0 || at > body.length) return size === 0 && at <= body.length ? at : Number.NaN;
  }
}
