import { Client } from '@neondatabase/serverless';

interface Wire {
  parse(message: { text: string; name: string; types: number[] }, more: true): void;
  bind(message: { portal: string; statement: string; values: unknown[]; binary: boolean }, more: true): void;
  describe(message: { type: 'P'; name: string }, more: true): void;
  execute(message: { portal: string; rows: number }, more: true): void;
  sync(): void;
}

type Row = (string | null)[];

/** Several statements in one flush, as a query object for the driver's `Client`. Gives the last statement's first row. */
class Flush {
  readonly #statements: readonly [text: string, ...values: unknown[]][];
  readonly #done = Promise.withResolvers<Row>();
  readonly result = this.#done.promise;
  #row: Row = [];

  constructor(statements: readonly [text: string, ...values: unknown[]][]) {
    this.#statements = statements;
  }

  submit(wire: Wire): void {
    for (const [text, ...values] of this.#statements) {
      wire.parse({ text, name: '', types: [] }, true);
      wire.bind({ portal: '', statement: '', values, binary: false }, true);
      wire.describe({ type: 'P', name: '' }, true);
      wire.execute({ portal: '', rows: 0 }, true);
    }
    wire.sync();
  }

  handleDataRow({ fields }: { fields: Row }): void {
    this.#row = fields;
  }
  handleReadyForQuery(): void {
    this.#done.resolve(this.#row);
  }
  handleError(error: Error): void {
    this.#done.reject(error);
  }
  handleRowDescription(): void {}
  handleCommandComplete(): void {}
  handleParseComplete(): void {}
  handleBindComplete(): void {}
  handleNoData(): void {}
}

/** One WebSocket session: what is sent first travels with the start-up and the password (`pipelineConnect`). */
export async function openSession(url: string) {
  const client = new Client(url);
  await client.connect();
  return {
    send(...statements: [text: string, ...values: unknown[]][]): Promise<Row> {
      const flush = new Flush(statements);
      client.query(flush as unknown as Parameters<Client['query']>[0]); // runs any object that has `submit`
      return flush.result;
    },
    close: () => client.end(),
  };
}
