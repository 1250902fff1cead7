import { expect, it } from 'vitest';
import { remembered, rememberedOf } from '../../src/db/remembered.ts';

it('computes once for the same arguments, and again for others', () => {
  const asked: string[][] = [];
  const join = remembered((a: string, b: string) => {
    asked.push([a, b]);
    return a + b;
  });
  expect([join('a', 'b'), join('a', 'b'), join('ab', ''), join('', 'ab')]).toEqual(['ab', 'ab', 'ab', 'ab']);
  expect(asked).toEqual([
    ['a', 'b'],
    ['ab', ''],
    ['', 'ab'],
  ]);
});

it('forgets rather than grows', () => {
  let computed = 0;
  const count = remembered((_: string) => ++computed);
  for (let i = 0; i < 100; i++) count(String(i));
  count('0');
  expect(computed).toBe(101);
});

it('computes once for the same object', () => {
  const copy = rememberedOf((original: object) => ({ ...original }));
  const original = { a: 1 };
  const first = copy(original);
  expect(first).toEqual(original);
  expect(copy(original)).toBe(first);
  expect(copy({ a: 1 })).not.toBe(first);
});
