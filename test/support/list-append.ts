/**
 * A checker for list-append histories, after Elle (Kingsbury, Alvaro: "Elle", VLDB 2020). Every append adds an element that
 * is unique, so a list that was read tells which versions its key went through, and who wrote each.
 */

export type Operation =
  | { readonly kind: 'read'; readonly key: string; readonly list: readonly number[] }
  | { readonly kind: 'append'; readonly key: string; readonly element: number };

export interface History {
  readonly id: number;
  readonly committed: boolean;
  readonly operations: readonly Operation[];
}

export type Anomaly = 'G1a' | 'G1b' | 'G1c' | 'G0' | 'lost update' | 'G-single' | 'write skew' | 'incompatible order';

type Edge = { readonly from: number; readonly to: number; readonly kind: 'ww' | 'wr' | 'rw' };

/** The anomalies of a history, with the final list of every key (Adya: "Weak Consistency", 1999, for the names). */
export function check(histories: readonly History[], final: ReadonlyMap<string, readonly number[]>): Set<Anomaly> {
  const anomalies = new Set<Anomaly>();
  const committed = histories.filter((history) => history.committed);
  const writerOf = new Map<number, History>();
  for (const history of histories) for (const element of appended(history)) writerOf.set(element, history);

  for (const { operations, id } of committed) {
    for (const operation of operations) {
      if (operation.kind !== 'read') continue;
      const order = final.get(operation.key) ?? [];
      const last = operation.list.at(-1);
      const writer = last === undefined ? undefined : writerOf.get(last);
      if (operation.list.some((element) => writerOf.get(element)?.committed === false)) anomalies.add('G1a');
      else if (operation.list.some((element, i) => order[i] !== element)) anomalies.add('incompatible order');
      if (writer && writer.id !== id && appended(writer, operation.key).at(-1) !== last) anomalies.add('G1b');
    }
  }
  for (const history of committed) {
    for (const element of appended(history)) {
      if (![...final.values()].some((list) => list.includes(element))) anomalies.add('lost update');
    }
  }
  for (const cycle of cycles(edges(committed, final, writerOf))) anomalies.add(cycle);
  return anomalies;
}

function appended({ operations }: History, key?: string): number[] {
  return operations.flatMap((one) => (one.kind === 'append' && (key ?? one.key) === one.key ? [one.element] : []));
}

/** ww: wrote the next version; wr: read what was written; rw: wrote the version after the one that was read. */
function edges(
  committed: readonly History[],
  final: ReadonlyMap<string, readonly number[]>,
  writerOf: ReadonlyMap<number, History>,
): Edge[] {
  const found: Edge[] = [];
  const add = (from: number | undefined, to: number | undefined, kind: Edge['kind']) => {
    if (from !== undefined && to !== undefined && from !== to) found.push({ from, to, kind });
  };
  const writer = (element: number | undefined) => (element === undefined ? undefined : writerOf.get(element)?.id);
  for (const list of final.values()) {
    for (const [i, element] of list.entries()) add(writer(list[i - 1]), writer(element), 'ww');
  }
  for (const { id, operations } of committed) {
    for (const operation of operations) {
      if (operation.kind !== 'read') continue;
      const { key, list } = operation;
      const order = final.get(key) ?? [];
      add(writer(list.at(-1)), id, 'wr');
      add(id, writer(order[list.length]), 'rw');
    }
  }
  return found;
}

/** Classifies each edge that lies on a cycle by the fewest anti-dependencies (rw) that a cycle through it needs. */
function cycles(all: readonly Edge[]): Set<Anomaly> {
  const found = new Set<Anomaly>();
  for (const edge of all) {
    const back = (kinds: readonly Edge['kind'][]) =>
      reaches(
        edge.to,
        edge.from,
        all.filter(({ kind }) => kinds.includes(kind)),
      );
    if (edge.kind === 'ww' && back(['ww'])) found.add('G0');
    else if (edge.kind !== 'rw' && back(['ww', 'wr'])) found.add('G1c');
    else if (edge.kind === 'rw' && back(['ww', 'wr'])) found.add('G-single');
    else if (edge.kind === 'rw' && back(['ww', 'wr', 'rw'])) found.add('write skew');
  }
  return found;
}

function reaches(from: number, to: number, all: readonly Edge[]): boolean {
  const seen = new Set<number>();
  const next = [from];
  for (let node = next.pop(); node !== undefined; node = next.pop()) {
    if (node === to) return true;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const edge of all) if (edge.from === node) next.push(edge.to);
  }
  return false;
}
