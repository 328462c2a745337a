import { expect, test } from 'vitest';
import { aboutHowLong } from './duration';

test('a time is said as roughly as it is known, and never as nothing', () => {
  expect(aboutHowLong(0)).toBe('khoảng 1 giây');
  expect(aboutHowLong(42)).toBe('khoảng 42 giây');
  expect(aboutHowLong(61)).toBe('khoảng 2 phút');
  expect(aboutHowLong(3599)).toBe('khoảng 1 giờ');
  expect(aboutHowLong(5400)).toBe('khoảng 2 giờ');
});
