import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpMessages } from './fault-http.ts';
import { backendMessages, frontendMessages } from './fault-postgres.ts';
import type { Splitter, Unit } from './fault-unit.ts';

/** `→` from the client to the database, `←` back. */
export type Direction = '→' | '←';

/** A message that came by, numbered per direction from the relay's start or its last `arm`. */
export interface Step extends Unit {
  readonly direction: Direction;
  readonly index: number;
}

/** A message as a fault meets it. What a fault does not pass on is lost; the messages after it wait until it resolves. */
export interface Strike {
  readonly step: Step;
  /** Sends the bytes, the message's own if not given, on their way. */
  pass(bytes?: Buffer): void;
  /** Sends bytes to one of the ends. */
  toClient(bytes: Buffer): void;
  toServer(bytes: Buffer): void;
  /** Closes both ends in good order (FIN), after what was sent. */
  cut(): void;
  /** Closes both ends at once (RST). */
  reset(): void;
  /** Never resolves: holds back this message and all after it. The connection stays open until an end leaves. */
  stall(): Promise<never>;
  /** As `stall`, and the other end is not told when this one leaves: packets that get lost. */
  lose(): Promise<never>;
}

export type Fault = (strike: Strike) => void | Promise<void>;

export interface FaultRelay {
  readonly protocol: 'http' | 'postgres';
  readonly port: number;
  /** The messages since the start, or the last `arm`. */
  readonly steps: readonly Step[];
  /** The next messages that fit meet these faults, one each; earlier arms are forgotten. */
  arm(fits: (step: Step) => boolean, ...faults: Fault[]): void;
  /** From now on connections are refused, by a port that nobody listens on. */
  refuse(): void;
  accept(): Promise<void>;
  /** How many open connections have carried a message of this label. */
  open(label: string): number;
  /** Closes every connection at once. */
  cutAll(): void;
  close(): Promise<void>;
}

/** A relay in front of `port` on this machine, which knows the messages of its protocol and lets faults meet them. */
export async function startFaultRelay(port: number, protocol: 'http' | 'postgres'): Promise<FaultRelay> {
  const sockets = new Set<Socket>();
  const carried = new Map<Socket, Set<string>>();
  let steps: Step[] = [];
  let count = { '→': 0, '←': 0 };
  let armed: { fits: (step: Step) => boolean; faults: Fault[] } = { fits: () => false, faults: [] };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const ends = [client, upstream];
    const labels = new Set<string>();
    carried.set(client, labels);
    client.on('close', () => carried.delete(client));
    for (const socket of ends) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    const cut = () => ends.forEach((socket) => void socket.destroySoon());
    const reset = () => ends.forEach((socket) => void socket.resetAndDestroy());
    const splitters =
      protocol === 'http' ? [httpMessages(true), httpMessages(false)] : [frontendMessages(), backendMessages()];
    relayOneWay('→', client, upstream, splitters[0] as Splitter);
    relayOneWay('←', upstream, client, splitters[1] as Splitter);

    function relayOneWay(direction: Direction, from: Socket, to: Socket, split: Splitter): void {
      let turn: Promise<void> = Promise.resolve();
      let stalled = false;
      let lost = false;
      from.on('data', (chunk) => {
        const units = split(chunk);
        turn = turn.then(() => meetAll(units));
      });
      from.on('end', () => {
        if (lost) return;
        if (stalled) to.destroy();
        else turn = turn.then(() => void to.end());
      });
      from.on('close', (hadError) => {
        if (lost) return;
        if (stalled || hadError) to.destroy();
        else turn = turn.then(() => void to.end());
      });

      /** What came together goes on together, in one packet, but for a fault, which finds all before it sent. */
      async function meetAll(units: readonly Unit[]): Promise<void> {
        to.cork();
        for (const unit of units) {
          const step: Step = { ...unit, direction, index: count[direction]++ };
          steps.push(step);
          labels.add(step.label);
          const fault = armed.fits(step) ? armed.faults.shift() : undefined;
          if (!fault) {
            to.write(unit.bytes);
            continue;
          }
          to.uncork();
          await meet(step, fault);
          to.cork();
        }
        to.uncork();
      }

      function meet(step: Step, fault: Fault): void | Promise<void> {
        return fault({
          step,
          pass: (bytes = step.bytes) => void to.write(bytes),
          toClient: (bytes) => void client.write(bytes),
          toServer: (bytes) => void upstream.write(bytes),
          cut,
          reset,
          stall() {
            stalled = true;
            if (from.readableEnded || from.destroyed) to.destroy();
            return new Promise(() => {});
          },
          lose() {
            lost = true;
            return new Promise(() => {});
          },
        });
      }
    }
  });
  await listen(server, 0);
  const own = (server.address() as AddressInfo).port;

  return {
    protocol,
    port: own,
    get steps() {
      return steps;
    },
    arm(fits, ...faults) {
      steps = [];
      count = { '→': 0, '←': 0 };
      armed = { fits, faults };
    },
    refuse: () => void server.close(),
    accept: () => listenAgain(server, own),
    open: (label) => Array.from(carried.values()).filter((labels) => labels.has(label)).length,
    cutAll() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Somebody else may have been given the port meanwhile, by chance and for a moment. */
async function listenAgain(server: Server, port: number): Promise<void> {
  for (const until = Date.now() + 20_000; ; await sleep(50)) {
    try {
      return await listen(server, port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || Date.now() > until) throw error;
    }
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
