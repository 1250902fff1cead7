import { connect, createServer, type Server, type Socket } from 'node:net';

/** What happens to the connection when a client message holds the trigger. */
export type Fault =
  | 'cut before' // the message never reaches Postgres
  | 'cut after' // Postgres carries it out, its answer is lost
  | 'stall before' // the message is held back, the connection stays open
  | 'stall after'; // the answer is held back, the connection stays open

export interface FaultRelay {
  readonly port: number;
  /** The next message that holds a Parse of exactly this statement meets the fault; once. */
  arm(statement: string, fault: Fault): void;
  /** The next `n` connections are refused. */
  refuse(n: number): void;
  close(): Promise<void>;
}

/** A TCP relay in front of Postgres, behind the Neon proxy, where the protocol is in plain sight. */
export async function startFaultRelay(postgresPort: number): Promise<FaultRelay> {
  const sockets = new Set<Socket>();
  let armed: { trigger: Buffer; fault: Fault } | undefined;
  let refused = 0;

  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => {}).on('close', () => sockets.delete(client));
    if (refused > 0) {
      refused--;
      client.resetAndDestroy();
      return;
    }
    const postgres = connect(postgresPort, '127.0.0.1');
    sockets.add(postgres);
    let fault: Fault | undefined;
    const end = () => {
      client.destroy();
      postgres.destroy();
      // Out of reach means for pooled connections too.
      if (refused > 0 && fault) for (const socket of sockets) socket.destroy();
    };
    client.on('data', (chunk) => {
      if (armed && chunk.includes(armed.trigger)) {
        fault = armed.fault;
        armed = undefined;
      }
      if (fault === 'cut before') end();
      else if (fault !== 'stall before') postgres.write(chunk);
    });
    postgres.on('data', (chunk) => {
      if (fault === 'cut after') end();
      else if (!fault?.startsWith('stall')) client.write(chunk);
    });
    client.on('close', () => postgres.destroy());
    postgres.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: portOf(server),
    arm: (statement, fault) => {
      armed = { trigger: Buffer.from(`\0${statement}\0`), fault };
    },
    refuse: (n) => {
      refused = n;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The relay does not listen on TCP');
  return address.port;
}
