import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isComplaint } from './complaint.ts';
import type { TestDatabase } from './database.ts';
import { startWorkerd } from './workerd.ts';

/** The application, built as for a deployment, in workerd itself. */
export async function serve(database: Pick<TestDatabase, 'url'>, variables: Record<string, string> = {}) {
  const lines: Record<string, unknown>[] = [];
  const complaints: string[] = [];
  const { port, url, pid, close } = await startWorkerd({
    root: resolve(import.meta.dirname, '../..'),
    bindings: { DATABASE_URL: database.url, BCRYPT_COST: '4', ...variables },
    health: '/health/live',
    onLine(line) {
      if (line.startsWith('{')) lines.push(JSON.parse(line));
      if (isComplaint(line)) complaints.push(line);
    },
  });
  return {
    url,
    /** What it printed that is no log line, or one of an error that nobody expected. */
    complaints,
    /** Of workerd. */
    pid,
    /** A request whose body the caller writes: in chunks, if it gives no Content-Length. */
    send: (method: string, path: string, headers: Record<string, string> = {}): ClientRequest =>
      request({ host: '127.0.0.1', port, method, path, headers, agent: false }),
    /** The log lines of one request, once there is one. */
    linesOf: async (requestId: string) => {
      const of = () => lines.filter((line) => line.requestId === requestId);
      while (of().length === 0) await sleep(20);
      return of();
    },
    close,
  };
}

export type Served = Awaited<ReturnType<typeof serve>>;

/** The answer and its whole body. A server may answer, and close, before it has read all that is sent. */
export async function answerOf(sent: ClientRequest): Promise<{ response: IncomingMessage; body: string }> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  sent.on('error', () => {});
  let body = '';
  for await (const part of response.setEncoding('utf8')) body += part;
  return { response, body };
}
