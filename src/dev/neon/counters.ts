/** HTTP: `requests` and `roundTrips` are equal; `statements` counts each query of a batch; bytes are of the bodies. */
export type HttpStats = {
  requests: number;
  roundTrips: number;
  bytesIn: number;
  bytesOut: number;
  statements: number;
};

/** WebSocket: see `Turns` for what a round trip is; bytes are the payload of the frames. */
export type SocketStats = {
  connections: number;
  roundTrips: number;
  bytesIn: number;
  bytesOut: number;
};

/** What went through the proxy. `In` is from the client, `Out` is to the client. */
export interface NeonStats {
  http: HttpStats;
  websocket: SocketStats;
}

function zeroStats(): NeonStats {
  return {
    http: { requests: 0, roundTrips: 0, bytesIn: 0, bytesOut: 0, statements: 0 },
    websocket: { connections: 0, roundTrips: 0, bytesIn: 0, bytesOut: 0 },
  };
}

/** The proxy's counters: in total, and per database name. */
export class Counters {
  readonly #total = zeroStats();
  readonly #databases = new Map<string, NeonStats>();

  /** A copy of the counters of one database (zeros for one never seen), or of the total. */
  stats(database?: string): NeonStats {
    return structuredClone(database === undefined ? this.#total : (this.#databases.get(database) ?? zeroStats()));
  }

  /** Sets one database's counters to zero; without a name, the total and every database's. */
  reset(database?: string): void {
    const all = [this.#total, ...this.#databases.values()];
    for (const stats of database === undefined ? all : [this.#of(database)]) {
      // In place: open connections hold on to these objects.
      Object.assign(stats.http, zeroStats().http);
      Object.assign(stats.websocket, zeroStats().websocket);
    }
  }

  /** Adds to the total and, where the database is known, to its own counters. */
  addHttp(database: string | undefined, change: Partial<HttpStats>): void {
    add(this.#total.http, change);
    if (database !== undefined) add(this.#of(database).http, change);
  }

  /** Counts one WebSocket connection, whose database is not known yet. */
  connection(): SocketTally {
    return new SocketTally(this.#total.websocket, (database) => this.#of(database).websocket);
  }

  #of(database: string): NeonStats {
    const stats = this.#databases.get(database) ?? zeroStats();
    this.#databases.set(database, stats);
    return stats;
  }
}

/** One WebSocket's share of the counters. What came before its start-up packet is booked when that names a database. */
export class SocketTally {
  readonly #total: SocketStats;
  readonly #find: (database: string) => SocketStats;
  #own: SocketStats = zeroStats().websocket;

  constructor(total: SocketStats, find: (database: string) => SocketStats) {
    this.#total = total;
    this.#find = find;
    this.add({ connections: 1 });
  }

  add(change: Partial<SocketStats>): void {
    add(this.#total, change);
    add(this.#own, change);
  }

  assign(database: string): void {
    const stats = this.#find(database);
    add(stats, this.#own);
    this.#own = stats;
  }
}

function add(stats: Record<string, number>, change: Record<string, number>): void {
  for (const [key, amount] of Object.entries(change)) stats[key] = (stats[key] ?? 0) + amount;
}
