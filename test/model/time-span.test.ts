import { expect, test } from 'vitest';
import { formatTimeSpan, parseTimeSpan } from '../../src/model/time-span.ts';

test.each([
  ['90s', 90_000],
  ['90', 90_000],
  ['1min 30s', 90_000],
  ['1min30s', 90_000],
  [' 5m ', 300_000],
  ['2 h', 7_200_000],
  ['1.5s', 1500],
  ['.5s', 500],
  ['500ms', 500],
  ['1us', 0.001],
  ['1w 1d', 8 * 86_400_000],
  ['1M', 2_629_800_000],
  ['1y', 31_557_600_000],
  ['0', 0],
  ['infinity', Number.POSITIVE_INFINITY],
])('%j is %d ms', (text, ms) => {
  expect(parseTimeSpan(text)).toBe(ms);
});

test.each([
  '',
  ' ',
  '90 parsecs',
  's',
  '-1s',
  '+1s',
  '1..5s',
  '1S',
  '5 m x',
  'Infinity',
  '1e3',
  'infinity 1s',
  'constructor',
])('%j is no time span', text => {
  expect(parseTimeSpan(text)).toBeUndefined();
});

test.each([
  [90_000, '90s'],
  [1500, '1500ms'],
  [Number.POSITIVE_INFINITY, 'infinity'],
])('%d ms is written as %s', (ms, text) => {
  expect(formatTimeSpan(ms)).toBe(text);
});
