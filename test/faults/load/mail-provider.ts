import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A mail provider with Resend's interface, which keeps count. */
export interface MailProvider {
  readonly url: string;
  /** Recipient → the idempotency key of each delivery. */
  readonly delivered: ReadonlyMap<string, readonly string[]>;
  close(): void;
}

export async function startMailProvider(): Promise<MailProvider> {
  const delivered = new Map<string, string[]>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { to } = JSON.parse(Buffer.concat(chunks).toString()) as { to: string[] };
    const recipient = to[0] ?? '';
    delivered.set(recipient, [...(delivered.get(recipient) ?? []), String(request.headers['idempotency-key'])]);
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"id":"1"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    delivered,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
