import { Agent, request as httpRequest } from 'node:http';
import type { Request } from './scenarios.ts';

/** An HTTP client of one peer, which keeps its connections. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** ms from the request's beginning to the answer's end. Throws for any status but 200 and 201: no error counts as fast. */
  async time(request: Request): Promise<number> {
    const began = performance.now();
    await this.send(request);
    return performance.now() - began;
  }

  /** The answer's body. */
  send({ method, path, body }: Request): Promise<string> {
    const text = body && JSON.stringify(body);
    const headers = text ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } : {};
    return new Promise((resolve, reject) => {
      const options = { agent: this.#agent, host: '127.0.0.1', port: this.#port, method, path, headers };
      const sent = httpRequest(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          const { statusCode = 0 } = response;
          if (statusCode === 200 || statusCode === 201) resolve(answer);
          else reject(new Error(`${method} ${path} answered ${statusCode}: ${answer.slice(0, 300)}`));
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
