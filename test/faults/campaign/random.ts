import { createHash } from 'node:crypto';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of `of` parts that are alike, from 1. */
export interface Part {
  readonly number: number;
  readonly of: number;
}

/**
 * The part of the list, in an order that the seed and the names choose: the same whatever the list's own order is, and whatever
 * else is in it. All parts together are the list.
 */
export function shuffled<T>(list: readonly T[], nameOf: (one: T) => string, seed: number, part: Part): T[] {
  const rankOf = (name: string) => createHash('sha256').update(`${seed} ${name}`).digest().readUIntBE(0, 6);
  return list
    .map((one) => ({ one, rank: rankOf(nameOf(one)) }))
    .filter(({ rank }) => rank % part.of === part.number - 1)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
}
