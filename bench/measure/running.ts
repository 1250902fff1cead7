import type { Fixture } from '../setup/database.ts';
import type { Peer, Prepared } from '../setup/peers.ts';
import type { Program } from '../setup/program.ts';
import { Client } from './client.ts';
import { DEEP_OFFSET, type Request, type Scenario } from './scenarios.ts';

export interface Ready {
  readonly peer: Peer;
  readonly prepared: Pick<Prepared, 'start'>;
}

/** A peer that serves requests. */
export class Running implements AsyncDisposable {
  readonly peer: Peer;
  readonly program: Program;
  readonly client: Client;
  readonly #fixture: Fixture;
  readonly #cursors: Map<string, string>;
  #sent = 0;

  private constructor(peer: Peer, program: Program, fixture: Fixture, cursors: Map<string, string>) {
    this.peer = peer;
    this.program = program;
    this.client = new Client(program.port);
    this.#fixture = fixture;
    this.#cursors = cursors;
  }

  /** `cursors` are those of the deep page, by peer: who finds one leaves it there. */
  static async start(
    { peer, prepared }: Ready,
    databaseUrl: string,
    fixture: Fixture,
    cursors: Map<string, string>,
  ): Promise<Running> {
    return new Running(peer, await prepared.start(databaseUrl), fixture, cursors);
  }

  can = ({ name }: Scenario): boolean => !this.peer.without.includes(name);

  next(scenario: Scenario): Request {
    return scenario.request(this.#fixture, this.#sent++, this.#cursors.get(this.peer.name) ?? '');
  }

  /** Walks to the deep page by the peer's own cursors, in large steps: a cursor does not depend on the page's size. */
  async findDeepPage(): Promise<void> {
    if (this.#cursors.has(this.peer.name)) return;
    const step = 25_000;
    let cursor = '';
    for (let read = 0; read < DEEP_OFFSET; ) {
      const limit = Math.min(step, DEEP_OFFSET - read);
      const path = `/items?limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const page = JSON.parse(await this.client.send({ method: 'GET', path })) as { items: unknown[]; next: string };
      cursor = page.next;
      read += page.items.length;
    }
    this.#cursors.set(this.peer.name, cursor);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.program[Symbol.asyncDispose]();
  }
}

/** The peers in an order that turns with each round, so that none always comes first or after the same one. */
export function inTurn<T>(all: readonly T[], round: number): T[] {
  const start = Math.floor(round / 2) % Math.max(1, all.length);
  const turned = [...all.slice(start), ...all.slice(0, start)];
  return round % 2 === 0 ? turned : turned.toReversed();
}
