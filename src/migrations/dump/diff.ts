import type { DumpItem } from './dump.ts';

export interface Difference {
  readonly kind: string;
  readonly key: string;
  /** undefined: not there. */
  readonly expected: string | undefined;
  readonly actual: string | undefined;
}

/** Where two dumps differ, by object. Empty: they are the same to the last byte. */
export function diffDumps(expected: readonly DumpItem[], actual: readonly DumpItem[]): Difference[] {
  const id = ({ kind, key }: DumpItem) => `${kind} ${key}`;
  const before = new Map(expected.map((item) => [id(item), item]));
  const after = new Map(actual.map((item) => [id(item), item]));
  const all = new Map([...before, ...after]);
  return [...all.keys()]
    .toSorted()
    .map((key) => ({ item: all.get(key), expected: before.get(key)?.text, actual: after.get(key)?.text }))
    .flatMap(({ item, ...texts }) =>
      item && texts.expected !== texts.actual ? [{ kind: item.kind, key: item.key, ...texts }] : [],
    );
}

/** One line for a person: `column public.users.nickname is there, and no migration makes it`. */
export function describeDifference({ kind, key, expected, actual }: Difference): string {
  const short = (text: string) => {
    const line = text.replace(/\s+/g, ' ').trim();
    return line.length > 90 ? `${line.slice(0, 87)}...` : line;
  };
  if (expected === undefined) return `${kind} ${key} is there, and no migration makes it`;
  if (actual === undefined) return `${kind} ${key} is missing`;
  return `${kind} ${key} is "${short(actual)}" and should be "${short(expected)}"`;
}
