import type { Duplex } from 'node:stream';
import type { ClientEnd } from './client-end.ts';

/** How long a backend may take to end after its client said goodbye and left, before its query is cancelled. */
const GOODBYE_GRACE_MS = 1000;

/**
 * Passes what Postgres says to the client until one of them is gone, and sees to it that the other goes too. A backend
 * would not notice a lost client before its query ends, so `cancel` stops that first. Resolves when both are closed.
 */
export async function relay(client: ClientEnd, socket: Duplex, cancel: () => Promise<void>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  // 'close' follows, and is where an error is dealt with.
  socket.on('error', () => {});
  const outward = client.flowFrom(socket);
  socket.on('data', (chunk: Buffer) => outward.push(chunk));
  socket.resume();

  if (client.gone.aborted) leave();
  else client.gone.addEventListener('abort', () => client.afterReceived(leave));
  await closed;
  client.close();

  function leave(): void {
    if (!client.terminated) {
      void abandon();
      return;
    }
    socket.end();
    const grace = setTimeout(() => void abandon(), GOODBYE_GRACE_MS);
    socket.on('close', () => clearTimeout(grace));
  }

  async function abandon(): Promise<void> {
    await cancel();
    socket.destroy();
  }
}
