import { type RunContext, through } from './context.ts';
import { timeRequests } from './latency.ts';
import { loadPeers } from './load.ts';
import { type Cell, LOADED_AT, loadRoundsAt, roundsAt } from './report.ts';
import { type Ready, Running } from './running.ts';
import { assertSameWork } from './same-work.ts';
import type { Scenario } from './scenarios.ts';
import { warmUp } from './warm-up.ts';

/** Times every scenario at every latency, and puts load on, all peers side by side. */
export async function timeAll(
  context: RunContext,
  ready: readonly Ready[],
  served: readonly Scenario[],
): Promise<Cell[]> {
  if (!served.length) return [];
  const { settings, say, signal, failures, database, proxy, cursors } = context;
  await using stack = new AsyncDisposableStack();
  await proxy.setLatency(0);
  const running: Running[] = [];
  for (const one of ready) {
    const started = await failures.attempt(one.peer, served, () =>
      Running.start(one, through(context, proxy.port), database.fixture, cursors),
    );
    if (started) running.push(stack.use(started));
  }
  const able = (scenario: Scenario) => running.filter((one) => one.can(scenario) && !failures.has(one.peer, scenario));
  const warmUpAll = async (scenario: Scenario) => {
    for (const one of able(scenario)) {
      signal.throwIfAborted();
      await failures.attempt(one.peer, [scenario], () => warmUp(one, scenario));
    }
  };
  say('Comparing the answers, warming up');
  for (const scenario of served) {
    await compareAnswers(context, able(scenario), scenario);
    await warmUpAll(scenario);
  }
  const cells: Cell[] = [];
  for (const scenario of served) {
    await proxy.setLatency(0);
    await warmUpAll(scenario);
    // All latencies in a row: a pool's connections keep the scenario's statements.
    for (const latency of settings.latencies) {
      signal.throwIfAborted();
      say(`${scenario.title}, ${latency} ms`);
      await proxy.setLatency(latency);
      await database.query('truncate orders, order_lines, entries, sessions');
      const rounds = roundsAt(settings, latency, scenario.share);
      const timing = { latency, perRound: settings.perRound, rounds };
      const timed = await timeRequests(able(scenario), scenario, timing, failures);
      const loading = {
        concurrency: settings.concurrency,
        ms: settings.loadMs,
        rounds: loadRoundsAt(settings, latency),
      };
      const loaded = LOADED_AT.includes(latency) ? able(scenario) : [];
      const loads = await loadPeers(loaded, scenario, loading, failures);
      for (const cell of timed) {
        const load = loads.get(cell.peer);
        cells.push({ ...cell, ...(load && { load }) });
      }
    }
  }
  return cells;
}

/** Before anything is timed: who answers something else has not done the same work. */
async function compareAnswers(
  { failures, signal }: RunContext,
  able: readonly Running[],
  scenario: Scenario,
): Promise<void> {
  let limit: string | undefined;
  for (const one of able) {
    signal.throwIfAborted();
    await failures.attempt(one.peer, [scenario], async () => {
      if (scenario.name === 'page-keyset') await one.findDeepPage();
      const answer = await one.client.send(one.next(scenario));
      if (one.peer.name === 'limit') limit = answer;
      assertSameWork(scenario.name, answer, limit);
    });
  }
}
