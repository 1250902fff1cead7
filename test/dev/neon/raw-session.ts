import { vi } from 'vitest';
import { WebSocket } from 'ws';

const READY = 'Z\0\0\0\x05';

/** A session without the driver, for what the driver would not do. */
export interface RawSession {
  socket: WebSocket;
  /** One frame. */
  send(message: Buffer): void;
  /** Bytes received since the log-in. */
  received(): number;
  /** Resolves when `count` more ReadyForQuery messages have come than at the last call. */
  ready(count: number): Promise<void>;
}

export async function openSocket(url: string, path = '/v2'): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${new URL(url).host}${path}`);
  socket.on('error', () => {});
  await new Promise((resolve) => socket.on('open', resolve));
  return socket;
}

export async function rawSession(url: string): Promise<RawSession> {
  const { username, password, pathname } = new URL(url);
  const socket = await openSocket(url);
  let bytes = 0;
  let text = '';
  socket.on('message', (data: Buffer) => {
    bytes += data.length;
    text = (text + data.toString('latin1')).slice(-1000);
  });
  const ready = async (count: number) => {
    await vi.waitFor(
      () => {
        if (text.split(READY).length - 1 < count) throw new Error('not ready');
      },
      { interval: 1, timeout: 10_000 },
    );
    text = '';
  };
  socket.send(startup({ user: username, database: pathname.slice(1), application_name: 'raw' }));
  socket.send(message('p', `${decodeURIComponent(password)}\0`));
  await ready(1);
  bytes = 0;
  return { socket, send: (data) => socket.send(data), received: () => bytes, ready };
}

export const TERMINATE = Buffer.from('X\0\0\0\x04');

export function query(text: string): Buffer {
  return message('Q', `${text}\0`);
}

export function startup(parameters: Record<string, string>): Buffer {
  return message('', `\0\x03\0\0${Object.entries(parameters).flat().join('\0')}\0\0`);
}

export function message(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(Buffer.byteLength(body) + 4);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)]);
}
