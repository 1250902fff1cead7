import { inspect, listProcesses, signal, until } from '../postgres/processes.ts';
import type { Child } from './run-file.ts';

/**
 * Ends the process groups that a killed run left, and returns the names of those that still had a process. Only
 * processes that are shown to be ours are signalled: the noted leader itself, or a group member that runs a program
 * of our own `node_modules`.
 */
export async function endLeftovers(children: Child[], nodeModules: string): Promise<string[]> {
  const ended: string[] = [];
  for (const child of children) {
    const members = () => groupOf(child, nodeModules);
    if (members().length === 0) continue;
    ended.push(child.name);
    for (const name of ['SIGTERM', 'SIGKILL'] as const) {
      for (const pid of members()) signal(pid, name);
      if (await until(() => members().length === 0, 3000)) break;
    }
  }
  return ended;
}

function groupOf({ pid, started }: Child, nodeModules: string): number[] {
  const leaderLives = inspect(pid)?.started === started;
  return listProcesses()
    .filter(({ group, args }) => group === pid && (leaderLives || args.some((arg) => arg.includes(nodeModules))))
    .map((info) => info.pid);
}
