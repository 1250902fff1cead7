import { expect, it } from 'vitest';
import { inColumns, matrix } from './campaign/matrix.ts';
import { areOfOneSeed, isWhole, joined, type Outcome, type Report, summary } from './campaign/outcome.ts';

const outcome = (name: string, more: Partial<Outcome> = {}): Outcome => ({
  ...{ name, link: 'front', direction: '→', index: 0, label: 'Sync', fault: 'cut', struck: true, broken: [] },
  ...{ told: { kind: 'ok' }, as: 'ok', effect: true, tookMs: 20 },
  ...more,
});
const part = (outcomes: readonly Outcome[], more: Partial<Report> = {}): Report => ({
  ...{ seed: 1, runtime: 'workerd', parts: ['1/2'], seconds: 10, possible: 3, unhandled: [], outcomes },
  ...more,
});

const refused = { kind: 'error', code: 'connection_lost' } as const;
const first = part([outcome('a'), outcome('b', { told: refused, as: 'error' })]);
const second = part(
  [outcome('b', { told: refused, as: 'error' }), outcome('c', { fault: 'reset', effect: false, tookMs: 4100 })],
  { possible: 4, parts: ['2/2'] },
);

it('joins parts, and counts a point once that two of them have', () => {
  expect(summary(joined([first, second]))).toEqual([
    '3 of 4 points in 20 s, seed 1, parts 1/2 2/2, workerd',
    '2 told ok, 1 an error',
    '0 not reached, 1 without an effect',
    'the slowest answer after 4100 ms, of a deadline of 4000 ms',
    '0 run again among few',
    '0 with a broken promise',
  ]);
  expect(inColumns(matrix(joined([first, second]).outcomes)).split('\n')).toEqual([
    'step          cut    reset  ',
    'front → Sync  1/1/0  0/0/0+1',
  ]);
});

it('tells parts of another seed or runtime', () => {
  expect(areOfOneSeed([first, second])).toBe(true);
  expect(areOfOneSeed([first, part([], { seed: 2 })])).toBe(false);
  expect(areOfOneSeed([first, part([], { runtime: 'node' })])).toBe(false);
});

it('is whole only if every promise of every part was kept, and nothing was unhandled', () => {
  const broken = part([
    outcome('d', { told: refused, as: 'error', broken: ['is absent'], brokenBefore: ['is quiet'] }),
  ]);
  const noisy = part([], { unhandled: ['Error: oops'] });
  expect(isWhole(joined([first, second]))).toBe(true);
  for (const other of [broken, noisy]) expect(isWhole(joined([first, other]))).toBe(false);
  expect(summary(joined([broken, noisy]))).toEqual(
    expect.arrayContaining([
      'BROKEN d: is absent {"kind":"error","code":"connection_lost"}',
      'again: d: is quiet',
      'unhandled: Error: oops',
      '1 with a broken promise',
    ]),
  );
  expect(inColumns(matrix(broken.outcomes))).toContain('0/1/0!1');
});
