import type { Observed } from './case.ts';
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
  expect(told.kind !== 'nothing', 'is answered within the deadline', true);
  expect(!state.startsWith('torn'), `is whole: ${state}`);
  if (told.kind === 'ok') {
    expect(subject.fails === undefined, 'a write that fails is not told to be saved');
    expect(state === 'after', `told ok, is saved exactly once: ${state}`);
  } else if (code === 'commit_unknown') {
    expect(mayBeUnknown(observed), 'is told the truth, as it could be had', true);
    expect(subject.fails === undefined, 'a write that fails is not in doubt');
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
  }
  expect(quiet || (fault === 'stall' && beforeSettings), 'no backend and no WebSocket is left open', true);
  const nextCode = next.told.kind === 'error' ? next.told.code : undefined;
  expect(nextCode === subject.fails, `the next request works: ${JSON.stringify(next.told)}`, isLate(nextCode));
  expect(next.state === 'after' || isLate(nextCode), `the next request is saved exactly once: ${next.state}`);
  return found;
}

const isLate = (code: string | undefined) => code === 'deadline_exceeded' || code === 'commit_unknown';

/** For how long the database has to be back until the truth can be had of it, on a busy machine. */
const ENOUGH_MS = 1000;

/**
 * Where no truth can be had before the deadline. Over HTTP that is wherever an answer may be lost: a statement has no
 * transaction id that one could ask for. Over a WebSocket it takes a database that stays away.
 */
function mayBeUnknown({ point: { subject, fault, link, beforeStatements }, backMs }: Observed): boolean {
  const kind = faults[fault];
  if (!kind || kind.answer === 'none') return false;
  if (kind.outlasts) return true;
  if (kind.together && backMs < ENOUGH_MS) return true;
  if (subject.transport === 'websocket') return false;
  return !(link === 'back' && beforeStatements) || kind.answer === 'late' || kind.behind === true;
}
