import { DEADLINE_MS, type Observed } from './case.ts';
import { faults } from './faults.ts';

/** What a caller may be told of a fault, where it is not what the write itself fails with. */
const CODES = new Set([
  'connection_lost',
  'deadline_exceeded',
  'unavailable',
  'too_many_connections',
  'serialization_failure',
  'deadlock',
  'lock_not_available',
  'statement_timeout',
]);

/** Told by somebody else: their error is kept. A time-out is our own. */
const HAVE_CAUSE = new Set(['connection_lost', 'too_many_connections', 'serialization_failure', 'lock_not_available']);

/** A promise that was not kept. `timely`: one that a machine too busy for the deadline can break, too. */
export interface Breach {
  readonly promise: string;
  readonly timely: boolean;
}

/** Every promise that was not kept. What is saved against what was told is never a matter of time. */
export function breaches(observed: Observed): Breach[] {
  const { point, told, state, settled, quiet, next } = observed;
  const { subject, fault, beforeSettings, afterBody } = point;
  const found: Breach[] = [];
  const expect = (kept: boolean, promise: string, timely = false) => kept || found.push({ promise, timely });

  const code = told.kind === 'error' ? told.code : undefined;
  const late = isLate(code);
  expect(told.kind !== 'nothing', 'is answered', true);
  expect(observed.tookMs <= DEADLINE_MS + GRACE_MS, `is answered within the deadline: ${observed.tookMs} ms`, true);
  expect(!state.startsWith('torn'), `is whole: ${state}`);
  if (told.kind === 'ok') {
    expect(subject.fails === undefined, 'a write that fails is not told to be saved');
    expect(state === 'after', `told ok, is saved exactly once: ${state}`);
  } else if (code === 'commit_unknown') {
    expect(mayBeUnknown(observed), 'is told the truth, as it could be had', true);
    expect(subject.fails === undefined, 'a write that fails is not in doubt');
    expect(told.kind !== 'error' || told.retryAfter !== false, 'doubt says when to come back');
  } else if (code !== undefined) {
    expect(state === 'before' || subject.unchanged === true, `told ${code}, is absent: ${state}`);
    expect(CODES.has(code) || code === subject.fails, `the error tells what happened: ${code}`);
    expect(!afterBody || code === subject.fails, `the original error is kept, not ${code}`, late);
    if (told.kind === 'error' && HAVE_CAUSE.has(code))
      expect(told.because?.includes(' < ') !== false, `${code} has its cause`);
  }
  const conflict = subject.rerun === false && code === 'serialization_failure';
  if (faults[fault]?.answer === 'none' && !conflict) expect(code === subject.fails, `is only slower: ${code}`, late);
  if (settled) {
    const settledCode = settled.told.kind === 'error' ? settled.told.code : undefined;
    expect(
      settledCode === undefined || settledCode === subject.settledBy,
      `the same key settles it: ${JSON.stringify(settled.told)}`,
    );
    expect(settled.state === 'after', `settled, is saved exactly once: ${settled.state}`);
    const same = told.kind !== 'ok' || settled.told.kind !== 'ok' || told.answer === settled.told.answer;
    expect(same, 'the same key gives the same answer');
  }
  expect(quiet || (fault === 'stall' && beforeSettings), 'no backend and no WebSocket is left open', true);
  const nextCode = next.told.kind === 'error' ? next.told.code : undefined;
  expect(nextCode === subject.fails, `the next request works: ${JSON.stringify(next.told)}`, isLate(nextCode));
  expect(next.state === 'after' || isLate(nextCode), `the next request is saved exactly once: ${next.state}`);
  return found;
}

const isLate = (code: string | undefined) => code === 'deadline_exceeded' || code === 'commit_unknown';

/** What an answer may come later than the deadline: the ROLLBACK of a connection that may be gone, and a busy machine. */
const GRACE_MS = 1500;

/** For how long the database has to be back until the truth can be had of it, on a busy machine. */
const ENOUGH_MS = 1000;

/**
 * Where no truth can be had before the deadline. Over a WebSocket that takes a database that stays away once COMMIT is sent.
 * Over HTTP it is wherever the answer to a write may be lost, as a statement has no transaction id that one could ask for; and
 * where the fault waits for the write.
 */
function mayBeUnknown({ point, backMs }: Observed): boolean {
  const kind = faults[point.fault];
  if (!kind || kind.answer === 'none') return false;
  const away = kind.away === 'past the deadline' || (kind.together === true && backMs < ENOUGH_MS);
  if (!point.writesOverHttp) return point.saving && away;
  return point.saving || away || kind.away !== undefined || kind.answer === 'late' || kind.behind === true;
}
