import type { Connection, FieldDef, Submittable } from 'pg';
import { ProxyError } from './errors.ts';
import { responseTooLarge } from './limits.ts';

/** A result as it came over the wire: every value is Postgres's text, `tag` is the whole command tag. */
export interface RawResult {
  fields: FieldDef[];
  rows: (string | null)[][];
  tag: string;
}

/** One statement as Neon runs it: Parse without type OIDs, Bind and Execute in text, through the unnamed statement. */
export class RawQuery implements Submittable {
  readonly result: Promise<RawResult>;
  readonly #text: string;
  readonly #params: (string | null)[];
  readonly #budget: number;
  readonly #raw: RawResult = { fields: [], rows: [], tag: '' };
  readonly #settle = Promise.withResolvers<RawResult>();
  #bytes = 0;

  /** @param budget bytes of text that the rows before the last one may have; more is a ProxyError 507 */
  constructor(text: string, params: (string | null)[], budget: number) {
    this.#text = text;
    this.#params = params;
    this.#budget = budget;
    this.result = this.#settle.promise;
  }

  // Below: what pg's Client calls, in the order of the protocol.

  submit = (connection: Connection): void => {
    connection.stream.cork(); // five messages, one packet
    connection.parse({ name: '', text: this.#text, types: [] }, true);
    connection.bind({ portal: '', statement: '', values: this.#params }, true);
    connection.describe({ type: 'P', name: '' }, true);
    connection.execute({ portal: '' }, true);
    connection.sync();
    connection.stream.uncork();
  };

  handleRowDescription(message: { fields: FieldDef[] }): void {
    this.#raw.fields = message.fields;
  }

  handleDataRow(message: { fields: (string | null)[] }): void {
    if (this.#bytes > this.#budget) {
      this.#raw.rows = [];
      this.#settle.reject(responseTooLarge());
      return;
    }
    for (const value of message.fields) this.#bytes += value === null ? 4 : Buffer.byteLength(value);
    this.#raw.rows.push(message.fields);
  }

  handleCommandComplete(message: { text: string }): void {
    this.#raw.tag = message.text;
  }

  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}

  /** COPY has no place in one request and one answer; Neon's words. The connection is left in the middle of it. */
  handleCopyInResponse(): void {
    this.#settle.reject(new ProxyError(400, 'unexpected message from server'));
  }

  handleCopyData(): void {
    this.#settle.reject(new ProxyError(400, 'unexpected message from server'));
  }

  handleError(error: Error): void {
    this.#settle.reject(error);
  }

  handleReadyForQuery(): void {
    this.#settle.resolve(this.#raw);
  }
}
