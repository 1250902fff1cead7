import { connect, type Socket } from 'node:net';
import type { Address } from './address.ts';
import { Flow } from './flow.ts';
import { Lane, type Latency } from './latency.ts';

/** A plain Postgres client (psql, pg, a migration): its bytes go to Postgres and back, unread. */
export function passThrough(client: Socket, address: Address, latency: Latency): void {
  const upstream = connect({ ...address, noDelay: true, allowHalfOpen: true });
  oneWay(client, upstream, latency);
  oneWay(upstream, client, latency);
}

function oneWay(from: Socket, to: Socket, latency: Latency): void {
  const lane = new Lane(latency);
  const flow = new Flow(lane, from, (chunk, done) => to.write(chunk, () => done()));
  from.on('data', (chunk) => flow.push(chunk));
  from.on('end', () => lane.run(() => to.end()));
  // 'close' follows, and is where an error is dealt with.
  from.on('error', () => {});
  from.on('close', (hadError) => lane.run(() => (hadError ? to.destroy() : to.end())));
}
