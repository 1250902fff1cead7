import type { WebSocket } from 'ws';
import type { SocketTally } from './counters.ts';
import { Flow, type Write } from './flow.ts';
import { FrontendStream } from './frontend.ts';
import { Lane, type Latency } from './latency.ts';
import { Turns } from './turns.ts';

/** RFC 6455, 7.4.1. */
const NORMAL = 1000;
const UNSUPPORTED_DATA = 1003;

/** The client's end of a WebSocket session: counts what passes, and delays it by half a round trip each way. */
export class ClientEnd {
  readonly #ws: WebSocket;
  readonly #tally: SocketTally;
  readonly #turns = new Turns();
  readonly #frontend = new FrontendStream();
  readonly #inward: Lane;
  readonly #outward: Lane;
  readonly #gone = new AbortController();

  /** @param sink where the client's bytes go, half a round trip after they came */
  constructor(ws: WebSocket, latency: Latency, tally: SocketTally, sink: Write) {
    this.#ws = ws;
    this.#tally = tally;
    this.#inward = new Lane(latency);
    this.#outward = new Lane(latency);
    const flow = new Flow(this.#inward, ws, sink);
    ws.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary, flow));
    ws.on('pong', (payload) => this.#turns.pong(payload.toString()));
    ws.on('error', () => ws.terminate());
    ws.on('close', () => this.#gone.abort());
  }

  /** Aborted when the WebSocket has closed, or was refused. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** The client has sent Terminate: it left in good order. */
  get terminated(): boolean {
    return this.#frontend.terminated;
  }

  get tally(): SocketTally {
    return this.#tally;
  }

  /** Bytes from `source` to the client; the returned flow pauses it while the client is slow. */
  flowFrom(source: ConstructorParameters<typeof Flow>[1]): Flow {
    return new Flow(this.#outward, source, (chunk, done) => this.#write(chunk, done));
  }

  /** Sends a message of the proxy's own. */
  send(message: Buffer): void {
    this.#outward.run(() => this.#write(message, () => {}));
  }

  /** Runs `task` when all that the client has sent so far has reached the sink. */
  afterReceived(task: () => void): void {
    this.#inward.run(task);
  }

  /** Closes the WebSocket when all that was sent so far has reached the client. */
  close(): void {
    this.#outward.run(() => {
      this.#ws.resume();
      this.#ws.close(NORMAL);
    });
  }

  /** Ends at once, in both directions. */
  terminate(): void {
    this.#inward.clear();
    this.#outward.clear();
    this.#ws.terminate();
  }

  #receive(chunk: Buffer, isBinary: boolean, flow: Flow): void {
    if (!isBinary) {
      this.#ws.close(UNSUPPORTED_DATA, 'unexpected text message in the websocket');
      // Postgres is not to wait until the client has closed its side too.
      this.#gone.abort();
      return;
    }
    const roundTrips = this.#turns.fromClient(chunk, this.#frontend.aligned) ? 1 : 0;
    this.#tally.add({ bytesIn: chunk.length, roundTrips });
    this.#frontend.push(chunk);
    flow.push(chunk);
  }

  #write(chunk: Buffer, done: () => void): void {
    const ping = this.#turns.toClient();
    if (ping !== undefined) this.#ws.ping(ping);
    this.#tally.add({ bytesOut: chunk.length });
    this.#ws.send(chunk, { binary: true }, () => done());
  }
}
