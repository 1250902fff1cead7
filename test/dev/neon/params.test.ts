import { expect, test } from 'vitest';
import { type Json, toPostgresText } from '../../../src/dev/neon/params.ts';

test.each<[Json, string | null]>([
  [null, null],
  ['it\'s "text"', 'it\'s "text"'],
  [true, 'true'],
  [1.5, '1.5'],
  [{ a: [1, 'x'] }, '{"a":[1,"x"]}'],
  [[], '{}'],
  [[1, null, 'NULL'], '{1,NULL,"NULL"}'],
  [['a"b', 'c\\d', 'e,f'], '{"a\\"b","c\\\\d","e,f"}'],
  [[[1, 2], [3]], '{{1,2},{3}}'],
  [[{ a: 1 }], '{"{\\"a\\":1}"}'],
])('%j becomes %j', (value, text) => {
  expect(toPostgresText(value)).toBe(text);
});
