import { fileURLToPath } from 'node:url';
import type { NeonStats } from '../../src/dev/neon/counters.ts';
import { startProgram } from './program.ts';

/** The local Neon proxy, in a process of its own, so that its work does not delay the clock of whoever measures. */
export interface BenchProxy extends AsyncDisposable {
  readonly port: number;
  setLatency(ms: number): Promise<void>;
  stats(): Promise<NeonStats>;
  resetStats(): Promise<void>;
}

export async function startProxy(postgres: string): Promise<BenchProxy> {
  const cli = fileURLToPath(new URL('../../src/dev/neon-proxy-cli.ts', import.meta.url));
  const program = await startProgram({
    program: process.execPath,
    args: [cli, '--postgres', postgres, '--port', '0'],
    env: { NO_COLOR: '1' },
    portOf: (line) => Number(/http:\/\/[\d.]+:(\d+)\/_kura\/stats/.exec(line)?.[1]) || undefined,
  });
  const control = `http://127.0.0.1:${program.port}/_kura`;
  return {
    port: program.port,
    async setLatency(ms) {
      const answer = await fetch(`${control}/latency`, { method: 'PUT', body: JSON.stringify({ ms }) });
      if (!answer.ok) throw new Error(`The proxy refused a latency of ${ms} ms: ${await answer.text()}`);
    },
    async stats() {
      return (await (await fetch(`${control}/stats`)).json()) as NeonStats;
    },
    async resetStats() {
      await fetch(`${control}/stats`, { method: 'DELETE' });
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
