/** Where a function stands in the sources. */
export type Place = (line: number, column: number, url: string) => string;

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** As V8's inspector gives it. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface HeapNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

export interface HeapProfile {
  readonly head: HeapNode;
}

/** What each function itself took, and each package or folder: µs, or bytes. */
interface Totals {
  readonly functions: ReadonlyMap<string, number>;
  readonly files: ReadonlyMap<string, number>;
}

const NOT_WORK = new Set(['(idle)', '(root)']);
const ROWS = 22;

export function cpuTotals({ nodes, samples, timeDeltas }: CpuProfile, place: Place): Totals {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  return sum(
    samples.map((id, i) => [frames.get(id), timeDeltas[i] ?? 0]),
    place,
  );
}

export function heapTotals({ head }: HeapProfile, place: Place): Totals {
  const all = (node: HeapNode): [CallFrame, number][] => [
    [node.callFrame, node.selfSize],
    ...node.children.flatMap(all),
  ];
  return sum(all(head), place);
}

function sum(amounts: readonly (readonly [CallFrame | undefined, number])[], place: Place): Totals {
  const functions = new Map<string, number>();
  const files = new Map<string, number>();
  const add = (to: Map<string, number>, key: string, amount: number) => to.set(key, (to.get(key) ?? 0) + amount);
  for (const [frame, amount] of amounts) {
    if (!frame || NOT_WORK.has(frame.functionName)) continue;
    const { functionName, lineNumber, columnNumber, url } = frame;
    const file = url ? place(lineNumber, columnNumber, url) : 'runtime';
    add(functions, `${functionName || '(anonymous)'}  ${file}`, amount);
    add(files, /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file.replace(/:\d+$/, ''), amount);
  }
  return { functions, files };
}

/** The largest of each, per request. */
export function asTable(title: string, { functions, files }: Totals, requests: number): string {
  const all = [...files.values()].reduce((a, b) => a + b, 0) / requests;
  const lines = (values: ReadonlyMap<string, number>) =>
    [...values]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, ROWS)
      .map(([name, amount]) => `${(amount / requests).toFixed(1).padStart(9)}  ${name}`);
  return [title, `${all.toFixed(1).padStart(9)}  all`, '', ...lines(files), '', ...lines(functions)].join('\n');
}
