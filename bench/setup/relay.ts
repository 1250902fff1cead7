import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What went through a relay: bytes as TCP carried them, HTTP's headers and WebSocket's frames included. */
export interface Wire {
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** How often a client had something to say after it had heard an answer: right for plain Postgres alone. */
  readonly turns: number;
}

export interface Relay extends AsyncDisposable {
  readonly port: number;
  wire(): Wire;
  reset(): void;
}

/**
 * Counts what passes between a peer and the proxy; the proxy itself counts bodies alone, and does not read plain Postgres.
 * In the path while round trips are counted, never while time is taken.
 */
export async function startRelay(target: number): Promise<Relay> {
  let wire: { -readonly [K in keyof Wire]: number } = { bytesIn: 0, bytesOut: 0, turns: 0 };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    let heard = true;
    client.on('data', (chunk) => {
      wire.bytesIn += chunk.length;
      if (heard) wire.turns += 1;
      heard = false;
    });
    upstream.on('data', (chunk) => {
      wire.bytesOut += chunk.length;
      heard = true;
    });
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}); // 'close' follows
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    wire: () => ({ ...wire }),
    reset() {
      wire = { bytesIn: 0, bytesOut: 0, turns: 0 };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
