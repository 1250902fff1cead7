import type { Lane } from './latency.ts';

/** Bytes that may be under way in one direction before its source is paused. */
const HIGH_WATER = 4 * 1024 * 1024;

interface Source {
  pause(): void;
  resume(): void;
}

/** Writes a chunk, and calls `done` when it has left this process. */
export type Write = (chunk: Buffer, done: () => void) => void;

/** One direction of a connection: source -> lane -> sink, with back-pressure from the sink to the source. */
export class Flow {
  readonly #lane: Lane;
  readonly #source: Source;
  readonly #write: Write;
  #underWay = 0;
  #paused = false;

  constructor(lane: Lane, source: Source, write: Write) {
    this.#lane = lane;
    this.#source = source;
    this.#write = write;
  }

  push(chunk: Buffer): void {
    this.#underWay += chunk.length;
    if (!this.#paused && this.#underWay > HIGH_WATER) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#lane.run(() => this.#write(chunk, () => this.#written(chunk.length)));
  }

  #written(length: number): void {
    this.#underWay -= length;
    if (!this.#paused || this.#underWay > HIGH_WATER / 2) return;
    this.#paused = false;
    this.#source.resume();
  }
}
