import { connect } from 'node:net';
import type { Address } from './address.ts';

/** What identifies a backend in a CancelRequest. */
export interface BackendKey {
  processId: number;
  secretKey: number;
}

/**
 * Asks Postgres to cancel what a backend is running. Resolves when Postgres has acted on it (it closes the connection
 * then) or cannot be reached: a cancel request has no answer, and a dead Postgres has nothing to cancel.
 */
export function cancelBackend(address: Address, key: BackendKey): Promise<void> {
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80877102, 4);
  request.writeInt32BE(key.processId, 8);
  request.writeInt32BE(key.secretKey, 12);
  return new Promise((resolve) => {
    const socket = connect({ ...address, timeout: 2000 }, () => socket.write(request));
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.resume();
  });
}
