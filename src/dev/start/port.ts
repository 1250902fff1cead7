import { once } from 'node:events';
import { createServer } from 'node:net';
import { Stop } from '../exit.ts';

/**
 * Makes sure that the API can have the port. Also looks at ::1, where `localhost` would lead to the other program.
 * @throws Stop naming the port and the way out.
 */
export async function requirePort(port: number): Promise<void> {
  for (const host of ['127.0.0.1', '::1']) {
    const code = await bindingError(port, host);
    if (code === 'EADDRINUSE')
      throw new Stop(
        `Port ${port} is in use by another program: choose another with --port ${port === 8787 ? 8788 : 8787}`,
      );
    if (code === 'EACCES') throw new Stop(`Port ${port} is not open to this user: choose one above 1023 with --port`);
  }
}

async function bindingError(port: number, host: string): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  } finally {
    server.close();
  }
}
