import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** It tells of itself on descriptor 3, and its log goes to /dev/null: who reads that would disturb what is measured. */
  readonly channel?: boolean;
  /** Reads the port from a line of its output, once it listens. */
  readonly portOf: (line: string) => number | undefined;
}

/** A server process of the bench, with what the kernel says of it. */
export interface Program extends AsyncDisposable {
  readonly port: number;
  /** From its start until it listened, in ms: by the clock, and in processor time. */
  readonly start: { readonly ms: number; readonly cpuMs: number };
  /** Processor time that it has used, in ms: user and system, all threads. */
  cpuMs(): number;
  /** The most memory it has held (RSS) since `resetPeak`, in MiB. */
  peakMiB(): number;
  resetPeak(): void;
}

const START_TIMEOUT_MS = 60_000;
/** USER_HZ of Linux, on every architecture. */
const TICK_MS = 10;

/** Starts the program and waits until it listens. Throws with its last lines if it ends before that. */
export async function startProgram({ program, args, env, cwd, channel, portOf }: Command): Promise<Program> {
  const began = performance.now();
  const stdio: StdioOptions = channel ? ['ignore', 'ignore', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe'];
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio });
  const outputs = child.stdio.filter((stream) => stream instanceof Readable);
  const exited = new Promise<void>((resolve) => {
    child.on('exit', () => resolve());
    child.on('error', () => resolve());
  });
  const lines: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${program} ${why}\n${lines.slice(-15).join('\n')}`));
    const timer = setTimeout(() => fail('did not listen in time'), START_TIMEOUT_MS);
    const readers = outputs.map((stream) => createInterface(stream));
    for (const reader of readers) {
      reader.on('line', (line) => {
        lines.push(line);
        const found = portOf(line);
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(found);
        for (const one of readers) one.close();
        for (const stream of outputs) stream.resume(); // what it says from now on goes nowhere
      });
    }
    child.on('error', (error) => fail(error.message));
    child.on('close', (code) => fail(`ended with ${code}`));
  });
  const start = { ms: performance.now() - began, cpuMs: youngCpuMs(child.pid ?? 0) };
  return { port, start, ...measured(child), [Symbol.asyncDispose]: stop };

  async function stop(): Promise<void> {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
    await exited;
    clearTimeout(timer);
  }
}

/** proc(5): of the process and the children it may have, such as Python's. */
function measured({ pid = 0 }: ChildProcess) {
  return {
    cpuMs: () => family(pid).reduce((sum, one) => sum + ticks(one) * TICK_MS, 0),
    peakMiB: () => family(pid).reduce((sum, one) => sum + highWaterKib(one) / 1024, 0),
    resetPeak() {
      for (const one of family(pid)) writeFileSync(`/proc/${one}/clear_refs`, '5');
    },
  };
}

/** To the nanosecond, of the threads that are there: right for a process that has not ended any. */
function youngCpuMs(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

function family(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(family)];
}

function ticks(pid: number): number {
  // The second field, in brackets, may hold blanks.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function highWaterKib(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}
