/** One protocol message: an HTTP request or response, or a Postgres message (in a WebSocket frame of its own). */
export interface Unit {
  readonly label: string;
  /** As they go over the wire. */
  readonly bytes: Buffer;
}

/** Takes a stream apart: the messages that are whole now. */
export type Splitter = (chunk: Buffer) => Unit[];
