import { createServer, type Server, type ServerResponse } from 'node:http';

/** What a client gets to hear instead of the proxy's answer, once the proxy has carried the request out. */
export type Tampering = (response: ServerResponse, answer: string) => void;

export interface TamperingServer {
  /** The connection string of a database, through this server. */
  urlOf(databaseUrl: string): string;
  /** The answers to the next requests are tampered with, one after the other; later ones are not. */
  next(...tamperings: Tampering[]): void;
  /** How many requests were carried out since `next`. */
  requests(): number;
  close(): Promise<void>;
}

/** An HTTP server before the Neon proxy that lets every request through and tampers with its answer. */
export async function startTamperingServer(proxyUrl: string): Promise<TamperingServer> {
  const proxy = new URL(proxyUrl).host;
  let queue: Tampering[] = [];
  let count = 0;
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    count++;
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => name.startsWith('neon-')),
    ) as Record<string, string>;
    const answer = await fetch(`http://${proxy}/sql`, { method: 'POST', headers, body: Buffer.concat(chunks) });
    const text = await answer.text();
    const tampering = queue.shift();
    if (tampering) tampering(response, text);
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    urlOf(databaseUrl) {
      const url = new URL(databaseUrl);
      url.host = `127.0.0.1:${port}`;
      return url.href;
    },
    next(...tamperings) {
      queue = tamperings;
      count = 0;
    },
    requests: () => count,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
