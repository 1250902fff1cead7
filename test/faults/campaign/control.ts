import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const PATIENCE_MS = 60_000;

/** The checker's own connection, past every fault; it waits for a database that is away. */
export class Control {
  readonly url: string;
  #client: Promise<pg.Client> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(url: string) {
    this.url = url;
  }

  /** Rows as objects. Throws what Postgres says of the statement. */
  query<Row = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<Row[]> {
    const result = this.#turn.then(() => this.#patiently(text, params));
    this.#turn = result.catch(() => {}); // the caller gets the error; the next in turn does not mind
    return result as Promise<Row[]>;
  }

  async #patiently(text: string, params?: readonly unknown[]): Promise<unknown[]> {
    for (const until = Date.now() + PATIENCE_MS; ; ) {
      try {
        this.#client ??= this.#connect();
        const { rows } = await (await this.#client).query(text, params && [...params]);
        return rows;
      } catch (error) {
        if (!isAway(error) || Date.now() > until) throw error;
        this.#client = undefined;
        await sleep(50);
      }
    }
  }

  async end(): Promise<void> {
    await this.#client?.then((client) => client.end()).catch(() => {});
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client(this.url);
    client.on('error', () => {
      this.#client = undefined;
    });
    await client.connect();
    return client;
  }
}

/** Classes 08, 53 and 57P of SQLSTATE, or no answer of Postgres at all. */
function isAway(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || /^(08|53|57P)/.test(error.code ?? '');
}
