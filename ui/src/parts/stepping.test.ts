import { expect, test } from 'vitest';
import { judge, stepped } from './stepping';

test('a score with a comma is taken', () => {
  expect(judge('7,5', 0, 10, 0.5)).toEqual({ kind: 'value', value: 7.5 });
});

test('nothing typed is no score, not zero', () => {
  expect(judge(' ', 0, 10, 0.5)).toEqual({ kind: 'value', value: null });
});

test('a score above the maximum is said, not bent', () => {
  expect(judge('11', 0, 10, 0.5)).toEqual({ kind: 'outOfRange' });
});

test('a score between two steps is said', () => {
  expect(judge('7,3', 0, 10, 0.5)).toEqual({ kind: 'offStep' });
  expect(judge('0,3', 0, 10, 0.1)).toEqual({ kind: 'value', value: 0.3 });
});

test('letters are no score', () => {
  expect(judge('bảy', 0, 10, 0.5)).toEqual({ kind: 'notANumber' });
});

test('arrows start at the ends, stop at the ends, and keep decimals exact', () => {
  expect(stepped(null, 1, 0, 10, 0.5)).toBe(0);
  expect(stepped(null, -1, 0, 10, 0.5)).toBe(10);
  expect(stepped(10, 1, 0, 10, 0.5)).toBe(10);
  expect(stepped(0.2, 1, 0, 1, 0.1)).toBe(0.3);
});
