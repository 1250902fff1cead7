import { expect, test } from 'vitest';
import { arrayToJson } from '../../../src/dev/neon/array-text.ts';

test.each([
  ['{}', []],
  ['{1,2}', ['1', '2']],
  ['{NULL,"NULL"}', [null, 'NULL']],
  ['{"a\\"b","c\\\\d","e,f","","{}"}', ['a"b', 'c\\d', 'e,f', '', '{}']],
  [
    '{{1,2},{3,4}}',
    [
      ['1', '2'],
      ['3', '4'],
    ],
  ],
  ['[0:1]={1,2}', ['1', '2']],
  ['{"ü"}', ['ü']],
])('%s', (text, expected) => {
  expect(JSON.parse(arrayToJson(text, (item) => JSON.stringify(item)))).toEqual(expected);
});

test.each(['', '1', '{', '{1', '{"a', '{1}x', '{"a"b}'])('%j is not an array', (text) => {
  expect(() => arrayToJson(text, JSON.stringify)).toThrow(SyntaxError);
});
